"""A linear model of what shoppers meet together, in closed form, where the products are few enough to invert it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.search.people.log import Log
from lookalike.search.people.neighbours import distinct

__all__ = ["MOST_PRODUCTS", "ClosedForm", "fit_closed_form"]

MOST_PRODUCTS = 2_000
"""Products that it covers at most, the most met ones; the time grows with the third power."""

_MOST_SHOPPERS = 10_000
_LEAST_SHOPPERS = 2
_AT_ONCE = 1024


@dataclass(frozen=True, slots=True, eq=False)
class ClosedForm:
    """How much each covered product speaks for each other one.

    Attributes:
        covered: numbers of the products that it knows, rising.
        place: of each product number among them, -1 where it is not covered.
        weights: float32, row i says what meeting product i says about the rest; the diagonal is 0.
    """

    covered: Int64[np.ndarray, " c"]
    place: Int64[np.ndarray, " n"]
    weights: Float32[np.ndarray, "c c"]

    def gathered(
        self, products: Int64[np.ndarray, " k"], weights: Float64[np.ndarray, " k"], n_products: int
    ) -> Float64[np.ndarray, " n"]:
        """The weighted sum of the rows of `products`, over all products; 0 for those that are not covered."""
        scores = np.zeros(n_products)
        held = products < len(self.place)
        products, weights = products[held], weights[held]
        places = self.place[products]
        known = places >= 0
        if known.any():
            scores[self.covered] = weights[known].astype(np.float32) @ self.weights[places[known]]
        return scores


def fit_closed_form(log: Log, n_products: int, ridges: Sequence[float]) -> tuple[ClosedForm, ...]:
    """The models that predict each product from the others best in squares, under a ridge and a zero diagonal.

    With X the 0/1 matrix of shoppers by products and P the inverse of (X'X + ridge I): ``-P / diag(P)``.

    Args:
        log: of at most 10,000 shoppers' events is made use.
        n_products: numbers go up to below this.
        ridges: one model each; the products that they cover are the same.

    Returns:
        None of them where fewer than two products were met by two shoppers.

    Reference:
        Steck 2019, "Embarrassingly shallow autoencoders for sparse data" (arXiv 1905.03375), eq. 8.
    """
    shopper, product = distinct(log)
    met = np.bincount(product, minlength=n_products)
    often = np.lexsort((np.arange(n_products), -met))[:MOST_PRODUCTS]
    covered = np.sort(often[met[often] >= _LEAST_SHOPPERS]).astype(np.int64)
    if len(covered) < 2:
        return ()
    place = np.full(n_products, -1, dtype=np.int64)
    place[covered] = np.arange(len(covered))
    inside = place[product] >= 0
    gram = _gram(shopper[inside], place[product[inside]], len(covered))
    return tuple(ClosedForm(covered, place, _solved(gram, ridge)) for ridge in ridges)


def _gram(
    shopper: Int64[np.ndarray, " m"], place: Int64[np.ndarray, " m"], n_covered: int
) -> Float64[np.ndarray, "c c"]:
    who, rows = np.unique(shopper, return_inverse=True)
    skipped = max(0, len(who) - _MOST_SHOPPERS)
    gram = np.zeros((n_covered, n_covered), dtype=np.float64)
    begins = np.searchsorted(rows, np.arange(skipped, len(who) + _AT_ONCE, _AT_ONCE))
    for number in range(len(begins) - 1):
        here = slice(int(begins[number]), int(begins[number + 1]))
        if here.start == here.stop:
            continue
        block = np.zeros((_AT_ONCE, n_covered), dtype=np.float32)
        block[rows[here] - skipped - number * _AT_ONCE, place[here]] = 1.0
        gram += block.T @ block
    return gram


def _solved(gram: Float64[np.ndarray, "c c"], ridge: float) -> Float32[np.ndarray, "c c"]:
    inverse = np.linalg.inv((gram + ridge * np.eye(len(gram))).astype(np.float32 if len(gram) > 1500 else np.float64))
    weights = -inverse / np.diag(inverse)[np.newaxis, :]
    np.fill_diagonal(weights, 0.0)
    return weights.astype(np.float32)
