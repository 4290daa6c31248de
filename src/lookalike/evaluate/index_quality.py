"""What the live index misses: its answers beside those of a scan of every vector, for the same questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from lookalike.errors import InvalidQuery
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.index.vector_index import Neighbours, Subset, VectorIndex
from lookalike.types import Keys, Vectors

__all__ = ["DEFAULT_SHARES", "IndexQuality", "QualityAt", "measure_index", "missed", "perturbed"]

DEFAULT_SHARES = (1.0, 0.5, 0.1, 0.01)
"""Shares of the pictures that a filter lets through; 1.0 is no filter."""


@dataclass(frozen=True, slots=True)
class QualityAt:
    """Searches under filters of one selectivity.

    Attributes:
        share: of the pictures that the filter lets through; 1.0 is no filter.
        recall: share of the true k nearest that the live index found, with its interval over what queries were made of.
        exact_share: share of the answers that the index itself called exact.
        live_ms: median and 95th percentile of the time that the index took, in milliseconds.
        exact_ms: likewise, of the scan.
    """

    share: float
    recall: Interval
    exact_share: float
    live_ms: tuple[float, float]
    exact_ms: tuple[float, float]


@dataclass(frozen=True, slots=True)
class IndexQuality:
    """How good the live index is.

    Attributes:
        pictures: vectors that it holds.
        queries: how many were asked at each share.
        k: neighbours asked for.
        at: by share, in the order asked for.
    """

    pictures: int
    queries: int
    k: int
    at: tuple[QualityAt, ...]


def measure_index(
    index: VectorIndex,
    keys: Keys,
    queries: Float32[np.ndarray, "n_queries dimension"],
    *,
    k: int = 10,
    shares: Sequence[float] = DEFAULT_SHARES,
    generator: np.random.Generator,
    clusters: Sequence[object] | None = None,
) -> IndexQuality:
    """Ask `index` every query twice, as it is and exactly, one after the other.

    Args:
        index: what is live.
        keys: of the pictures that it holds; filters let a random part of them through, the same for all queries.
        queries: unit vectors.
        k: neighbours to ask for; what the filter leaves may be fewer.
        shares: in (0, 1]; one filter each.
        generator: chooses what filters let through.
        clusters: what each query was made of, of which the intervals leave out one at a time; None for one each.

    Returns:
        Two neighbours that are equally similar stand for each other: what counts is the similarity.

    Raises:
        InvalidQuery: no queries, or a share outside (0, 1].
    """
    wrong = [share for share in shares if not 0.0 < share <= 1.0]
    if wrong or not len(queries):
        raise InvalidQuery(
            f"expected at least one query and shares above 0 and at most 1, received {len(queries)} queries, {wrong}"
        )
    at: list[QualityAt] = []
    for share in shares:
        subset = None
        if share < 1.0:
            distinct = np.unique(keys)
            n = min(max(1, round(share * len(distinct))), len(distinct))
            subset = Subset(np.sort(generator.choice(distinct, size=n, replace=False)))
        at.append(_measured(index, subset, share, queries, k, range(len(queries)) if clusters is None else clusters))
    return IndexQuality(len(index), len(queries), k, tuple(at))


def perturbed(vectors: Vectors, *, noise: float, generator: np.random.Generator) -> Vectors:
    """Unit vectors near others, as a photograph lies near a catalogue picture.

    Args:
        vectors: float32 unit vectors.
        noise: length of what is added to each, in a random direction.
        generator: source of the directions.
    """
    added = generator.standard_normal(vectors.shape)
    added *= noise / np.maximum(np.linalg.norm(added, axis=1, keepdims=True), 1e-12)
    moved = vectors + added
    return (moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def missed(found: Float32[np.ndarray, " k"], true: Float32[np.ndarray, " k"]) -> tuple[int, int]:
    """How many of the true nearest were missed, and how many there are, from the similarities of both answers."""
    there = true[np.isfinite(true)]
    if len(there) == 0:
        return 0, 0
    held = int(np.count_nonzero(found >= there[-1] - 1e-6))
    return len(there) - min(held, len(there)), len(there)


def _measured(
    index: VectorIndex, subset: Subset | None, share: float, queries: Vectors, k: int, clusters: Sequence[object]
) -> QualityAt:
    recall: Float64[np.ndarray, " n"] = np.ones(len(queries))
    live_ms, exact_ms, exact = np.zeros(len(queries)), np.zeros(len(queries)), 0
    index.search(queries[:1], k, subset)  # what an index prepares for a new filter is not the search's time
    for i in range(len(queries)):
        query = queries[i : i + 1]
        live, live_ms[i] = _timed(lambda query=query: index.search(query, k, subset))
        true, exact_ms[i] = _timed(lambda query=query: index.search(query, k, subset, exact=True))
        n_missed, n_true = missed(live.similarities[0], true.similarities[0])
        recall[i] = 1.0 - n_missed / n_true if n_true else 1.0
        exact += live.exact
    return QualityAt(
        share,
        jackknife_mean(recall, clusters),
        exact / len(queries),
        _quantiles(live_ms),
        _quantiles(exact_ms),
    )


def _timed(search: Callable[[], Neighbours]) -> tuple[Neighbours, float]:
    started = time.perf_counter()
    found = search()
    return found, (time.perf_counter() - started) * 1e3


def _quantiles(milliseconds: Float64[np.ndarray, " n"]) -> tuple[float, float]:
    middle, late = np.quantile(milliseconds, [0.5, 0.95])
    return float(middle), float(late)
