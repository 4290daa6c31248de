"""What a verdict is judged by: the similarities of a query's nearest products, whatever page of hits was asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.search.folding import fold

__all__ = ["DEPTH", "FEATURES", "Evidence", "gather"]

DEPTH = 6
"""Distinct products that a verdict looks at; fixed, so that `k` changes no verdict."""

FEATURES = ("similarity", "gap", "relief", "views")


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The nearest products of one query.

    Attributes:
        product_key: the nearest product.
        similarities: float64, of the nearest `DEPTH` products (fewer in a smaller catalogue), each by its best image,
            falling; at least one.
        views: float64, of every image of the nearest product, falling; at least one, the first is the best.
    """

    product_key: int
    similarities: Float64[np.ndarray, " m"]
    views: Float64[np.ndarray, " v"]

    def features(self) -> Float64[np.ndarray, " f"]:
        """The numbers of `FEATURES`, each of which speaks the more for "the same item" the larger it is.

        ``similarity`` of the nearest product; ``gap`` to the next product; ``relief`` over the mean of the next up to
        five; ``views``: similarity of the nearest product's second-best image over the next product's best (0 where it
        has one image). Where there is no other product, gap and relief are taken to a similarity of 0.
        """
        first = float(self.similarities[0])
        others = self.similarities[1:]
        second = float(others[0]) if len(others) else 0.0
        crowd = float(others.mean()) if len(others) else 0.0
        agreement = float(self.views[1]) - second if len(self.views) > 1 else 0.0
        return np.asarray([first, first - second, first - crowd, agreement], dtype=np.float64)


def gather(
    products: Int64[np.ndarray, " n"], similarities: Float32[np.ndarray, " n"], depth: int = DEPTH
) -> tuple[Int64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
    """The first `depth` distinct products of ranked images with the similarity of each one's best image.

    Args:
        products: whose each ranked image is.
        similarities: falling.
        depth: most products.
    """
    first = fold(products)[:depth]
    return products[first], similarities[first].astype(np.float64)
