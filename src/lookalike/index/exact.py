"""Exact search: every living vector against every query. The oracle, and fast enough up to some 50,000 vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import DimensionMismatch
from lookalike.index.ranking import rank, shortlist
from lookalike.index.rows import GrowingRows, Rows
from lookalike.index.subsets import SurvivorsOf
from lookalike.index.vector_index import Neighbours, Subset
from lookalike.types import Keys, Vectors

__all__ = ["ExactIndex", "check_queries", "scan", "scan_survivors"]

_SIMILARITIES_AT_ONCE = 1 << 23
_COPIES_BYTES = 64 << 20


class ExactIndex:
    """`VectorIndex` without approximation. Readers never wait, for each other or for the writer.

    Args:
        dimension: length of every vector.
        rows: to answer from, shared with another index; its own where None.
        copies_bytes: budget for contiguous copies of filtered vectors.
    """

    def __init__(self, dimension: int, *, rows: GrowingRows | None = None, copies_bytes: int = _COPIES_BYTES) -> None:
        self._rows = GrowingRows(dimension) if rows is None else rows
        self._survivors_of = SurvivorsOf(copies_bytes)

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._rows.dimension

    def __len__(self) -> int:
        return self._rows.seen.n_living

    def search(self, queries: Vectors, k: int, subset: Subset | None = None, *, exact: bool = False) -> Neighbours:  # noqa: ARG002
        """The `k` nearest keys of each query; always exact.

        Args:
            queries: float32 [n_queries, dimension], finite.
            k: positive; where fewer are held, the rest is -1 and -inf.
            subset: only these keys.
            exact: taken for the sake of the seam; nothing changes.

        Returns:
            Ties, also at the k-th place, in order of rising key.

        Raises:
            DimensionMismatch: queries of another length.
            ValueError: `k` below 1, or a query that is not finite.
        """
        check_queries(queries, k, self._rows.dimension)
        rows = self._rows.seen
        if subset is None:
            return scan(rows, queries, k)
        return scan_survivors(rows, self._survivors_of, subset, queries, k)

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Hold these; see `VectorIndex.add`."""
        self._rows.add(keys, vectors)

    def remove(self, keys: Keys) -> None:
        """Hold these no longer; see `VectorIndex.remove`."""
        self._rows.remove(keys)


def check_queries(queries: Vectors, k: int, dimension: int) -> None:
    """Refuse what no index can answer.

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
    if not np.isfinite(queries).all():
        raise ValueError("queries must be finite, received NaN or infinity")


def scan(rows: Rows, queries: Vectors, k: int) -> Neighbours:
    """The nearest among all living rows."""
    n_queries, n_rows = len(queries), len(rows.keys)
    found = _nothing_yet(n_queries, k)
    at_once = max(1, _SIMILARITIES_AT_ONCE // max(1, n_rows))
    for start in range(0, n_queries, at_once):
        block = queries[start : start + at_once]
        similarities = (rows.vectors @ block[0])[None] if len(block) == 1 else block @ rows.vectors.T
        if len(rows.dead):
            similarities[:, rows.dead] = -np.inf
        for i, query in enumerate(block):
            places = shortlist(similarities[i], k, len(query), _length(query))
            _put(found, start + i, rank(query, rows.vectors[places], rows.keys[places], k))
    return found


def scan_survivors(rows: Rows, survivors_of: SurvivorsOf, subset: Subset, queries: Vectors, k: int) -> Neighbours:
    """The nearest among the survivors of a filter."""
    survivors = survivors_of(subset, rows)
    survivors_of.side_by_side(survivors, rows)
    found = _nothing_yet(len(queries), k)
    for i, query in enumerate(queries):
        places = shortlist(survivors.similarities(query, rows), k, len(query), _length(query))
        _put(found, i, rank(query, rows.vectors[survivors.rows[places]], survivors.keys[places], k))
    return found


def _length(query: NDArray[np.float32]) -> float:
    return float(query @ query) ** 0.5


def _nothing_yet(n_queries: int, k: int) -> Neighbours:
    return Neighbours(
        keys=np.full((n_queries, k), -1, dtype=np.int64),
        similarities=np.full((n_queries, k), -np.inf, dtype=np.float32),
        exact=True,
    )


def _put(found: Neighbours, i: int, best: tuple[NDArray[np.int64], NDArray[np.float32]]) -> None:
    keys, similarities = best
    found.keys[i, : len(keys)] = keys
    found.similarities[i, : len(keys)] = similarities
