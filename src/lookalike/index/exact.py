"""Exact search: every living vector against every query. The oracle, and fast enough up to some 50,000 vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lookalike.index.asking import lengths_of
from lookalike.index.products import products, unflagged
from lookalike.index.ranking import rank, shortlist, slack_of
from lookalike.index.rows import GrowingRows, Rows
from lookalike.index.subsets import Survivors, SurvivorsOf
from lookalike.index.vector_index import Neighbours, Subset
from lookalike.types import Keys, Vectors

__all__ = ["ExactIndex", "scan", "scan_survivors"]

_SIMILARITIES_AT_ONCE = 1 << 23
_COPIES_BYTES = 64 << 20


class ExactIndex:
    """`VectorIndex` without approximation. Readers never wait, for each other or for the writer.

    Args:
        dimension: length of every vector.
        copies_bytes: budget for contiguous copies of filtered vectors, or half the bytes of all where that is more.
    """

    def __init__(self, dimension: int, *, copies_bytes: int = _COPIES_BYTES) -> None:
        self._rows = GrowingRows(dimension)
        self._survivors_of = SurvivorsOf(copies_bytes)

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._rows.dimension

    @property
    def may_miss(self) -> bool:
        """Never."""
        return False

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
        lengths = lengths_of(queries, k, self._rows.dimension)
        rows = self._rows.seen
        if subset is None:
            return scan(rows, queries, lengths, k)
        survivors = self._survivors_of(subset, rows)
        self._survivors_of.side_by_side(survivors, rows)
        return scan_survivors(rows, survivors, queries, lengths, k)

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Hold these; see `VectorIndex.add`."""
        self._rows.add(keys, vectors)

    def remove(self, keys: Keys) -> None:
        """Hold these no longer; see `VectorIndex.remove`."""
        self._rows.remove(keys)


def scan(rows: Rows, queries: Vectors, lengths: list[float], k: int) -> Neighbours:
    """The nearest among all living rows."""
    n_queries, n_rows = len(queries), len(rows.keys)
    best: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    at_once = max(1, _SIMILARITIES_AT_ONCE // max(1, n_rows))
    for start in range(0, n_queries, at_once):
        block = queries[start : start + at_once]
        with unflagged():
            similarities = products(rows.vectors, block[0])[None] if len(block) == 1 else block @ rows.vectors.T
        if len(rows.dead):
            similarities[:, rows.dead] = -np.inf
        for i, query in enumerate(block, start):
            places = shortlist(similarities[i - start], k, slack_of(len(query), lengths[i]))
            best.append(rank(query, rows.vectors.take(places, 0), rows.keys[places], k))
    return Neighbours.of(best, k, exact=True)


def scan_survivors(rows: Rows, survivors: Survivors, queries: Vectors, lengths: list[float], k: int) -> Neighbours:
    """The nearest among the survivors of a filter; of several queries, each vector is read once for many of them."""
    best: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    at_once = max(1, _SIMILARITIES_AT_ONCE // max(1, len(survivors.rows)))
    for start in range(0, len(queries), at_once):
        block = queries[start : start + at_once]
        similarities = (
            survivors.similarities(block[0], rows)[None]
            if len(block) == 1
            else survivors.similarities_at_once(block, rows)
        )
        for i, query in enumerate(block, start):
            places = shortlist(similarities[i - start], k, slack_of(len(query), lengths[i]))
            best.append(rank(query, survivors.take(places, rows), survivors.keys[places], k))
    return Neighbours.of(best, k, exact=True)
