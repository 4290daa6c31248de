"""Photographs of known products, each asked in two worlds: with its product in the catalogue, and without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lookalike.search.rule import Weights

__all__ = ["Scores", "Trials", "scored"]


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


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Log-odds that the nearest product is the photographed one, in both worlds.

    Attributes:
        there: with the product in the catalogue; NaN where it is not in it at all.
        gone: with it taken out.
    """

    there: Float64[np.ndarray, " n"]
    gone: Float64[np.ndarray, " n"]

    def mistakes(self, right: Bool[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """The highest score at which *same* would be a mistake in one of the worlds."""
        wrong = np.where(right | np.isnan(self.there), -np.inf, self.there)
        return np.maximum(self.gone, wrong)


def scored(trials: Trials, weights: Weights) -> Scores:
    """The log-odds that a rule's weights give to each trial."""
    coefficients = np.asarray(weights.coefficients)
    return Scores(trials.there @ coefficients + weights.intercept, trials.gone @ coefficients + weights.intercept)
