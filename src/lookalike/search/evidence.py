"""What a verdict is judged by: the similarities of a query's nearest products, whatever page of hits was asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.search.folding import fold

__all__ = ["BEFORE_CENTROIDS", "DEPTH", "FEATURES", "Evidence", "gather", "mean_length", "toward_centroid"]

DEPTH = 6
"""Distinct products that a verdict looks at; fixed, so that `k` changes no verdict."""

FEATURES = ("similarity", "gap", "relief", "views", "centroid", "centroid_gap", "centroid_relief")
BEFORE_CENTROIDS = FEATURES[: FEATURES.index("centroid")]
"""What rules and trials of earlier versions are made of."""

_SHORTEST = 1e-6
"""Length below which the mean of a product's vectors has no direction."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The nearest products of one query.

    Attributes:
        product_key: the nearest product.
        similarities: float64, of the nearest `DEPTH` products (fewer in a smaller catalogue), each by its best image,
            falling; at least one.
        views: float64, of every image of the nearest product, falling; at least one, the first is the best.
        centroids: float64, of the same products as `similarities`, each by the mean direction of all its pictures
            (`toward_centroid`); None where nobody asks, and their features are 0.
    """

    product_key: int
    similarities: Float64[np.ndarray, " m"]
    views: Float64[np.ndarray, " v"]
    centroids: Float64[np.ndarray, " m"] | None = None

    def features(self) -> Float64[np.ndarray, " f"]:
        """The numbers of `FEATURES`, each of which speaks the more for "the same item" the larger it is.

        ``similarity`` of the nearest product; ``gap`` to the next product; ``relief`` over the mean of the next up to
        five; ``views``: similarity of the nearest product's second-best image over the next product's best (0 where it
        has one image). Where there is no other product, gap and relief are taken to a similarity of 0.

        ``centroid``, ``centroid_gap`` and ``centroid_relief`` are the first three with each product taken as the mean
        direction of its pictures: one that happens to look like the photograph counts for less. They are the same
        numbers where every product has one picture. The gap is below 0 where another product's centroid is nearer.
        """
        first, gap, relief = _standing(self.similarities)
        agreement = float(self.views[1]) - (first - gap) if len(self.views) > 1 else 0.0
        centroids = (0.0, 0.0, 0.0) if self.centroids is None else _standing(self.centroids)
        return np.asarray([first, gap, relief, agreement, *centroids], dtype=np.float64)


def _standing(similarities: Float64[np.ndarray, " m"]) -> tuple[float, float, float]:
    """That of the first, its lead over the best of the others, and over their mean."""
    first, others = float(similarities[0]), similarities[1:]
    best = float(others.max()) if len(others) else 0.0
    crowd = float(others.mean()) if len(others) else 0.0
    return first, first - best, first - crowd


def mean_length(vectors: Float32[np.ndarray, "v d"]) -> float:
    """Length of the mean of a product's unit vectors, 0 to 1: 1 where all are the same.

    Args:
        vectors: at least one.
    """
    return float(np.linalg.norm(vectors.mean(0, dtype=np.float64)))


def toward_centroid(
    similarities: Float32[np.ndarray, " v"], cosines: Float32[np.ndarray, " v"], length: float
) -> float:
    """Similarity of a query to the mean direction of a product's pictures.

    What the model's vectors bring is the cosine of the query and the normalised mean of the product's vectors (the
    prototype of Snell et al. 2017, arXiv 1703.05175, on the sphere), as far as cosines count; what colours bring is
    averaged.

    Args:
        similarities: to each picture; at least one.
        cosines: what of them the cosines of the model's vectors bring; the same array where they are all of it.
        length: of the mean of the product's vectors; see `mean_length`.
    """
    if length <= _SHORTEST:
        return 0.0
    own = float(cosines.mean(dtype=np.float64))
    return own / length + float(similarities.mean(dtype=np.float64)) - own


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
