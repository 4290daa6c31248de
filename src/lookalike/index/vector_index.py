"""The seam between search and whatever finds neighbours: keys, similarities, subsets."""

from __future__ import annotations

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
    def none(cls, n_queries: int, k: int, *, exact: bool = True) -> Neighbours:
        """Nobody yet: an answer to fill with `put`."""
        keys = np.full((n_queries, k), -1, dtype=np.int64)
        return cls(keys, np.full((n_queries, k), -np.inf, dtype=np.float32), exact)

    def put(self, i: int, keys: Int64[np.ndarray, " n"], similarities: Float32[np.ndarray, " n"]) -> None:
        """Answer query `i` with these, best first, at most k; for the index that makes the answer, not for readers."""
        self.keys[i, : len(keys)] = keys
        self.similarities[i, : len(keys)] = similarities


@runtime_checkable
class VectorIndex(Protocol):
    """Unit vectors by key. Safe for several readers and one writer in different threads."""

    @property
    def dimension(self) -> int: ...

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
