"""The seam between search and whatever finds neighbours: keys, similarities, subsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.types import Keys, Vectors

__all__ = ["Neighbours", "Subset", "VectorIndex"]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Subset:
    """The keys that a filter lets through, sorted, unique, int64. Compared by identity, so that an index may
    remember what it prepared for one (build it once per filter, search with it many times)."""

    keys: Keys

    def __post_init__(self) -> None:
        if self.keys.ndim != 1 or self.keys.dtype != np.int64:
            raise ValueError(f"keys must be one-dimensional int64, received {self.keys.dtype} {self.keys.shape}")
        if len(self.keys) > 1 and not bool(np.all(np.diff(self.keys) > 0)):
            raise ValueError("keys must be sorted and unique")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest keys of each query, row i for query i.

    Attributes:
        keys: by falling similarity, ties by rising key; -1 where there are fewer than k.
        similarities: cosine; -inf where there are fewer than k.
        exact: whether no nearer key can have been missed.
    """

    keys: Int64[np.ndarray, "n_queries k"]
    similarities: Float32[np.ndarray, "n_queries k"]
    exact: bool

    @classmethod
    def of(
        cls, best: Sequence[tuple[Int64[np.ndarray, " _"], Float32[np.ndarray, " _"]]], k: int, *, exact: bool
    ) -> Neighbours:
        """An answer from the keys and similarities of each query, best first, at most `k`; padded where fewer."""
        if len(best) == 1 and len(best[0][0]) == k:
            return cls(best[0][0][None], best[0][1][None], exact)
        found = cls(
            np.full((len(best), k), -1, dtype=np.int64), np.full((len(best), k), -np.inf, dtype=np.float32), exact
        )
        for i, (keys, similarities) in enumerate(best):
            found.keys[i, : len(keys)] = keys
            found.similarities[i, : len(keys)] = similarities
        return found


@runtime_checkable
class VectorIndex(Protocol):
    """Unit vectors by key. Safe for several readers and one writer in different threads."""

    @property
    def dimension(self) -> int: ...

    @property
    def may_miss(self) -> bool:
        """Whether there are searches that need not be exact; False while every one is."""
        ...

    def __len__(self) -> int:
        """Number of keys held (removed ones do not count)."""
        ...

    def search(self, queries: Vectors, k: int, subset: Subset | None = None, *, exact: bool = False) -> Neighbours:
        """The `k` nearest keys of each query; keys of `subset` that are not held are ignored.

        Args:
            queries: float32 [n_queries, dimension], finite.
            k: how many of each, at least 1.
            subset: only these keys; None for all.
            exact: miss nothing, however long it takes (to measure the recall of what is live).

        Raises:
            DimensionMismatch: queries of another length.
            ValueError: `k` below 1, or a query that is not finite.
        """
        ...

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Hold these; a key already held gets its new vector. Seen by every search that starts afterwards.

        Raises:
            DimensionMismatch: vectors of another length.
            ValueError: not one vector a key, the same key twice, not finite, or not of unit length.
        """
        ...

    def remove(self, keys: Keys) -> None:
        """Hold these no longer; keys that are not held are ignored."""
        ...
