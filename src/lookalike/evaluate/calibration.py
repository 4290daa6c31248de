"""Fits the rule behind verdicts on held-out products, and measures what it does to products that it has not seen.

Every photograph is asked twice: with its product in the catalogue, and with that product taken out. *Same* is a mistake
in the second world, and in the first where the nearest product is another one. A photograph counts as a false *same* if
it would get one in either world, so the promise holds whatever share of shoppers' photographs shows things that the
shop does not have: of all photographs, at most `error`, on average over fresh products, are falsely called *same*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64

from lookalike.errors import TooFewProducts
from lookalike.evaluate.logistic import fit_monotone
from lookalike.evaluate.risk import fewest_products, highest_allowed, lowest_allowed, product_weights
from lookalike.evaluate.trials import Scores, Trials, scored
from lookalike.evaluate.verdict_rates import Labels, Measured, measure
from lookalike.search.evidence import FEATURES
from lookalike.search.rule import Thresholds, Weights

__all__ = ["MODELS", "Fitted", "apply", "fit"]

_FOLDS = 5
MODELS: tuple[tuple[str, ...], ...] = (
    ("similarity",),
    ("relief",),
    ("similarity", "gap"),
    ("similarity", "gap", "relief", "views"),
    ("centroid", "centroid_gap", "centroid_relief"),
)
"""What a score may be made of, the simplest first; the one that keeps most true *same* at the chosen error is taken."""


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
    labels = Labels.empty(len(trials))
    out_of_fold = Scores(np.full(len(trials), np.nan), np.full(len(trials), np.nan))
    for fold in np.unique(folds):
        test = folds == fold
        train = trials.some(~test)
        (fold_weights, _, thresholds), fold_scores = _fit_once(train, error, absent_error, generator, models)
        tested = trials.some(test)
        own = scored(tested, fold_weights)
        out_of_fold.there[test], out_of_fold.gone[test] = own.there, own.gone
        labels.take(test, _labelled(tested, own, thresholds, _categories(train, fold_scores, error, absent_error)))
    return Fitted(
        weights=weights,
        uses=uses,
        pooled=pooled,
        categories=_categories(trials, scores, error, absent_error),
        measured=measure(trials, labels, out_of_fold),
    )


def apply(trials: Trials, fitted: Fitted) -> Measured:
    """What a fitted rule does to other trials; they must be of other products than those it was fitted on."""
    scores = scored(trials, fitted.weights)
    return measure(trials, _labelled(trials, scores, fitted.pooled, fitted.categories), scores)


def _labelled(trials: Trials, scores: Scores, pooled: Thresholds, categories: Mapping[str, Thresholds]) -> Labels:
    """What is said of every trial: by the thresholds of its nearest product's category, where that has some."""
    labels = Labels.empty(len(trials))
    labels.fill(np.ones(len(trials), dtype=bool), scores, pooled)
    for name, thresholds in categories.items():
        there = np.asarray([one == name for one in trials.there_category], dtype=bool)
        gone = np.asarray([one == name for one in trials.gone_category], dtype=bool)
        own = Labels.empty(len(trials))
        own.fill(np.ones(len(trials), dtype=bool), scores, thresholds)
        labels.same_there[there], labels.absent_there[there] = own.same_there[there], own.absent_there[there]
        labels.same_gone[gone], labels.absent_gone[gone] = own.same_gone[gone], own.absent_gone[gone]
    return labels


_Once = tuple[Weights, tuple[str, ...], Thresholds]


def _fit_once(
    trials: Trials,
    error: float,
    absent_error: float,
    generator: np.random.Generator,
    models: Sequence[tuple[str, ...]],
) -> tuple[_Once, Scores]:
    """The best of `models`, with its weights on all trials, and thresholds on cross-fitted scores."""
    folds = _dealt(trials.products, generator)
    best: tuple[float, _Once, Scores] | None = None
    for names in models:
        scores = _cross_fitted(trials, names, folds)
        thresholds = _thresholds(trials, scores, error, absent_error)
        right = trials.right & trials.known
        kept = float((scores.there[right] >= thresholds.same).mean()) if right.any() else 0.0
        if best is None or kept > best[0] + 1e-12:
            best = kept, (_weights(trials, names), names, thresholds), scores
    assert best is not None
    return best[1], best[2]


def _cross_fitted(trials: Trials, names: tuple[str, ...], folds: Int64[np.ndarray, " n"]) -> Scores:
    scores = Scores(np.full(len(trials), np.nan), np.full(len(trials), np.nan))
    for fold in np.unique(folds):
        test = folds == fold
        weights = _weights(trials.some(~test), names)
        own = scored(trials.some(test), weights)
        scores.there[test], scores.gone[test] = own.there, own.gone
    return scores


def _weights(trials: Trials, names: tuple[str, ...]) -> Weights:
    known = trials.known
    columns = [FEATURES.index(name) for name in names]
    weights = product_weights(trials.products)
    fitted = fit_monotone(
        np.concatenate([trials.there[known][:, columns], trials.gone[:, columns]]),
        np.concatenate([trials.right[known], np.zeros(len(trials), dtype=bool)]),
        # Half of all photographs in either world: strangers are of one alone.
        np.concatenate([weights[known] / max(weights[known].sum(), 1e-12), weights]),
    )
    whole = dict(zip(names, fitted.coefficients, strict=True))
    return Weights(fitted.intercept, tuple(whole.get(name, 0.0) for name in FEATURES))


def _thresholds(trials: Trials, scores: Scores, error: float, absent_error: float) -> Thresholds:
    known = trials.known
    same = lowest_allowed(scores.mistakes(trials.right), trials.products, error)
    absent = highest_allowed(scores.there[known], trials.products[known], absent_error)
    return Thresholds(
        same=np.inf if same is None else same,
        absent=-np.inf if absent is None else absent,
        n_products=len(np.unique(trials.products)),
    )


def _categories(trials: Trials, scores: Scores, error: float, absent_error: float) -> dict[str, Thresholds]:
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
