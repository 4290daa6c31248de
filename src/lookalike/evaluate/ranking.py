"""Exact rankings of many queries against a large gallery, a block at a time: the oracle that evaluations rest on.

Nothing of size queries x gallery is ever held. A float32 matrix product says who may be among the best; those few are
scored again in float64, so that the outcome depends on the vectors alone and not on the sizes of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from lookalike.errors import DimensionMismatch

__all__ = ["Ranking", "rank"]

_QUERIES_AT_ONCE = 1024
_ROWS_AT_ONCE = 16_384
_RESCORED_AT_ONCE = 16_384
_FOLDS = 64
_ROUNDING = 2.0**-23
_DECIMALS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The `k` best groups of each query, row i for query i, best first.

    Attributes:
        groups: int64; -1 where the gallery has fewer than k groups for the query.
        similarities: float32, of the group's best row; NaN where there is no group.
        rows: int64, the gallery row that stands for the group; -1 where there is no group.
    """

    groups: Int64[np.ndarray, "n_queries k"]
    similarities: Float32[np.ndarray, "n_queries k"]
    rows: Int64[np.ndarray, "n_queries k"]

    def __post_init__(self) -> None:
        if not self.groups.shape == self.similarities.shape == self.rows.shape:
            raise ValueError(
                f"groups {self.groups.shape}, similarities {self.similarities.shape} and rows {self.rows.shape} "
                "must have one shape"
            )

    def __len__(self) -> int:
        return len(self.groups)


def rank(
    queries: Float32[np.ndarray, "n_queries dimension"],
    gallery: Float32[np.ndarray, "n _dimension"],
    groups: Int64[np.ndarray, " _n"],
    *,
    k: int,
    left_out: Sequence[Int64[np.ndarray, " _"]] | None = None,
) -> Ranking:
    """The exact `k` best groups of every query, each once, by the dot product of its best row.

    Args:
        queries: float32, finite; unit vectors, if similarities shall be cosines.
        gallery: float32, finite; may be mapped from a file, it is read in blocks.
        groups: non-negative; rows of one group (the pictures of a product) become one entry.
        k: how many groups of each, at least 1; where there are fewer, the rest is padded.
        left_out: for each query the gallery rows that it may not match, such as the query's own picture.

    Returns:
        Order: falling similarity, compared at six decimals as `lookalike.search.folding.ranked` does, ties by rising
        row; likewise among the rows of one group. An empty gallery gives padding only.

    Raises:
        DimensionMismatch: queries and gallery of different length.
        ValueError: `k` below 1, a negative group, a value that is not finite, or not one group a row and one
            `left_out` a query.
    """
    _check(queries, gallery, groups, k, left_out)
    longest = _longest(gallery, "the gallery")
    _longest(queries, "queries")
    parts: list[Ranking] = []
    for start in range(0, len(queries), _QUERIES_AT_ONCE):
        stop = min(start + _QUERIES_AT_ONCE, len(queries))
        without = None if left_out is None else left_out[start:stop]
        parts.append(_Contest(queries[start:stop], gallery, groups, k, longest, without).run())
    if not parts:
        empty = np.empty((0, k), dtype=np.int64)
        return Ranking(empty, empty.astype(np.float32), empty)
    return Ranking(
        np.concatenate([part.groups for part in parts]),
        np.concatenate([part.similarities for part in parts]),
        np.concatenate([part.rows for part in parts]),
    )


class _Contest:
    """The `k` best groups so far of one block of queries; each block of the gallery challenges them."""

    def __init__(
        self,
        queries: NDArray[np.float32],
        gallery: NDArray[np.float32],
        groups: NDArray[np.int64],
        k: int,
        longest: float,
        left_out: Sequence[NDArray[np.int64]] | None,
    ) -> None:
        self._queries = queries
        self._wide = queries.astype(np.float64)
        self._gallery = gallery
        self._group_of = groups
        self._k = k
        self._left_out = _pairs(left_out)
        # Two float32 products may each be off by this much, and rounding to six decimals joins what lies 1e-6 apart.
        lengths = np.sqrt(np.einsum("ij,ij->i", self._wide, self._wide))
        self._slack = 2.0 * _ROUNDING * queries.shape[1] * lengths * longest + 2.0 * 10.0**-_DECIMALS
        self._rows = np.full((len(queries), k), -1, dtype=np.int64)
        self._best = np.full((len(queries), k), -np.inf)

    def run(self) -> Ranking:
        n = len(self._gallery)
        buffer = np.empty((len(self._queries), min(n, _ROWS_AT_ONCE)), dtype=np.float32)
        for start in range(0, n, _ROWS_AT_ONCE):
            stop = min(start + _ROWS_AT_ONCE, n)
            block = self._gallery[start:stop]
            out = buffer if stop - start == buffer.shape[1] else None
            similarities = np.matmul(self._queries, block.T, out=out)
            self._strike_out(similarities, start, stop)
            self._challenge(similarities, start)
        held = self._rows >= 0
        found = np.where(held, self._group_of[self._rows] if n else -1, -1)
        exact = np.full(self._rows.shape, np.nan, dtype=np.float32)
        who = np.nonzero(held)
        exact[who] = self._rescored(who[0], self._rows[who])
        return Ranking(found, exact, self._rows)

    def _strike_out(self, similarities: NDArray[np.float32], start: int, stop: int) -> None:
        who, rows = self._left_out
        here = (rows >= start) & (rows < stop)
        similarities[who[here], rows[here] - start] = -np.inf

    def _challenge(self, similarities: NDArray[np.float32], start: int) -> None:
        """Let those rows in that beat the k-th of their query."""
        bounds = self._best[:, -1] - self._slack
        open_ = np.flatnonzero(np.isneginf(bounds))
        if len(open_):
            who, places = self._first_of_groups(similarities, open_, start)
            closed = np.ones(len(bounds), dtype=np.bool_)
            closed[open_] = False
            bounds = np.where(closed, bounds, np.inf)
            if closed.any():
                others = _reaching(similarities, bounds)
                who, places = np.concatenate([who, others[0]]), np.concatenate([places, others[1]])
        else:
            who, places = _reaching(similarities, bounds)
        if len(who):
            self._admit(who, places + start)

    def _first_of_groups(
        self, similarities: NDArray[np.float32], open_: NDArray[np.int64], start: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """While a query has fewer than k groups, the best of each group that may be among the block's k best."""
        groups = self._group_of[start : start + similarities.shape[1]]
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0])
        sizes = np.diff(np.r_[starts, len(order)])
        who: list[NDArray[np.int64]] = []
        places: list[NDArray[np.int64]] = []
        for i in open_.tolist():
            own = similarities[i][order]
            maxima = np.maximum.reduceat(own, starts)
            bound = -np.inf
            if len(maxima) >= self._k:
                bound = float(np.partition(maxima, len(maxima) - self._k)[len(maxima) - self._k]) - self._slack[i]
            near = (own >= np.repeat(maxima, sizes) - self._slack[i]) & (own >= bound) & (own > -np.inf)
            mine = order[near]
            who.append(np.full(len(mine), i, dtype=np.int64))
            places.append(mine)
        return np.concatenate(who), np.concatenate(places)

    def _admit(self, who: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Rank newcomers and incumbents together: one row a group, k groups a query."""
        scores = np.round(self._rescored(who, rows).astype(np.float64), _DECIMALS)
        touched, who = np.unique(who, return_inverse=True)
        old_who, old_place = np.nonzero(self._rows[touched] >= 0)
        who = np.concatenate([who, old_who])
        rows = np.concatenate([rows, self._rows[touched][old_who, old_place]])
        scores = np.concatenate([scores, self._best[touched][old_who, old_place]])
        order = np.lexsort((rows, -scores, who))
        who, rows, scores = who[order], rows[order], scores[order]
        by_group = np.lexsort((self._group_of[rows], who))  # stable: the best of each (query, group) comes first
        same = (np.diff(who[by_group]) == 0) & (np.diff(self._group_of[rows[by_group]]) == 0)
        keep = np.zeros(len(who), dtype=np.bool_)
        keep[by_group[np.r_[True, ~same]]] = True
        who, rows, scores = who[keep], rows[keep], scores[keep]
        places = np.arange(len(who)) - np.searchsorted(who, np.arange(len(touched)))[who]
        inside = places < self._k
        self._rows[touched[who[inside]], places[inside]] = rows[inside]
        self._best[touched[who[inside]], places[inside]] = scores[inside]

    def _rescored(self, who: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        scores = np.empty(len(who), dtype=np.float32)
        for start in range(0, len(who), _RESCORED_AT_ONCE):
            part = slice(start, start + _RESCORED_AT_ONCE)
            vectors = self._gallery[rows[part]].astype(np.float64)
            scores[part] = np.einsum("ij,ij->i", vectors, self._wide[who[part]])
        return scores


def _reaching(
    similarities: NDArray[np.float32], bounds: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where a row's values reach the row's bound; one pass over maxima of columns, then only where one reaches it."""
    low = np.nextafter(bounds.astype(np.float32), np.float32(-np.inf))  # rounding the bound may only lower it
    n_columns = similarities.shape[1] // _FOLDS
    who: list[NDArray[np.int64]] = []
    places: list[NDArray[np.int64]] = []
    if n_columns:
        folded = similarities[:, : _FOLDS * n_columns].reshape(len(similarities), _FOLDS, n_columns)
        queries, columns = np.nonzero(folded.max(axis=1) >= low[:, None])
        found, folds = np.nonzero(folded[queries, :, columns] >= low[queries, None])
        who.append(queries[found])
        places.append(folds * n_columns + columns[found])
    rest, last = np.nonzero(similarities[:, _FOLDS * n_columns :] >= low[:, None])
    who.append(rest)
    places.append(last + _FOLDS * n_columns)
    return np.concatenate(who), np.concatenate(places)


def _pairs(left_out: Sequence[NDArray[np.int64]] | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not left_out:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing
    who = np.repeat(np.arange(len(left_out)), [len(rows) for rows in left_out])
    return who, np.concatenate(list(left_out)).astype(np.int64)


def _longest(vectors: NDArray[np.float32], name: str) -> float:
    """The greatest Euclidean length, 0.0 of none."""
    longest = 0.0
    for block in _blocks(vectors):
        lengths = np.einsum("ij,ij->i", block, block)
        if not np.isfinite(lengths).all():
            raise ValueError(f"{name} must be finite, received NaN, infinity or values whose square overflows")
        longest = max(longest, float(lengths.max(initial=0.0)) ** 0.5)
    return longest


def _blocks(vectors: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    return (vectors[start : start + _ROWS_AT_ONCE] for start in range(0, len(vectors), _ROWS_AT_ONCE))


def _check(
    queries: NDArray[np.float32],
    gallery: NDArray[np.float32],
    groups: NDArray[np.int64],
    k: int,
    left_out: Sequence[NDArray[np.int64]] | None,
) -> None:
    if queries.shape[1] != gallery.shape[1]:
        raise DimensionMismatch(
            f"received queries of {queries.shape[1]} dimensions and a gallery of {gallery.shape[1]}: "
            "embed both with the same model"
        )
    problems: list[str] = []
    if k < 1:
        problems.append(f"k must be at least 1, received {k}")
    if len(groups) != len(gallery):
        problems.append(f"expected one group for each of {len(gallery)} rows, received {len(groups)}")
    elif len(groups) and int(groups.min()) < 0:
        problems.append(f"groups must not be negative, received {int(groups.min())}")
    if left_out is not None and len(left_out) != len(queries):
        problems.append(f"expected left_out for each of {len(queries)} queries, received {len(left_out)}")
    elif left_out is not None:
        rows = _pairs(left_out)[1]
        if len(rows) and not (int(rows.min()) >= 0 and int(rows.max()) < len(gallery)):
            problems.append(f"left_out must name rows 0 to {len(gallery) - 1}, received {rows.min()} to {rows.max()}")
    if problems:
        raise ValueError("; ".join(problems))
