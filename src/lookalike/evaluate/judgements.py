"""Metrics of many rankings at once, from how right each retrieved item is. Definitions are stated; libraries differ.

The single-query functions of `lookalike.evaluate.metrics` say the same as plain loops.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

__all__ = ["Judgements", "category_precision_at"]


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """How right the first K retrieved items of each query are; row i for query i, best first.

    Attributes:
        gains: float64, finite, not negative: 0 for a wrong item and where fewer than K were retrieved.
        ideal: float64, the gains of *all* right items of the query, falling, padded with 0; also of those that were
            not retrieved. A query without right items has zeros only, and scores 0 in every metric.

    Below, rel(i) is 1 where the i-th retrieved item has a gain above 0, R how many right items there are. Retrieving
    less than k counts as wrong items in the missing places, as trec_eval has it.
    """

    gains: Float64[np.ndarray, "_n_queries depth"]
    ideal: Float64[np.ndarray, "n_queries n_right"]

    def __post_init__(self) -> None:
        if len(self.gains) != len(self.ideal):
            raise ValueError(
                f"expected gains and ideal of as many queries, received {len(self.gains)}, {len(self.ideal)}"
            )
        for name, values in (("gains", self.gains), ("ideal", self.ideal)):
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ValueError(f"{name} must be finite and not negative")
        if (np.diff(self.ideal, axis=1) > 0).any():
            raise ValueError("ideal gains must fall: the best ranking has the most right item first")
        if (np.count_nonzero(self.gains, axis=1) > self.n_right).any():
            raise ValueError("more right items were retrieved than there are: each item may count once")

    @classmethod
    def of(
        cls,
        retrieved: Sequence[Sequence[Hashable]],
        grades: Sequence[Collection[Hashable]],
        *,
        depth: int,
    ) -> Judgements:
        """Compare rankings of names with the right names.

        Args:
            retrieved: of each query, best first; an item that comes again is wrong there, and keeps its place.
            grades: of each query its right items, which all gain 1, or a mapping from each to its gain, above 0.
            depth: how many of each ranking are judged; metrics cannot look further.
        """
        gains = np.zeros((len(retrieved), depth))
        ideal = np.zeros((len(retrieved), max((len(one) for one in grades), default=0)))
        for i, (items, right) in enumerate(zip(retrieved, grades, strict=True)):
            worth: dict[Hashable, float] = dict(right) if isinstance(right, Mapping) else dict.fromkeys(right, 1.0)
            ideal[i, : len(worth)] = sorted(worth.values(), reverse=True)
            for place, item in enumerate(items[:depth]):
                gains[i, place] = worth.pop(item, 0.0)
        return cls(gains, ideal)

    @classmethod
    def of_ranking(
        cls, groups: Int64[np.ndarray, "n_queries depth"], right: Int64[np.ndarray, "n_queries n_right"]
    ) -> Judgements:
        """Compare `Ranking.groups` with the right groups of each query, padded with -1, each once.

        Raises:
            ValueError: a group is retrieved, or right, twice.
        """
        gains = np.zeros(groups.shape)
        for column in range(right.shape[1]):
            gains += (groups == right[:, column, None]) & (groups >= 0)
        if (gains > 1).any():
            raise ValueError("a right group was named twice for a query: each may count once")
        return cls(gains, np.sort((right >= 0).astype(np.float64), axis=1)[:, ::-1].copy())

    @property
    def n_right(self) -> Int64[np.ndarray, " n_queries"]:
        """R: how many right items each query has."""
        return np.count_nonzero(self.ideal, axis=1).astype(np.int64)

    def recall_at(self, k: int) -> Float64[np.ndarray, " n_queries"]:
        """max(rel(1) … rel(k)): whether any right item is among the first k (hit rate; torchmetrics' hit rate)."""
        return np.asarray(self._relevant(k).any(axis=1), dtype=np.float64)

    def coverage_at(self, k: int) -> Float64[np.ndarray, " n_queries"]:
        """sum(rel(1) … rel(k)) / R: share of the right items found (called recall by ranx and torchmetrics)."""
        return _share(self._relevant(k).sum(axis=1), self.n_right)

    def precision_at(self, k: int) -> Float64[np.ndarray, " n_queries"]:
        """sum(rel(1) … rel(k)) / k, also where fewer than k were retrieved or exist."""
        return np.asarray(self._relevant(k).sum(axis=1) / k)

    def most_precision_at(self, k: int) -> float:
        """min(k, R) / k of the query that has most right items: no precision is above; 1 where no query has any."""
        most = min(int(self.n_right.max(initial=0)), k)
        return most / k if most else 1.0

    def average_precision_at(self, k: int) -> Float64[np.ndarray, " n_queries"]:
        """sum over i <= k of rel(i) precision(i), over min(k, R): 1 for the best possible ranking.

        ranx divides by R (so that k < R can never reach 1), torchmetrics by the number found (so that a missed item
        costs nothing). With k at least R, ours is ranx's.
        """
        return _share(self._precisions(k).sum(axis=1), np.minimum(self.n_right, k))

    def average_precision_at_r(self) -> Float64[np.ndarray, " n_queries"]:
        """MAP@R: sum over i <= R of rel(i) precision(i), over R (Musgrave, Belongie & Lim 2020, 3.2)."""
        self._require_r()
        precisions = self._precisions(self.gains.shape[1])
        places = np.arange(precisions.shape[1])[None] < self.n_right[:, None]
        return _share((precisions * places).sum(axis=1), self.n_right)

    def r_precision(self) -> Float64[np.ndarray, " n_queries"]:
        """sum(rel(1) … rel(R)) / R."""
        self._require_r()
        places = np.arange(self.gains.shape[1])[None] < self.n_right[:, None]
        return _share(((self.gains > 0) & places).sum(axis=1), self.n_right)

    def reciprocal_rank_at(self, k: int) -> Float64[np.ndarray, " n_queries"]:
        """1 / rank of the first right item among the first k, else 0."""
        relevant = self._relevant(k)
        if relevant.shape[1] == 0:
            return np.zeros(len(relevant))
        return np.where(relevant.any(axis=1), 1.0 / (relevant.argmax(axis=1) + 1.0), 0.0)

    def ndcg_at(self, k: int) -> Float64[np.ndarray, " n_queries"]:
        """sum over i <= k of gain(i) / log2(i + 1), over the same sum of the best ranking.

        Gains enter as they are (Järvelin & Kekäläinen 2002; ranx' `ndcg`, torchmetrics), not as 2^gain - 1 (Burges
        et al. 2005; ranx' `ndcg_burges`): give those as grades if you want them.
        """
        return _share(_discounted(self.gains, k), _discounted(self.ideal, k))

    def _relevant(self, k: int) -> Bool[np.ndarray, "n_queries _"]:
        if k < 1:
            raise ValueError(f"k must be at least 1, received {k}")
        return self.gains[:, :k] > 0

    def _precisions(self, k: int) -> Float64[np.ndarray, "n_queries _"]:
        relevant = self._relevant(k)
        return relevant * relevant.cumsum(axis=1) / (np.arange(relevant.shape[1]) + 1.0)

    def _require_r(self) -> None:
        most = int(self.n_right.max(initial=0))
        if most > self.gains.shape[1]:
            raise ValueError(f"a query has {most} right items, but only {self.gains.shape[1]} retrieved were judged")


def category_precision_at(
    retrieved: Int64[np.ndarray, "n_queries depth"], asked: Int64[np.ndarray, " n_queries"], k: int
) -> Float64[np.ndarray, " n_queries"]:
    """Share of the first k retrieved items that are of the query's category, whether they are right or not.

    Args:
        retrieved: category of each retrieved item, best first; negative for none, which never agrees.
        asked: category of each query; negative for unknown, which scores 0.
        k: how many are looked at; missing ones count as wrong.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, received {k}")
    first = retrieved[:, :k]
    return ((first == asked[:, None]) & (first >= 0)).sum(axis=1) / k


def _discounted(gains: Float64[np.ndarray, "n _m"], k: int) -> Float64[np.ndarray, " n"]:
    if k < 1:
        raise ValueError(f"k must be at least 1, received {k}")
    first = gains[:, :k]
    return (first / np.log2(np.arange(first.shape[1]) + 2.0)).sum(axis=1)


def _share(part: np.ndarray, whole: np.ndarray) -> Float64[np.ndarray, " n"]:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
