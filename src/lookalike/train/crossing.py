"""What verdicts are calibrated on: each product is asked of a model that has not learned from it.

The products are dealt to folds, and so are their photographs; for each fold a model is fitted without either. With its
product taken out, a photograph is asked of the model that has never met the product: a stranger, as what a shop does
not sell is. With its product in, it is asked of one that knows the product and not the photograph: as when a shopper
takes another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.errors import InvalidConfiguration, TooFewProducts
from lookalike.evaluate.trials import Trials
from lookalike.search.evidence import DEPTH, FEATURES, Evidence, gather
from lookalike.train.catalogue import PRODUCT, Catalogue

__all__ = ["Deal", "Fit", "VerdictConfig", "crossed", "deal", "require_products"]

_FEWEST_FOLDS = 3
"""With two, each would lose all photographs of all products: one half as strangers', the other half as asked."""

_MOST_OF_A_PRODUCT = 16
"""Photographs asked of each; more change the product's share of mistakes little."""

Fit: TypeAlias = Callable[[Int64[np.ndarray, " _n"]], Callable[[Int64[np.ndarray, " _m"]], Float32[np.ndarray, "_m d"]]]
"""Of the rows to learn from a fitted model: of rows their unit vectors."""


@dataclass(frozen=True, slots=True)
class VerdictConfig:
    """What is kept with the model for `lookalike calibrate --trained`.

    Attributes:
        folds: times that the model is fitted once more, each time without that share of the products and of the
            photographs of the others; 0 keeps nothing.
    """

    folds: int = 0

    def __post_init__(self) -> None:
        if self.folds != 0 and not _FEWEST_FOLDS <= self.folds <= 20:
            raise ValueError(f"folds must be 0, or {_FEWEST_FOLDS} to 20, received {self.folds}")


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """Who is left out when.

    Attributes:
        shown: rows of the catalogue's pictures, rising.
        asked: rows of the photographs, rising; the same pictures where there is no source but the catalogue.
        product_folds: of each label, the fold that does not learn from it; -1 where nothing is asked of it.
        photograph_folds: of each of `asked`, the fold that learns from its product, but not from it.
    """

    shown: Int64[np.ndarray, " n_shown"]
    asked: Int64[np.ndarray, " n_asked"]
    product_folds: Int64[np.ndarray, " n_labels"]
    photograph_folds: Int64[np.ndarray, " n_asked"]

    def left_out(self, fold: int, labels: Int64[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
        """Which pictures that fold does not learn from."""
        out = self.product_folds[labels] == fold
        out[self.asked[self.photograph_folds == fold]] = True
        return out


def deal(
    labels: Int64[np.ndarray, " n"],
    kinds: Int64[np.ndarray, " n"],
    *,
    n_folds: int,
    generator: np.random.Generator,
) -> Deal:
    """Deal products and photographs.

    Args:
        labels: of each picture, from 0.
        kinds: number of each picture's source. The first source is the catalogue, what the others hold is asked of it;
            where there is one, each picture is asked of the others.
        n_folds: at least 3.
        generator: source of randomness.

    Raises:
        TooFewProducts: fewer than three products can be asked.
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
    n_folds = min(n_folds, len(several))
    product_folds = np.full(int(labels.max()) + 1, -1, dtype=np.int64)
    product_folds[several] = generator.permutation(len(several)) % n_folds
    away = 1 + generator.permutation(len(asked)) % (n_folds - 1)
    return Deal(
        shown.astype(np.int64),
        asked.astype(np.int64),
        product_folds,
        ((product_folds[labels[asked]] + away) % n_folds).astype(np.int64),
    )


def crossed(
    dealt: Deal,
    labels: Int64[np.ndarray, " n"],
    fit: Fit,
    *,
    categories: Sequence[str | None] = (),
) -> Trials:
    """Both worlds of every photograph, each from a model that has not learned from what it must not know.

    Args:
        dealt: who is left out when.
        labels: of each picture, from 0.
        fit: fits a model.
        categories: of each label; empty where there are none.
    """
    asked, own = dealt.asked, labels[dealt.asked]
    there = np.full((len(asked), len(FEATURES)), np.nan)
    gone = np.full((len(asked), len(FEATURES)), np.nan)
    nearest = np.full((len(asked), 2), -1, dtype=np.int64)
    for fold in range(int(dealt.product_folds.max()) + 1):
        vectors = fit(np.flatnonzero(~dealt.left_out(fold, labels)).astype(np.int64))
        # As later in the shop, everything that a photograph is compared with was learned from.
        pages = dealt.shown[dealt.product_folds[labels[dealt.shown]] != fold]
        if not len(pages):
            raise TooFewProducts("a fold has nothing to be compared with: verdicts need more products in the catalogue")
        shown, whose = vectors(pages), labels[pages]
        stranger, photograph = dealt.product_folds[own] == fold, dealt.photograph_folds == fold
        rows = np.flatnonzero(stranger | photograph)
        for row, vector in zip(rows.tolist(), vectors(asked[rows]), strict=True):
            similarities = (shown @ vector).astype(np.float32)
            similarities[pages == asked[row]] = -np.inf
            if stranger[row]:
                nearest[row, 1], gone[row] = _evidence(similarities, whose)
            elif (whose[np.isfinite(similarities)] == own[row]).any():
                nearest[row, 0], there[row] = _evidence(similarities, whose)
    names: list[str | None] = [*categories] or [None] * len(dealt.product_folds)
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
    similarities: Float32[np.ndarray, " n"], labels: Int64[np.ndarray, " n"]
) -> tuple[int, Float64[np.ndarray, " f"]]:
    """The nearest label, and the features of the evidence about it; pictures at -inf are not there."""
    order = np.argsort(-similarities, kind="stable")
    order = order[np.isfinite(similarities[order])]
    products, best = gather(labels[order], similarities[order], DEPTH)
    views = similarities[order][labels[order] == products[0]].astype(np.float64)
    return int(products[0]), Evidence(int(products[0]), best, views).features()
