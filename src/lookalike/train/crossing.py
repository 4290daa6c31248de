"""What verdicts are calibrated on: each product is asked of a model that has not learned from it.

The products are dealt to folds, and for each fold a model is fitted without it. Its photographs are asked of that
model, among the products that it has learned from: with the product's own page put in, and without, which makes the
product a stranger, as what a shop does not sell is. Single photographs are not left out instead, to be asked of a model
that knows their product: others of the same minute were learned from, and fresh ones would do worse than was promised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.errors import InvalidConfiguration, TooFewProducts
from lookalike.evaluate.trials import Trials
from lookalike.search.evidence import DEPTH, FEATURES, Evidence, gather, mean_length, toward_centroid
from lookalike.train.catalogue import PRODUCT, Catalogue

__all__ = ["Deal", "Fit", "VerdictConfig", "crossed", "deal", "require_products"]

_FEWEST_FOLDS = 2
_MOST_OF_A_PRODUCT = 16
"""Photographs asked of each; more change the product's share of mistakes little."""

Fit: TypeAlias = Callable[[Int64[np.ndarray, " _n"]], Callable[[Int64[np.ndarray, " _m"]], Float32[np.ndarray, "_m d"]]]
"""Of the rows to learn from a fitted model: of rows their unit vectors."""


@dataclass(frozen=True, slots=True)
class VerdictConfig:
    """What is kept with the model for `lookalike calibrate --trained`.

    Attributes:
        folds: times that the model is fitted once more, each time without that share of the products; 0 keeps nothing.
    """

    folds: int = 0

    def __post_init__(self) -> None:
        if self.folds != 0 and not _FEWEST_FOLDS <= self.folds <= 20:
            raise ValueError(f"folds must be 0, or {_FEWEST_FOLDS} to 20, received {self.folds}")


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """What is asked, and who is left out when.

    Attributes:
        shown: rows of the catalogue's pictures, rising.
        asked: rows of the photographs, rising; the same pictures where there is no source but the catalogue.
        folds: of each label, the one that does not learn from it; -1 where nothing is asked of it.
    """

    shown: Int64[np.ndarray, " n_shown"]
    asked: Int64[np.ndarray, " n_asked"]
    folds: Int64[np.ndarray, " n_labels"]


def deal(
    labels: Int64[np.ndarray, " n"],
    kinds: Int64[np.ndarray, " n"],
    *,
    n_folds: int,
    generator: np.random.Generator,
) -> Deal:
    """Deal products to folds, and choose what is asked of them.

    Args:
        labels: of each picture, from 0.
        kinds: number of each picture's source. The first source is the catalogue, what the others hold is asked of it;
            where there is one, each picture is asked of the others.
        n_folds: at least 2.
        generator: source of randomness.

    Raises:
        TooFewProducts: fewer than two products can be asked.
    """
    pages = kinds == kinds.min()
    shown = np.flatnonzero(pages)
    askable = np.flatnonzero(np.bincount(labels)[labels] >= 2 if pages.all() else ~pages)
    several = np.unique(labels[askable])
    if len(several) < _FEWEST_FOLDS or len(np.unique(labels[shown])) < 2:
        raise TooFewProducts(
            f"verdicts need photographs of {_FEWEST_FOLDS} products and two in the catalogue, received photographs of "
            f"{len(several)}: add some, or leave verdict.folds at 0"
        )
    asked = np.sort(
        np.concatenate(
            [generator.permutation(askable[labels[askable] == one])[:_MOST_OF_A_PRODUCT] for one in several.tolist()]
        )
    )
    folds = np.full(int(labels.max()) + 1, -1, dtype=np.int64)
    folds[several] = generator.permutation(len(several)) % min(n_folds, len(several))
    return Deal(shown.astype(np.int64), asked.astype(np.int64), folds)


def crossed(
    dealt: Deal,
    labels: Int64[np.ndarray, " n"],
    fit: Fit,
    *,
    categories: Sequence[str | None] = (),
) -> Trials:
    """Both worlds of every photograph, from a model that has not learned from its product.

    Args:
        dealt: what is asked, and who is left out when.
        labels: of each picture, from 0.
        fit: fits a model.
        categories: of each label; empty where there are none.

    Raises:
        TooFewProducts: a fold has nothing to be compared with.
    """
    asked, own = dealt.asked, labels[dealt.asked]
    there = np.full((len(asked), len(FEATURES)), np.nan)
    gone = np.full((len(asked), len(FEATURES)), np.nan)
    nearest = np.full((len(asked), 2), -1, dtype=np.int64)
    whose = labels[dealt.shown]
    for fold in range(int(dealt.folds.max()) + 1):
        vectors = fit(np.flatnonzero(dealt.folds[labels] != fold).astype(np.int64))
        shown, learned = vectors(dealt.shown), dealt.folds[whose] != fold
        if not learned.any():
            raise TooFewProducts("a fold has nothing to be compared with: verdicts need more products in the catalogue")
        rows = np.flatnonzero(dealt.folds[own] == fold)
        for row, vector in zip(rows.tolist(), vectors(asked[rows]), strict=True):
            similarities = (shown @ vector).astype(np.float32)
            nearest[row, 1], gone[row] = _evidence(similarities, shown, whose, learned)
            itself = (whose == own[row]) & (dealt.shown != asked[row])
            if itself.any():
                nearest[row, 0], there[row] = _evidence(similarities, shown, whose, learned | itself)
    names: list[str | None] = [*categories] or [None] * len(dealt.folds)
    return Trials(
        own,
        there,
        nearest[:, 0] == own,
        gone,
        [names[one] if one >= 0 else None for one in nearest[:, 0].tolist()],
        [names[one] for one in nearest[:, 1].tolist()],
    )


def require_products(catalogues: Sequence[Catalogue]) -> None:
    """Refuse to keep trials of what is not the products of one catalogue.

    Raises:
        InvalidConfiguration: there are several catalogues, or something else is told apart.
    """
    labels = sorted({one.label for one in catalogues})
    if len(catalogues) != 1 or labels != [PRODUCT]:
        raise InvalidConfiguration(
            f"verdicts are about the products of one catalogue, received {len(catalogues)} told apart by "
            f"{', '.join(labels)}: leave out names and --label, or verdict.folds"
        )


def _evidence(
    similarities: Float32[np.ndarray, " n"],
    vectors: Float32[np.ndarray, "n d"],
    labels: Int64[np.ndarray, " n"],
    present: Bool[np.ndarray, " n"],
) -> tuple[int, Float64[np.ndarray, " f"]]:
    """The nearest label among the pictures that are there, and the features of the evidence about it."""
    rows = np.flatnonzero(present)
    rows = rows[np.argsort(-similarities[rows], kind="stable")]
    products, best = gather(labels[rows], similarities[rows], DEPTH)
    images = [rows[labels[rows] == product] for product in products]
    centroids = np.asarray(
        [toward_centroid(similarities[own], similarities[own], mean_length(vectors[own])) for own in images]
    )
    views = similarities[images[0]].astype(np.float64)
    return int(products[0]), Evidence(int(products[0]), best, views, centroids).features()
