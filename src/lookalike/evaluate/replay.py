"""A log of behaviour played again: what would each way of recommending have shown just before what people did next?

The time is cut once. Everything is taught with what is before the cut; the mix of voices too, on the last part of that.
Behind the cut each shopper is asked about once: their last event with a product that is new to them, with all that they
did before it as their history, also what lies behind the cut. Nothing that anybody else did behind the cut is known.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lookalike.errors import TooFewProducts
from lookalike.evaluate.comparison import Comparison, compare
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.search.people.history import NOBODY
from lookalike.search.people.log import Log
from lookalike.search.people.mixing import Mix, Target, split_moment, targets_after
from lookalike.search.people.recommender import Recommender
from lookalike.search.people.taste import Looks

__all__ = ["POLICIES", "Replay", "ReplayOptions", "replay"]

POLICIES = ("off", "popularity", "cooccurrence", "personal")
"""Likeness to what was looked at last; what everybody meets; what the same shoppers meet; all of it mixed."""

_DEPTHS = (1, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How a log is played again.

    Attributes:
        held_out: share of the events that lie behind the cut, above 0 and below 1.
        most_shoppers: how many shoppers are asked about at most; more are drawn from.
        repeats: whether products that a shopper had met before may be shown, and count.
        kinds: only such events count as what people did next, as places in `lookalike.sources.event.KINDS`; empty for
            all.
        seed: of whatever is drawn.

    Raises:
        ValueError: a number out of range.
    """

    held_out: float = 0.2
    most_shoppers: int = 5_000
    repeats: bool = False
    kinds: tuple[int, ...] = ()
    seed: int = 7

    def __post_init__(self) -> None:
        if not 0.0 < self.held_out < 1.0 or self.most_shoppers < 2:
            raise ValueError(
                f"held_out must lie between 0 and 1 and most_shoppers be at least 2, received {self.held_out} and "
                f"{self.most_shoppers}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What the ways of recommending would have found.

    Attributes:
        moment: the cut, seconds since 1970.
        n_taught: events before it.
        n_unknown: targets that nothing before the cut, nor the catalogue, knows: nobody can find them.
        n_candidates: products that could be shown.
        metrics: for each of `POLICIES`, each metric's mean over shoppers.
        lift: personal minus each other policy, by metric.
        newcomers: the same as `metrics`, of shoppers of whom nothing at all is known.
        groups: metric ``ndcg@10`` of each policy by how many products the shopper had met, with their number.
        mix: what was learned.
        seconds: to teach, and to ask all of it.
    """

    moment: float
    n_taught: int
    n_targets: int
    n_unknown: int
    n_newcomers: int
    n_candidates: int
    metrics: Mapping[str, Mapping[str, Interval]]
    lift: Mapping[str, Mapping[str, Comparison]]
    newcomers: Mapping[str, Mapping[str, Interval]]
    groups: Mapping[str, tuple[int, Mapping[str, Interval]]]
    mix: Mix
    seconds: tuple[float, float]


def replay(log: Log, looks: Looks | None, known: Bool[np.ndarray, " n"], options: ReplayOptions) -> Replay:
    """Play `log` again.

    Args:
        log: all of it; its numbers of products include those of the catalogue.
        looks: where the products lie; None where there are no pictures.
        known: products that the catalogue has; they may be shown although nobody met them yet.
        options: how.

    Raises:
        TooFewProducts: nothing is left on one side of the cut.
    """
    generator = np.random.default_rng(options.seed)
    started = time.perf_counter()
    moment = split_moment(log, options.held_out) if len(log) else 0.0
    taught = log.part(log.at <= moment)
    every = targets_after(log, moment, repeats=options.repeats, kinds=options.kinds)
    asked = [target for target in every if len(target.history)]
    if not len(taught) or len(asked) < 2:
        raise TooFewProducts(
            f"the log has {len(taught)} events up to the cut and {len(asked)} shoppers with a history who met "
            "something new after it, expected some and at least 2: give a longer log, or another --held-out"
        )
    if len(asked) > options.most_shoppers:
        drawn = np.sort(generator.choice(len(asked), size=options.most_shoppers, replace=False))
        asked = [asked[place] for place in drawn.tolist()]
    recommender = Recommender.fit(taught, looks, generator)
    taught_at = time.perf_counter()
    candidates = known.copy()
    candidates[taught.product] = True
    ranks = {policy: np.zeros(len(asked)) for policy in POLICIES}
    for row, target in enumerate(asked):
        for policy in POLICIES:
            scores = _scores(recommender, policy, target)
            ranks[policy][row] = _rank(scores, target, candidates, repeats=options.repeats)
    new = _newcomers(log, moment, options)
    names = [str(target.shopper) for target in asked]
    values = {policy: _metrics(of) for policy, of in ranks.items()}
    popular = recommender.popularity()
    first = np.asarray([_rank(popular, target, candidates, repeats=False) for target in new])
    newcomer_names = [str(target.shopper) for target in new]
    newcomers = {
        policy: {name: jackknife_mean(of, newcomer_names) for name, of in _metrics(first).items()}
        for policy in POLICIES
    }
    return Replay(
        moment=moment,
        n_taught=len(taught),
        n_targets=len(asked),
        n_unknown=sum(not candidates[target.product] for target in asked),
        n_newcomers=len(new),
        n_candidates=int(candidates.sum()),
        metrics={
            policy: {name: jackknife_mean(of, names) for name, of in metrics.items()}
            for policy, metrics in values.items()
        },
        lift={
            policy: {
                name: compare(values["personal"][name], metrics[name], names, generator=generator) for name in metrics
            }
            for policy, metrics in values.items()
            if policy != "personal"
        },
        newcomers=newcomers,
        groups=_groups(asked, values, names),
        mix=recommender.mix,
        seconds=(taught_at - started, time.perf_counter() - taught_at),
    )


def _scores(recommender: Recommender, policy: str, target: Target) -> Float64[np.ndarray, " n"]:
    match policy:
        case "off":
            return recommender.off(target.history)
        case "popularity":
            return recommender.popularity()
        case "cooccurrence":
            return recommender.together(target.history)
        case _:
            return recommender.scores(target.history)


def _rank(
    scores: Float64[np.ndarray, " n"], target: Target, candidates: Bool[np.ndarray, " n"], *, repeats: bool
) -> float:
    """The target's place from 1 on, ties by number; infinite where it cannot be shown."""
    if not candidates[target.product]:
        return float("inf")
    own = scores[target.product]
    above = (scores > own) & candidates
    above[: target.product] |= (scores[: target.product] == own) & candidates[: target.product]
    n_above = int(above.sum())
    if not repeats:
        n_above -= int(above[target.history.met].sum())
    return 1.0 + n_above


def _metrics(ranks: Float64[np.ndarray, " n"]) -> dict[str, Float64[np.ndarray, " n"]]:
    inside = np.where(np.isfinite(ranks), ranks, np.inf)
    gain = np.where(inside <= 10, 1.0 / np.log2(1.0 + np.minimum(inside, 1e9)), 0.0)
    reciprocal = np.where(inside <= 10, 1.0 / np.minimum(inside, 1e9), 0.0)
    return {
        **{f"recall@{depth}": (inside <= depth).astype(np.float64) for depth in _DEPTHS},
        "ndcg@10": gain,
        "mrr@10": reciprocal,
    }


def _newcomers(log: Log, moment: float, options: ReplayOptions) -> list[Target]:
    """First events of shoppers who come after the cut, drawn like the rest."""
    starts = log.starts
    first = starts[:-1][np.diff(starts) > 0]
    first = first[log.at[first] > moment]
    if options.kinds:
        first = first[np.isin(log.kind[first], np.asarray(options.kinds))]
    if len(first) > options.most_shoppers:
        chosen = np.random.default_rng(options.seed).choice(len(first), size=options.most_shoppers, replace=False)
        first = first[np.sort(chosen)]
    return [
        Target(int(log.shopper[row]), int(log.product[row]), NOBODY, float(log.at[row]), int(log.kind[row]))
        for row in first.tolist()
    ]


def _groups(
    asked: Sequence[Target], values: Mapping[str, Mapping[str, Float64[np.ndarray, " n"]]], names: Sequence[str]
) -> dict[str, tuple[int, Mapping[str, Interval]]]:
    met = np.asarray([len(target.history.met) for target in asked])
    found: dict[str, tuple[int, Mapping[str, Interval]]] = {}
    for name, least, most in (("1", 1, 1), ("2-4", 2, 4), ("5-19", 5, 19), ("20+", 20, 1 << 60)):
        rows: Int64[np.ndarray, " m"] = np.flatnonzero((met >= least) & (met <= most))
        if len(rows):
            here = [names[row] for row in rows.tolist()]
            found[name] = (
                len(rows),
                {policy: jackknife_mean(values[policy]["ndcg@10"][rows], here) for policy in POLICIES},
            )
    return found
