"""The vectors themselves: append-only rows that readers see without locks.

A row is written once and never again: a new vector for a key is a new row, and the old one is dead. So a reader takes
`GrowingRows.seen`, an immutable view, and computes on it for as long as it likes while the writer appends behind it.
Rows that are dead cost a scan their bytes; when they are many the writer moves the living to fresh memory.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from lookalike.errors import DimensionMismatch
from lookalike.types import Keys, Mask, Vectors

__all__ = ["GrowingRows", "Rows"]

_SMALLEST_CAPACITY = 1024
_DEAD_BEFORE_COMPACTION = 0.25
_UNIT_TOLERANCE = 0.01
_WIDEST_TABLE = 8


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What one reader sees: rows ``0 … n-1``, of which some are dead.

    Attributes:
        vectors: unit length, never written to again.
        keys: whose vector each row is; the key of a dead row may come again in a later row.
        dead: rows that no search may return, sorted.
        generation: grows with every change; equal generations of one store are the same rows.
        epoch: grows when rows are renumbered; within an epoch a row number means the same vector for ever.
        came_from: what the first rows of this epoch were called in the one before, rising; empty in the first.
    """

    vectors: Vectors
    keys: Keys
    dead: Int64[np.ndarray, " n_dead"]
    generation: int
    epoch: int
    came_from: Int64[np.ndarray, " n_moved"]
    _table: list[tuple[int, NDArray[np.int64]]] = field(default_factory=list, repr=False)
    _alive: list[NDArray[np.bool_]] = field(default_factory=list, repr=False)

    @property
    def n_living(self) -> int:
        """Number of keys held."""
        return len(self.keys) - len(self.dead)

    def alive(self) -> Mask:
        """Of each row, whether it is not dead."""
        if not self._alive:
            alive = np.ones(len(self.keys), dtype=np.bool_)
            alive[self.dead] = False
            self._alive.append(alive)
        return self._alive[0]

    def living(self) -> Int64[np.ndarray, " n_living"]:
        """The rows that are not dead, sorted."""
        return self.alive().nonzero()[0] if len(self.dead) else np.arange(len(self.keys))

    def locate(self, keys: Keys) -> Int64[np.ndarray, " n_held"]:
        """The living rows of those `keys` that are held, sorted; `keys` sorted and unique."""
        if not len(keys) or not self.n_living:
            return np.empty(0, dtype=np.int64)
        if not self._table:
            self._table.append(self._make_table())
        first, table = self._table[0]
        if first < 0:
            return self._locate_sparse(keys, table)
        start, stop = np.searchsorted(keys, (first, first + len(table)))
        rows = table[keys[start:stop] - first]
        rows = rows[rows >= 0]
        if len(rows) > 1 and bool((rows[1:] < rows[:-1]).any()):
            rows.sort()
        return rows

    def _make_table(self) -> tuple[int, NDArray[np.int64]]:
        """Row by key: a dense array from the smallest key where keys are dense (the store counts up), and otherwise
        the living rows in order of key, marked by -1."""
        living = self.living()
        keys = self.keys[living]
        first, last = int(keys.min()), int(keys.max())
        if first < 0 or last - first > _WIDEST_TABLE * len(keys) + _SMALLEST_CAPACITY:
            return -1, living[np.argsort(keys, kind="stable")]
        table = np.full(last - first + 1, -1, dtype=np.int64)
        table[keys - first] = living
        return first, table

    def _locate_sparse(self, keys: Keys, by_key: NDArray[np.int64]) -> NDArray[np.int64]:
        held = self.keys[by_key]
        places = np.searchsorted(held, keys)
        places[places == len(held)] = 0
        return np.sort(by_key[places[held[places] == keys]])


class GrowingRows:
    """The one writer's side of `Rows`; several writers take turns.

    Args:
        dimension: length of every vector.
    """

    def __init__(self, dimension: int) -> None:
        if dimension < 1:
            raise ValueError(f"dimension must be positive, received {dimension}")
        self.dimension = dimension
        self._keys = np.empty(0, dtype=np.int64)
        self._vectors = np.empty((0, dimension), dtype=np.float32)
        self._row_of: dict[int, int] | None = None
        self._lock = threading.RLock()
        nothing = np.empty(0, dtype=np.int64)
        self.seen = Rows(self._vectors, self._keys, nothing, 0, 0, nothing)

    @classmethod
    def of(cls, keys: Keys, vectors: Vectors, dead: Int64[np.ndarray, " n_dead"]) -> GrowingRows:
        """Rows that were seen before, as they were; the arrays are taken over, not copied, and not checked."""
        rows = cls(vectors.shape[1])
        rows._keys, rows._vectors = keys, vectors
        rows.seen = Rows(vectors, keys, dead, 0, 0, np.empty(0, dtype=np.int64))
        return rows

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Hold these; a key already held gets its new vector, and keeps its row where the vector is the same.

        Raises:
            DimensionMismatch: vectors of another length.
            ValueError: not one vector a key, the same key twice, not finite, or not of unit length.
        """
        self._check(keys, vectors)
        if not len(keys):
            return
        with self._lock:
            row_of = self._rows_by_key()
            seen = self.seen
            old = np.array([row_of.get(key, -1) for key in keys.tolist()], dtype=np.int64)
            changed = old < 0
            held = np.flatnonzero(~changed)
            if len(held):
                changed[held] = (seen.vectors[old[held]] != vectors[held]).any(axis=1)
                if not changed.any():
                    return
                keys, vectors, old = keys[changed], vectors[changed], old[changed]
            start = len(seen.keys)
            stop = start + len(keys)
            self._reserve(stop)
            self._keys[start:stop] = keys
            self._vectors[start:stop] = vectors
            row_of.update(zip(keys.tolist(), range(start, stop), strict=True))
            dead = np.union1d(seen.dead, old[old >= 0]) if len(held) else seen.dead
            self._show(stop, dead)
            self._compact_if_due()

    def remove(self, keys: Keys) -> None:
        """Hold these no longer; keys that are not held are ignored."""
        with self._lock:
            row_of = self._rows_by_key()
            rows = [row for key in keys.tolist() if (row := row_of.pop(key, None)) is not None]
            if not rows:
                return
            seen = self.seen
            dead = np.union1d(seen.dead, np.array(rows, dtype=np.int64))
            self._show(len(seen.keys), dead)
            self._compact_if_due()

    def _check(self, keys: Keys, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise DimensionMismatch(
                f"received vectors of shape {vectors.shape}; this index holds vectors of {self.dimension}: "
                "embed with the model of this release"
            )
        if keys.shape != (len(vectors),) or keys.dtype != np.int64:
            raise ValueError(f"expected one int64 key a vector, received {keys.dtype} {keys.shape} for {len(vectors)}")
        rising = np.sort(keys)  # a twentieth of what numpy.unique takes, which hashes them
        if bool((rising[1:] == rising[:-1]).any()):
            raise ValueError(f"the same key twice among {len(keys)} keys: add each once")
        squares = np.einsum("ij,ij->i", vectors, vectors)
        wrong = np.flatnonzero(~(np.abs(squares - 1) < 2 * _UNIT_TOLERANCE))
        if len(wrong):
            raise ValueError(
                f"vectors must be finite and of length 1, received squared length {squares[wrong[0]]} for key "
                f"{keys[wrong[0]]} ({len(wrong)} such): normalise them"
            )

    def _rows_by_key(self) -> dict[int, int]:
        """Made at the first write: a store that only answers never pays for it."""
        if self._row_of is None:
            living = self.seen.living()
            self._row_of = dict(zip(self.seen.keys[living].tolist(), living.tolist(), strict=True))
        return self._row_of

    def _reserve(self, n_rows: int) -> None:
        if n_rows <= len(self._keys):
            return
        capacity = max(n_rows, len(self._keys) * 3 // 2, _SMALLEST_CAPACITY)
        keys = np.empty(capacity, dtype=np.int64)
        vectors = np.empty((capacity, self.dimension), dtype=np.float32)
        seen = self.seen
        keys[: len(seen.keys)] = seen.keys
        vectors[: len(seen.keys)] = seen.vectors
        self._keys, self._vectors = keys, vectors

    def _compact_if_due(self) -> None:
        seen = self.seen
        if len(seen.dead) <= max(_SMALLEST_CAPACITY, _DEAD_BEFORE_COMPACTION * len(seen.keys)):
            return
        living = seen.living()
        self._keys, self._vectors = seen.keys[living], seen.vectors[living]
        self._row_of = None
        self.seen = Rows(
            self._vectors, self._keys, np.empty(0, dtype=np.int64), seen.generation + 1, seen.epoch + 1, living
        )

    def _show(self, n_rows: int, dead: NDArray[np.int64]) -> None:
        seen = self.seen
        self.seen = Rows(
            self._vectors[:n_rows], self._keys[:n_rows], dead, seen.generation + 1, seen.epoch, seen.came_from
        )
