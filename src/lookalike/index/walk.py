"""Approximate search: candidates from the graph, the tail scanned, all of them scored exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lookalike.index.coverage import Coverage
from lookalike.index.products import products
from lookalike.index.ranking import rank, shortlist, slack_of
from lookalike.index.rows import Rows
from lookalike.index.subsets import Survivors
from lookalike.index.vector_index import Neighbours
from lookalike.types import Vectors

__all__ = ["walk"]

_MORE_THAN_K = 8


def walk(
    coverage: Coverage,
    rows: Rows,
    queries: Vectors,
    lengths: list[float],
    k: int,
    *,
    breadth: int,
    survivors: Survivors | None = None,
) -> tuple[Neighbours, list[int]]:
    """The nearest that a graph finds, and the queries for which it found too few to be trusted.

    Args:
        coverage: of `rows`, in the same epoch.
        rows: what the caller sees.
        queries: float32 [n_queries, dimension], finite.
        lengths: of the queries.
        k: how many of each.
        breadth: candidates that the graph looks at, at least k.
        survivors: only these, of the same generation as `rows`.

    Returns:
        Neighbours that are not exact, and the places of queries that deserve a scan: without a filter those with
        fewer than k candidates; with one those whose k-th survivor came in the worse half of the candidates, where
        the graph's own recall is poor.
    """
    nobody = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    best: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    unsure: list[int] = []
    tail = _tail(coverage, rows, survivors)
    nodes = coverage.graph.nearest(queries, breadth)
    for i, query in enumerate(queries):
        candidates = coverage.rows_of(nodes[i], rows)
        if survivors is not None:
            passed = survivors.among(candidates, len(rows.keys)).nonzero()[0]
            if len(passed) < k or passed[k - 1] >= breadth // 2:
                unsure.append(i)
                best.append(nobody)
                continue
            candidates = candidates[passed]
        elif len(candidates) < k:
            unsure.append(i)
            best.append(nobody)
            continue
        candidates = candidates[: k + _MORE_THAN_K]
        if len(tail):
            candidates = np.concatenate((candidates, _best_of(tail, rows, query, k, lengths[i])))
        best.append(rank(query, rows.vectors.take(candidates, 0), rows.keys[candidates], k))
    return Neighbours.of(best, k, exact=False), unsure


def _tail(coverage: Coverage, rows: Rows, survivors: Survivors | None) -> NDArray[np.int64]:
    """The living rows that the graph does not know, survivors only."""
    if survivors is not None:
        return survivors.rows[np.searchsorted(survivors.rows, coverage.n_rows) :]
    tail = np.arange(coverage.n_rows, len(rows.keys))
    return tail[rows.alive()[tail]] if len(rows.dead) and len(tail) else tail


def _best_of(
    tail: NDArray[np.int64], rows: Rows, query: NDArray[np.float32], k: int, length: float
) -> NDArray[np.int64]:
    """Those rows of the tail that may be among its k nearest; the tail is a run of rows with few gaps."""
    first = int(tail[0])
    similarities = products(rows.vectors[first : int(tail[-1]) + 1], query)[tail - first]
    return tail[shortlist(similarities, k, slack_of(len(query), length))]
