"""Many images of one product become one hit: the image that matched best stands for the rest."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.types import Keys

__all__ = ["fold", "ranked"]


def ranked(similarities: Float32[np.ndarray, " n"], keys: Keys) -> Int64[np.ndarray, " n"]:
    """The order of falling similarity, ties by rising key: a permutation of ``0 … n-1``.

    Similarities are compared at six decimals: below that, the last bits depend on how many queries were
    multiplied at once, and equal pictures would change places from one call to the next.
    """
    return np.lexsort((keys, -np.round(similarities.astype(np.float64), 6))).astype(np.int64)


def fold(groups: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " m"]:
    """Positions of the first member of each group, in order of appearance.

    Args:
        groups: which product (or variant, or image) each ranked image belongs to.
    """
    _, first = np.unique(groups, return_index=True)
    return np.sort(first).astype(np.int64)
