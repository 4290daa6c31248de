"""What every index refuses to answer."""

from __future__ import annotations

from math import isfinite

import numpy as np

from lookalike.errors import DimensionMismatch
from lookalike.types import Vectors

__all__ = ["lengths_of"]


def lengths_of(queries: Vectors, k: int, dimension: int) -> list[float]:
    """The Euclidean length of each query that may be asked.

    Raises:
        DimensionMismatch: queries of another length.
        ValueError: `k` below 1, or a query that is not finite.
    """
    if queries.ndim != 2 or queries.shape[1] != dimension:
        raise DimensionMismatch(
            f"received queries of shape {queries.shape}; this index holds vectors of {dimension}: "
            "embed them with the model of this release"
        )
    if k < 1:
        raise ValueError(f"k must be at least 1, received {k}")
    if len(queries) == 1:
        query = queries[0]
        lengths = [float(query @ query) ** 0.5]
    else:
        lengths = np.sqrt(np.einsum("ij,ij->i", queries, queries)).tolist()
    if not isfinite(sum(lengths)):
        raise ValueError("queries must be finite, received NaN or infinity")
    return lengths
