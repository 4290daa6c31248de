"""How often verdicts are right, and how often wrong, over photographs whose products are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Bool, Float64

from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.risk import product_weights
from lookalike.evaluate.trials import Scores, Trials
from lookalike.search.rule import Thresholds

__all__ = ["Labels", "Measured", "measure"]

_CURVE = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule does to products that it was not fitted on; 95% intervals leave out one product at a time.

    Attributes:
        photographs: how many.
        products: of how many products.
        recall_at_1: how often the nearest product is the photographed one, if it is in the catalogue.
        false_same: of all photographs, those falsely called *same* in either world, every product weighing the same.
        same_kept: of the photographs whose nearest product is the right one, those called *same*.
        false_absent: of photographs of products in the catalogue, those called *absent*, products weighing the same.
        absent_found: of photographs whose product was taken out, those called *absent*.
        wrong_of_same: of the answers *same*, those that are wrong, if half of all photographs show absent products; 0
            where nothing is called *same*.
        curve: for several errors, the share of true *same* that is kept, and of absent products that is recognised.
    """

    photographs: int
    products: int
    recall_at_1: Interval
    false_same: Interval
    same_kept: Interval
    false_absent: Interval
    absent_found: Interval
    wrong_of_same: float
    curve: Sequence[Mapping[str, float]]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What was said, one a trial.

    Attributes:
        same_there: *same* with the product in the catalogue.
        same_gone: *same* with it taken out.
        absent_there: *absent* with the product in the catalogue.
        absent_gone: *absent* with it taken out.
    """

    same_there: Bool[np.ndarray, " n"]
    same_gone: Bool[np.ndarray, " n"]
    absent_there: Bool[np.ndarray, " n"]
    absent_gone: Bool[np.ndarray, " n"]

    @classmethod
    def empty(cls, n: int) -> Labels:
        """Nothing was said."""
        return cls(*(np.zeros(n, dtype=bool) for _ in range(4)))

    def fill(self, rows: Bool[np.ndarray, " n"], scores: Scores, thresholds: Thresholds) -> None:
        """Say of `rows` what thresholds make of their scores; `scores` are those of these rows alone."""
        self.same_there[rows] = scores.there >= thresholds.same
        self.same_gone[rows] = scores.gone >= thresholds.same
        self.absent_there[rows] = (scores.there <= thresholds.absent) & (scores.there < thresholds.same)
        self.absent_gone[rows] = (scores.gone <= thresholds.absent) & (scores.gone < thresholds.same)

    def take(self, rows: Bool[np.ndarray, " n"], others: Labels) -> None:
        """Say of `rows` what `others` say; those are of these rows alone."""
        self.same_there[rows], self.same_gone[rows] = others.same_there, others.same_gone
        self.absent_there[rows], self.absent_gone[rows] = others.absent_there, others.absent_gone


def measure(trials: Trials, labels: Labels, scores: Scores) -> Measured:
    """Rates of what was said, with intervals; see `Measured`."""
    known, right = trials.known, trials.right & trials.known
    false_there = labels.same_there & known & ~right
    false_same = labels.same_gone | false_there

    def by_product(values: Bool[np.ndarray, " n"], chosen: Bool[np.ndarray, " n"]) -> Interval:
        products, membership = np.unique(trials.products[chosen], return_inverse=True)
        if not len(products):
            return Interval(0.0, 0.0, 0.0)
        means = np.bincount(membership, weights=values[chosen]) / np.bincount(membership)
        return jackknife_mean(means, products.tolist())

    def by_photograph(values: Bool[np.ndarray, " n"], chosen: Bool[np.ndarray, " n"]) -> Interval:
        clusters = trials.products[chosen].tolist()
        return jackknife_mean(values[chosen].astype(np.float64), clusters)

    everything = np.ones(len(trials), dtype=bool)
    # Half of all photographs in either world, however many of those here show strangers.
    n_known = max(1, int(known.sum()))
    wrong = labels.same_gone.sum() / len(trials) + false_there.sum() / n_known
    same = wrong + (labels.same_there & right).sum() / n_known
    return Measured(
        photographs=len(trials),
        products=len(np.unique(trials.products)),
        recall_at_1=by_photograph(right, known),
        false_same=by_product(false_same, everything),
        same_kept=by_photograph(labels.same_there, right),
        false_absent=by_product(labels.absent_there, known),
        absent_found=by_photograph(labels.absent_gone, everything),
        wrong_of_same=float(wrong / same) if same else 0.0,
        curve=_curve(trials, scores),
    )


def _curve(trials: Trials, scores: Scores) -> list[dict[str, float]]:
    """What is kept at the threshold whose measured (not promised) error is just within each of `_CURVE`."""
    known, right = trials.known, trials.right & trials.known
    mistakes, weights = scores.mistakes(trials.right), product_weights(trials.products)
    known_weights = product_weights(trials.products[known]) if known.any() else np.empty(0)
    points: list[dict[str, float]] = []
    for error in _CURVE:
        same = _within(mistakes, weights, error)
        absent = -_within(-scores.there[known], known_weights, error) if known.any() else -np.inf
        points.append(
            {
                "error": error,
                "same_kept": float((scores.there[right] > same).mean()) if right.any() else 0.0,
                "absent_found": float((scores.gone < absent).mean()),
            }
        )
    return points


def _within(mistakes: Float64[np.ndarray, " n"], weights: Float64[np.ndarray, " n"], error: float) -> float:
    """The lowest score such that mistakes strictly above it weigh at most `error`."""
    order = np.argsort(-mistakes, kind="stable")
    beyond = np.flatnonzero(np.cumsum(weights[order]) > error + 1e-12)
    return float(mistakes[order][beyond[0]]) if len(beyond) else -np.inf
