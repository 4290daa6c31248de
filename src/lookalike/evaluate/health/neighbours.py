"""Each image's nearest other products: what several findings are made from, computed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from lookalike.catalog.vectors import StoredVectors
from lookalike.evaluate.health.shelf import Shelf
from lookalike.evaluate.ranking import rank

__all__ = ["Neighbours", "find_neighbours"]

_K = 20


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest other products of each image that has a vector, each by its nearest image, best first.

    Attributes:
        rows: image row of each query.
        images: image row of the nearest image of each other product, -1 where there are fewer than k.
        products: product row of it, -1 likewise.
        similarities: cosine, NaN likewise.
    """

    rows: Int64[np.ndarray, " n"]
    images: Int64[np.ndarray, "n k"]
    products: Int64[np.ndarray, "n k"]
    similarities: Float32[np.ndarray, "n k"]


def find_neighbours(shelf: Shelf, vectors: StoredVectors, *, k: int = _K) -> Neighbours:
    """The `k` nearest other products of every image; exact.

    Args:
        shelf: the images.
        vectors: of the live release; images without one are left out.
        k: products an image.
    """
    rows, table = vectors_of_images(shelf, vectors)
    products = shelf.product_of[rows]
    by_product: dict[int, Int64[np.ndarray, " _"]] = {}
    order = np.argsort(products, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(products[order])) + 1):
        if len(members):
            by_product[int(products[members[0]])] = members
    own = [by_product[int(product)] for product in products]
    ranking = rank(table, table, products, k=k, left_out=own)
    found = ranking.rows >= 0
    return Neighbours(rows, np.where(found, rows[ranking.rows], -1), ranking.groups, ranking.similarities)


def vectors_of_images(
    shelf: Shelf, vectors: StoredVectors
) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, "n dimension"]]:
    """Rows of the images whose picture has a vector, and their vectors."""
    keys = shelf.picture_keys[shelf.picture_of]
    places = np.minimum(np.searchsorted(vectors.keys, keys), max(0, len(vectors.keys) - 1))
    present: Bool[np.ndarray, " n"] = (
        vectors.keys[places] == keys if len(vectors.keys) else np.zeros(len(keys), dtype=np.bool_)
    )
    rows = np.flatnonzero(present)
    return rows, vectors.vectors[places[rows]]
