"""Many images of one product become one hit: the image that matched best stands for the rest."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int64

from lookalike.catalog.view import View
from lookalike.types import FoldBy, Keys

__all__ = ["expand", "fold", "groups_of", "ranked"]


def expand(
    view: View, keys: Keys, similarities: Float32[np.ndarray, " n"], allowed: Bool[np.ndarray, " n_rows"] | None = None
) -> tuple[Int64[np.ndarray, " m"], Float32[np.ndarray, " m"]]:
    """Every image (row of the view) that shows one of these pictures, with its picture's similarity.

    Args:
        view: the catalogue.
        keys: of pictures; one that is gone gives no row.
        similarities: one a picture.
        allowed: over the view's rows, which of them may appear; None for all.
    """
    found = view.images_of(keys)
    counts = np.diff(found.offsets)
    rows, repeated = found.rows, np.repeat(similarities, counts)
    if allowed is not None:
        keep = allowed[rows]
        rows, repeated = rows[keep], repeated[keep]
    return rows, repeated


def ranked(similarities: Float32[np.ndarray, " n"], keys: Keys) -> Int64[np.ndarray, " n"]:
    """The order of falling similarity, ties by rising key: a permutation of ``0 … n-1``.

    Similarities are compared at six decimals: below that, the last bits depend on how many queries were
    multiplied at once, and equal pictures would change places from one call to the next.
    """
    return np.lexsort((keys, -np.round(similarities.astype(np.float64), 6))).astype(np.int64)


def groups_of(view: View, rows: Int64[np.ndarray, " n"], by: FoldBy) -> Int64[np.ndarray, " n"]:
    """The key of what each image row is folded into."""
    match by:
        case "product":
            return view.product_keys[rows]
        case "variant":
            return view.variant_keys[rows]
        case "image":
            return view.image_keys[rows]


def fold(groups: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " m"]:
    """Positions of the first member of each group, in order of appearance.

    Args:
        groups: which product (or variant, or image) each ranked image belongs to.
    """
    _, first = np.unique(groups, return_index=True)
    return np.sort(first).astype(np.int64)
