"""Fits the rule behind verdicts on held-out products, and measures what it does to products that it has not seen.

Every photograph is asked twice: with its product in the catalogue, and with that product taken out. *Same* is a mistake
in the second world, and in the first where the nearest product is another one. A photograph counts as a false *same* if
it would get one in either world, so the promise holds whatever share of shoppers' photographs shows things that the
shop does not have: of all photographs, at most `error`, on average over fresh products, are falsely called *same*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lookalike.errors import TooFewProducts
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.logistic import fit_monotone
from lookalike.evaluate.risk import fewest_products, highest_allowed, lowest_allowed, product_weights
from lookalike.search.evidence import FEATURES
from lookalike.search.rule import Thresholds, Weights

__all__ = ["MODELS", "Fitted", "Measured", "Trials", "apply", "fit"]

_FOLDS = 5
_CURVE = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5)
MODELS: tuple[tuple[str, ...], ...] = (
    ("similarity",),
    ("relief",),
    ("similarity", "gap"),
    FEATURES,
)
"""What a score may be made of, the simplest first; the one that keeps most true *same* at the chosen error is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Photographs of known products with the evidence in both worlds.

    Attributes:
        products: int64; what each photograph shows.
        there: float64, features with the product in the catalogue; a row of NaN where it is not in it at all.
        right: whether the nearest product was the photographed one then.
        gone: float64, features with the product taken out.
        there_category: category of the nearest product with it in.
        gone_category: category of the nearest product with it out.
        coloured: whether colours are in the similarities that the features come from.

    Raises:
        ValueError: lengths differ, or evidence without the product is not finite.
    """

    products: Int64[np.ndarray, " n"]
    there: Float64[np.ndarray, "n f"]
    right: Bool[np.ndarray, " n"]
    gone: Float64[np.ndarray, "n f"]
    there_category: Sequence[str | None]
    gone_category: Sequence[str | None]
    coloured: bool = False

    def __post_init__(self) -> None:
        n = len(self.products)
        if not n == len(self.there) == len(self.right) == len(self.gone):
            raise ValueError("a trial needs evidence in both worlds: lengths differ")
        if not n == len(self.there_category) == len(self.gone_category):
            raise ValueError("a trial needs a category, or None, in both worlds: lengths differ")
        if not bool(np.isfinite(self.gone).all()):
            raise ValueError("evidence without the product must be finite")

    def __len__(self) -> int:
        return len(self.products)

    @property
    def known(self) -> Bool[np.ndarray, " n"]:
        """Whether the photographed product is in the catalogue."""
        return ~np.isnan(self.there[:, 0])

    def some(self, chosen: Bool[np.ndarray, " n"]) -> Trials:
        """Those of them."""
        rows: list[int] = np.flatnonzero(chosen).tolist()
        return Trials(
            self.products[rows],
            self.there[rows],
            self.right[rows],
            self.gone[rows],
            [self.there_category[row] for row in rows],
            [self.gone_category[row] for row in rows],
            self.coloured,
        )


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


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted rule, without the circumstances that `lookalike.search.rule.Rule` adds.

    Attributes:
        weights: of `FEATURES`.
        uses: those features whose weight may be above 0.
        pooled: thresholds for everything.
        categories: thresholds of the categories that had enough data.
        measured: by cross-validation over products: folds are scored by rules that never saw them.
    """

    weights: Weights
    uses: tuple[str, ...]
    pooled: Thresholds
    categories: Mapping[str, Thresholds]
    measured: Measured = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """Log-odds in both worlds; `there` is NaN where the product is not in the catalogue."""

    there: Float64[np.ndarray, " n"]
    gone: Float64[np.ndarray, " n"]

    def mistakes(self, right: Bool[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """The highest score at which *same* would be a mistake in one of the worlds."""
        wrong = np.where(right | np.isnan(self.there), -np.inf, self.there)
        return np.maximum(self.gone, wrong)


def fit(
    trials: Trials,
    *,
    error: float,
    absent_error: float,
    generator: np.random.Generator,
    models: Sequence[tuple[str, ...]] = MODELS,
) -> Fitted:
    """Fit a rule on all trials, and measure such rules by cross-validation over products.

    Args:
        trials: photographs of at least `fewest_products(min(error, absent_error))` products in the catalogue.
        error: most photographs, as a share, that may falsely be called *same*.
        absent_error: most photographs of products in the catalogue, as a share, that may be called *absent*.
        generator: deals products to folds.
        models: sets of features that a score may be made of, the simplest first.

    Raises:
        TooFewProducts: no threshold can promise the error with so few.

    Reference:
        Angelopoulos et al. 2022 (arXiv 2208.02814) for the thresholds. Deviation: weights and thresholds are fitted on
        the same products, each scored by weights of the other folds (cross-fitting), where the theorem asks for a
        split; the cost of that is measured, not proven.
    """
    _check(trials, error, absent_error)
    rule, scores = _fit_once(trials, error, absent_error, generator, models)
    weights, uses, pooled = rule
    folds = _dealt(trials.products, generator)
    labels = _Labels.empty(len(trials))
    out_of_fold = _Scores(np.full(len(trials), np.nan), np.full(len(trials), np.nan))
    for fold in np.unique(folds):
        test = folds == fold
        train = trials.some(~test)
        (fold_weights, _, thresholds), _ = _fit_once(train, error, absent_error, generator, models)
        own = _scored(trials.some(test), fold_weights)
        out_of_fold.there[test], out_of_fold.gone[test] = own.there, own.gone
        labels.fill(test, own, thresholds)
    return Fitted(
        weights=weights,
        uses=uses,
        pooled=pooled,
        categories=_categories(trials, scores, error, absent_error),
        measured=measure(trials, labels, out_of_fold),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """What was said: bool, one a trial."""

    same_there: Bool[np.ndarray, " n"]
    same_gone: Bool[np.ndarray, " n"]
    absent_there: Bool[np.ndarray, " n"]
    absent_gone: Bool[np.ndarray, " n"]

    @classmethod
    def empty(cls, n: int) -> _Labels:
        return cls(*(np.zeros(n, dtype=bool) for _ in range(4)))

    def fill(self, rows: Bool[np.ndarray, " n"], scores: _Scores, thresholds: Thresholds) -> None:
        self.same_there[rows] = scores.there >= thresholds.same
        self.same_gone[rows] = scores.gone >= thresholds.same
        self.absent_there[rows] = (scores.there <= thresholds.absent) & (scores.there < thresholds.same)
        self.absent_gone[rows] = (scores.gone <= thresholds.absent) & (scores.gone < thresholds.same)


def apply(trials: Trials, fitted: Fitted) -> Measured:
    """What a fitted rule does to other trials; they must be of other products than those it was fitted on."""
    scores = _scored(trials, fitted.weights)
    labels = _Labels.empty(len(trials))
    labels.fill(np.ones(len(trials), dtype=bool), scores, fitted.pooled)
    for name, thresholds in fitted.categories.items():
        there = np.asarray([one == name for one in trials.there_category], dtype=bool)
        gone = np.asarray([one == name for one in trials.gone_category], dtype=bool)
        own = _Labels.empty(len(trials))
        own.fill(np.ones(len(trials), dtype=bool), scores, thresholds)
        labels.same_there[there], labels.absent_there[there] = own.same_there[there], own.absent_there[there]
        labels.same_gone[gone], labels.absent_gone[gone] = own.same_gone[gone], own.absent_gone[gone]
    return measure(trials, labels, scores)


def measure(trials: Trials, labels: _Labels, scores: _Scores) -> Measured:
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
    n_wrong = int(labels.same_gone.sum() + false_there.sum())
    n_same = n_wrong + int((labels.same_there & right).sum())
    return Measured(
        photographs=len(trials),
        products=len(np.unique(trials.products)),
        recall_at_1=by_photograph(right, known),
        false_same=by_product(false_same, everything),
        same_kept=by_photograph(labels.same_there, right),
        false_absent=by_product(labels.absent_there, known),
        absent_found=by_photograph(labels.absent_gone, everything),
        wrong_of_same=n_wrong / n_same if n_same else 0.0,
        curve=_curve(trials, scores),
    )


_Once = tuple[Weights, tuple[str, ...], Thresholds]


def _fit_once(
    trials: Trials,
    error: float,
    absent_error: float,
    generator: np.random.Generator,
    models: Sequence[tuple[str, ...]],
) -> tuple[_Once, _Scores]:
    """The best of `models`, with its weights on all trials, and thresholds on cross-fitted scores."""
    folds = _dealt(trials.products, generator)
    best: tuple[float, _Once, _Scores] | None = None
    for names in models:
        scores = _cross_fitted(trials, names, folds)
        thresholds = _thresholds(trials, scores, error, absent_error)
        right = trials.right & trials.known
        kept = float((scores.there[right] >= thresholds.same).mean()) if right.any() else 0.0
        if best is None or kept > best[0] + 1e-12:
            best = kept, (_weights(trials, names), names, thresholds), scores
    assert best is not None
    return best[1], best[2]


def _cross_fitted(trials: Trials, names: tuple[str, ...], folds: Int64[np.ndarray, " n"]) -> _Scores:
    scores = _Scores(np.full(len(trials), np.nan), np.full(len(trials), np.nan))
    for fold in np.unique(folds):
        test = folds == fold
        weights = _weights(trials.some(~test), names)
        own = _scored(trials.some(test), weights)
        scores.there[test], scores.gone[test] = own.there, own.gone
    return scores


def _weights(trials: Trials, names: tuple[str, ...]) -> Weights:
    known = trials.known
    columns = [FEATURES.index(name) for name in names]
    weights = product_weights(trials.products)
    fitted = fit_monotone(
        np.concatenate([trials.there[known][:, columns], trials.gone[:, columns]]),
        np.concatenate([trials.right[known], np.zeros(len(trials), dtype=bool)]),
        np.concatenate([weights[known], weights]),
    )
    whole = dict(zip(names, fitted.coefficients, strict=True))
    return Weights(fitted.intercept, tuple(whole.get(name, 0.0) for name in FEATURES))


def _scored(trials: Trials, weights: Weights) -> _Scores:
    coefficients = np.asarray(weights.coefficients)
    return _Scores(trials.there @ coefficients + weights.intercept, trials.gone @ coefficients + weights.intercept)


def _thresholds(trials: Trials, scores: _Scores, error: float, absent_error: float) -> Thresholds:
    known = trials.known
    same = lowest_allowed(scores.mistakes(trials.right), trials.products, error)
    absent = highest_allowed(scores.there[known], trials.products[known], absent_error)
    return Thresholds(
        same=np.inf if same is None else same,
        absent=-np.inf if absent is None else absent,
        n_products=len(np.unique(trials.products)),
    )


def _categories(trials: Trials, scores: _Scores, error: float, absent_error: float) -> dict[str, Thresholds]:
    """Thresholds of the categories in which twice as many products as necessary meet their nearest product."""
    enough = 2 * fewest_products(min(error, absent_error))
    known = trials.known
    found: dict[str, Thresholds] = {}
    for name in sorted({one for one in trials.gone_category if one is not None}):
        gone = np.asarray([one == name for one in trials.gone_category], dtype=bool)
        there = np.asarray([one == name for one in trials.there_category], dtype=bool) & known
        wrong = there & ~trials.right
        either = gone | wrong
        if min(len(np.unique(trials.products[either])), len(np.unique(trials.products[there]))) < enough:
            continue
        mistakes = np.maximum(np.where(gone, scores.gone, -np.inf), np.where(wrong, scores.there, -np.inf))
        same = lowest_allowed(mistakes[either], trials.products[either], error)
        absent = highest_allowed(scores.there[there], trials.products[there], absent_error)
        if same is not None and absent is not None:
            found[name] = Thresholds(same, absent, len(np.unique(trials.products[either])))
    return found


def _curve(trials: Trials, scores: _Scores) -> list[dict[str, float]]:
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


def _dealt(products: Int64[np.ndarray, " n"], generator: np.random.Generator) -> Int64[np.ndarray, " n"]:
    """A fold for each trial; trials of one product are in one fold."""
    distinct, membership = np.unique(products, return_inverse=True)
    n_folds = min(_FOLDS, len(distinct))
    return (generator.permutation(len(distinct)) % n_folds)[membership].astype(np.int64)


def _check(trials: Trials, error: float, absent_error: float) -> None:
    n_known = len(np.unique(trials.products[trials.known]))
    needed = max(fewest_products(error), fewest_products(absent_error)) * 5 // 4 + 1
    if n_known < needed:
        raise TooFewProducts(
            f"an error of {min(error, absent_error):.1%} can be promised from {needed} photographed products of the "
            f"catalogue on, received {n_known}: photograph more products, or allow a larger error"
        )
