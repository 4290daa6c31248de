"""How much each voice counts: learned on what shoppers met next, never on what the voices were taught with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int64

from lookalike.search.people.choice import fit_choice
from lookalike.search.people.closed_form import fit_closed_form
from lookalike.search.people.history import History, history_of
from lookalike.search.people.lanes import FEATURES, RIDGES, VOICES, Lanes, Spoken
from lookalike.search.people.log import Log
from lookalike.search.people.popularity import SHARES
from lookalike.search.people.taste import Looks

__all__ = ["DEFAULT_MIX", "Mix", "Target", "affinity", "learn", "mixed", "split_moment", "targets_after"]

_LEAST_TARGETS = 60
_MOST_TARGETS = 1_200
_HELD_OUT = 0.15
_TOP = 50
_RANDOM = 60
_QUERY_TOP = 200
_MOST_QUERIES = 800
_QUERY_WEIGHTS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05)
"""Taste may at most nudge a question: at five deviations a quarter of the way from alike to unlike."""

DEFAULT_QUERY_WEIGHT = 0.02


@dataclass(frozen=True, slots=True)
class Mix:
    """How much each of `FEATURES` counts, and how that changes with what is known of a shopper.

    Attributes:
        plain: one weight a feature.
        experienced: added to it times `Spoken.experience`.
        query: what one standard deviation of the mix is worth in cosine, beside a query.
        ridge: of the closed form.
        popular: place in `SHARES` of the popularity that foretold best.
        n_targets: how many choices it was learned on; 0 for the default.
        chosen: ``mix``, or the one voice that was better alone.
    """

    plain: tuple[float, ...]
    experienced: tuple[float, ...]
    query: float
    ridge: float
    popular: int
    n_targets: int
    chosen: str

    def __post_init__(self) -> None:
        if not len(self.plain) == len(self.experienced) == len(FEATURES):
            raise ValueError(f"a mix has one weight for each of {len(FEATURES)} features")

    def weights(self, experience: float) -> Float64[np.ndarray, " f"]:
        """Of each feature for a shopper of whom that much is known."""
        return np.asarray(self.plain) + experience * np.asarray(self.experienced)


def _alone(weights: dict[str, float]) -> tuple[float, ...]:
    return tuple(weights.get(feature, 0.0) for feature in FEATURES)


DEFAULT_MIX = Mix(
    plain=_alone(
        {
            "together": 1.0,
            "together_log": 1.0,
            "lately_log": 1.0,
            "after": 1.0,
            "after_log": 2.0,
            "linear_log": 1.0,
            "visit_looks": 3.0,
            "taste_looks": 3.0,
            "popular_0": 0.2,
            "popular_1": 0.2,
        }
    ),
    experienced=_alone({}),
    query=DEFAULT_QUERY_WEIGHT,
    ridge=RIDGES[1],
    popular=1,
    n_targets=0,
    chosen="mix",
)
"""Before there is enough behaviour to learn from."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One product that one shopper met, and what was known of them just before.

    Attributes:
        shopper: their number.
        product: its number.
        history: everything they did before.
        at: when, seconds since 1970.
        kind: what was done, place in `lookalike.sources.event.KINDS`.
    """

    shopper: int
    product: int
    history: History
    at: float
    kind: int


def targets_after(log: Log, moment: float, *, repeats: bool = False, kinds: Sequence[int] = ()) -> list[Target]:
    """The last event of each shopper after `moment`, of a product that they had not met before.

    What counts as history is every event of the same shopper that stands before it, whether before or after `moment`.

    Args:
        log: all events.
        moment: seconds since 1970; events at it are not after it.
        repeats: whether products that they had met before count as well.
        kinds: only events of these; empty for all.
    """
    starts = log.starts
    new = np.ones(len(log), dtype=bool)
    if not repeats:
        order = np.lexsort((np.arange(len(log)), log.product, log.shopper))
        same = (log.shopper[order][1:] == log.shopper[order][:-1]) & (log.product[order][1:] == log.product[order][:-1])
        new[order[1:]] = ~same
    wanted = new & (log.at > moment)
    if kinds:
        wanted &= np.isin(log.kind, np.asarray(kinds))
    rows = np.flatnonzero(wanted)
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = log.shopper[rows][1:] != log.shopper[rows][:-1]
    return [
        Target(
            int(log.shopper[row]),
            int(log.product[row]),
            history_of(log, int(starts[log.shopper[row]]), row),
            float(log.at[row]),
            int(log.kind[row]),
        )
        for row in rows[last].tolist()
    ]


def mixed(lanes: Lanes, mix: Mix, spoken: Spoken) -> Float64[np.ndarray, " n"]:
    """The mix's score of every product: the higher, the likelier the shopper meets it next."""
    return lanes.features(spoken).astype(np.float64) @ mix.weights(spoken.experience)


@dataclass(frozen=True, slots=True, eq=False)
class _Choices:
    """Candidates of each target, the met one first, padded to one length."""

    features: Float32[np.ndarray, "n c f"]
    offered: Bool[np.ndarray, "n c"]
    standing_for: Float32[np.ndarray, "n c"]
    experience: Float64[np.ndarray, " n"]

    def widened(self, rows: Int64[np.ndarray, " m"]) -> Float32[np.ndarray, "m c g"]:
        """Features, and the same times experience."""
        part = self.features[rows]
        return np.concatenate([part, part * self.experience[rows, None, None].astype(np.float32)], axis=2)


def learn(log: Log, looks: Looks | None, generator: np.random.Generator) -> Mix:
    """The mix that foretells best what shoppers meet in the last part of a log.

    The voices are taught with what is before that part. The weights are a conditional logit over the products that the
    voices bring up; where a single voice foretells better in cross-validation, it gets the word alone.

    Args:
        log: all that may be known.
        looks: where the products lie; None where there are no pictures.
        generator: draws targets and chance candidates.
    """
    if not len(log):
        return DEFAULT_MIX
    moment = split_moment(log, _HELD_OUT)
    targets = [one for one in targets_after(log, moment) if len(one.history)]
    early = log.part(log.at <= moment)
    if len(targets) < _LEAST_TARGETS or not len(early):
        return DEFAULT_MIX
    if len(targets) > _MOST_TARGETS:
        drawn = np.sort(generator.choice(len(targets), size=_MOST_TARGETS, replace=False))
        targets = [targets[place] for place in drawn.tolist()]
    lanes = Lanes.fit(early, looks, RIDGES[0])
    ridge, lanes = _best_ridge(early, lanes, targets)
    choices = _choices(lanes, targets, generator)
    plain, experienced, chosen = _weigh(choices)
    popular = int(
        np.argmax(
            [
                _gain(choices.features[:, :, FEATURES.index(f"popular_{s}")], choices.offered).mean()
                for s in range(len(SHARES))
            ]
        )
    )
    mix = Mix(plain, experienced, 0.0, ridge, popular, len(targets), chosen)
    return Mix(plain, experienced, _query_weight(lanes, mix, targets), ridge, popular, len(targets), chosen)


def split_moment(log: Log, share: float) -> float:
    """The time after which `share` of the events lie; fewer or more where many are of one time, but never none."""
    moment = float(np.quantile(log.at, 1.0 - share, method="lower"))
    earlier = log.at[log.at < log.at.max()]
    return min(moment, float(earlier.max())) if len(earlier) else moment


def _best_ridge(log: Log, lanes: Lanes, targets: Sequence[Target]) -> tuple[float, Lanes]:
    """The ridge whose closed form alone ranks the targets best, and the lanes with it."""
    if lanes.linear is None:
        return RIDGES[1], lanes
    best: tuple[float, float, Lanes] | None = None
    for ridge, linear in zip(RIDGES, fit_closed_form(log, lanes.n_products, RIDGES), strict=True):
        gain = 0.0
        for target in targets[:400]:
            products, weights, age = target.history.latest(100)
            scores = linear.gathered(products, weights * 0.98**age, lanes.n_products)
            scores[target.history.met] = -np.inf
            above = int((scores > scores[target.product]).sum())
            gain += 1.0 / np.log2(2.0 + above) if scores[target.product] > 0 else 0.0
        if best is None or gain > best[0]:
            best = (gain, ridge, replace(lanes, linear=linear))
    assert best is not None
    return best[1], best[2]


def _choices(lanes: Lanes, targets: Sequence[Target], generator: np.random.Generator) -> _Choices:
    popular = [lanes.most_popular(share)[:_TOP] for share in range(len(SHARES))]
    features: list[Float32[np.ndarray, "_ f"]] = []
    stands: list[Float64[np.ndarray, " _"]] = []
    experience: list[float] = []
    for target in targets:
        said = lanes.spoken(target.history)
        brought = np.unique(np.concatenate([*popular, *(_top(voice) for voice in said.voices)]))
        chance = generator.integers(0, lanes.n_products, size=_RANDOM)
        chance = np.setdiff1d(chance, np.append(brought, target.product))
        unheard = target.product not in brought
        # Those drawn stand for all that no voice brings up; so does the target, where none does.
        stand = (lanes.n_products - len(brought)) / max(1, len(chance) + unheard)
        every = np.concatenate([brought, chance])
        many = np.concatenate([np.ones(len(brought)), np.full(len(chance), stand)])
        kept = ~np.isin(every, target.history.met) & (every != target.product)
        features.append(lanes.features(said, np.concatenate([[target.product], every[kept]])))
        stands.append(np.concatenate([[stand if unheard else 1.0], many[kept]]))
        experience.append(said.experience)
    width = max(len(each) for each in features)
    padded = np.zeros((len(features), width, len(FEATURES)), dtype=np.float32)
    offered = np.zeros((len(features), width), dtype=bool)
    standing_for = np.ones((len(features), width), dtype=np.float32)
    for number, (each, many) in enumerate(zip(features, stands, strict=True)):
        padded[number, : len(each)] = each
        offered[number, : len(each)] = True
        standing_for[number, : len(each)] = many
    return _Choices(padded, offered, standing_for, np.asarray(experience))


def _top(voice: Float64[np.ndarray, " n"]) -> Int64[np.ndarray, " m"]:
    spoken = np.flatnonzero(voice > 0)
    if len(spoken) <= _TOP:
        return spoken
    return spoken[np.argpartition(-voice[spoken], _TOP)[:_TOP]]


def _gain(scores: Float[np.ndarray, "n c"], offered: Bool[np.ndarray, "n c"]) -> Float64[np.ndarray, " n"]:
    """nDCG@10 of the first candidate of each row; ties count half."""
    others = np.where(offered, scores, -np.inf)[:, 1:]
    own = scores[:, :1]
    rank = 1.0 + (others > own).sum(axis=1) + (others == own).sum(axis=1) / 2.0
    return np.where(rank <= 10, 1.0 / np.log2(1.0 + rank), 0.0)


def _weigh(choices: _Choices) -> tuple[tuple[float, ...], tuple[float, ...], str]:
    n, f = len(choices.features), len(FEATURES)
    prior = np.asarray([*DEFAULT_MIX.plain, *DEFAULT_MIX.experienced])
    halves = [np.arange(n)[0::2], np.arange(n)[1::2]]
    gained = np.zeros(n)
    for learned, asked in (halves, halves[::-1]):
        part = (choices.widened(learned), choices.offered[learned], choices.standing_for[learned])
        weights = fit_choice(*part, prior=prior)
        gained[asked] = _gain(choices.widened(asked) @ weights, choices.offered[asked])
    alone = np.stack([_gain(choices.features[:, :, place], choices.offered) for place in range(f)])
    best = int(np.argmax(alone.mean(axis=1)))
    ahead = alone[best] - gained
    # The best of many is flattered: it must be ahead by more than chance allows.
    if float(ahead.mean()) > _SURE * float(ahead.std()) / np.sqrt(n):
        return _alone({FEATURES[best]: 1.0, "popular_1": 1e-6}), _alone({}), FEATURES[best]
    every = np.arange(n)
    weights = fit_choice(choices.widened(every), choices.offered, choices.standing_for, prior=prior)
    return tuple(weights[:f].tolist()), tuple(weights[f:].tolist()), "mix"


_SURE = 2.5
"""Standard errors by which a single voice must be ahead of the mix to get the word alone."""


def affinity(scores: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Scores as standard deviations from their mean, cut at -1 and 5."""
    spread = float(scores.std())
    return np.clip((scores - scores.mean()) / spread, -1.0, 5.0) if spread > 0 else np.zeros(len(scores))


def _query_weight(lanes: Lanes, mix: Mix, targets: Sequence[Target]) -> float:
    """What a deviation of the mix is worth beside the question "what looks like the last product"."""
    if lanes.looks is None:
        return DEFAULT_QUERY_WEIGHT
    gains = np.zeros(len(_QUERY_WEIGHTS))
    n = 0
    for target in targets[:_MOST_QUERIES]:
        if not lanes.looks.held[target.product]:
            continue
        said = lanes.spoken(target.history)
        if said.taste is None:
            continue
        cosines = said.voices[VOICES.index("last_looks")].copy()
        cosines[~lanes.looks.held] = -np.inf
        cosines[target.history.met] = -np.inf
        n += 1
        top = np.argpartition(-cosines, min(_QUERY_TOP, len(cosines) - 1))[:_QUERY_TOP]
        place = np.flatnonzero(top == target.product)
        if not len(place):
            continue
        extra = affinity(mixed(lanes, mix, said))[top]
        for number, weight in enumerate(_QUERY_WEIGHTS):
            total = cosines[top] + weight * extra
            rank = 1 + int((total > total[place[0]]).sum())
            gains[number] += 1.0 / np.log2(1.0 + rank) if rank <= 10 else 0.0
    return float(_QUERY_WEIGHTS[int(np.argmax(gains))]) if n >= _LEAST_TARGETS else DEFAULT_QUERY_WEIGHT
