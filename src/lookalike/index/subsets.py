"""What an index remembers about a filter: where its survivors lie, and for small ones their vectors side by side.

A filter is usually searched with many times (a shopper stays in a category), so work is kept while the `Subset`
lives: row numbers from the first search on, and from the second on a contiguous copy of the survivors' vectors within
a budget of bytes, the least recently used going first. A filter that is used once never pays for a copy.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from lookalike.index.products import products, unflagged
from lookalike.index.rows import Rows
from lookalike.index.vector_index import Subset

__all__ = ["Survivors", "SurvivorsOf"]

_SLACK_BYTES = 1 << 20
_ROWS_AT_ONCE = 4096


@dataclass(slots=True, eq=False)
class Survivors:
    """One subset's rows in one generation of the index.

    Attributes:
        rows: their row numbers, sorted.
        keys: whose they are, in the same order.
        vectors: their vectors in the same order, where a copy is worth its bytes; another search may take it away at
            any time, so read it once.
        generation: of the `Rows` that they are rows of.
        n_uses: searches so far.
        last_use: order of the latest among all uses.
    """

    rows: NDArray[np.int64]
    keys: NDArray[np.int64]
    vectors: NDArray[np.float32] | None
    generation: int
    n_uses: int = 0
    last_use: int = 0
    _member: NDArray[np.bool_] | None = None

    def among(self, rows: NDArray[np.int64], n_rows: int) -> NDArray[np.bool_]:
        """Which of these row numbers (each below `n_rows`) are survivors."""
        member = self._member
        if member is None:
            member = np.zeros(n_rows, dtype=np.bool_)
            member[self.rows] = True
            self._member = member
        return member[rows]

    def similarities(self, query: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
        """Of each survivor to the query, float32 [n], in the order of `rows`; rounding as a matrix product has it."""
        vectors = self.vectors
        return products(rows.vectors, query, self.rows) if vectors is None else products(vectors, query)

    def similarities_at_once(self, queries: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
        """Of each survivor to each of these queries, float32 [n_queries, n]: each vector is read once for all."""
        vectors = self.vectors
        with unflagged():
            if vectors is not None:
                return queries @ vectors.T
            out = np.empty((len(queries), len(self.rows)), dtype=np.float32)
            for start in range(0, len(self.rows), _ROWS_AT_ONCE):
                picked = rows.vectors.take(self.rows[start : start + _ROWS_AT_ONCE], 0, mode="clip")
                out[:, start : start + _ROWS_AT_ONCE] = queries @ picked.T
            return out

    def take(self, places: NDArray[np.int64], rows: Rows) -> NDArray[np.float32]:
        """The vectors of the survivors at these places of `rows`, float32 [n, dimension]."""
        vectors = self.vectors
        return rows.vectors.take(self.rows[places], 0) if vectors is None else vectors.take(places, 0)


class SurvivorsOf:
    """Survivors by subset, forgotten with it.

    Args:
        budget_bytes: for all contiguous copies together, or half the bytes of all vectors where that is more.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._known: weakref.WeakKeyDictionary[Subset, Survivors] = weakref.WeakKeyDictionary()
        self._clock = count(1)
        self._lock = threading.Lock()

    def __call__(self, subset: Subset, rows: Rows) -> Survivors:
        """The survivors of `subset` among `rows`, from memory where nothing changed since."""
        known = self._known.get(subset)
        if known is None or known.generation != rows.generation:
            located = rows.locate(subset.keys)
            known = Survivors(located, rows.keys[located], None, rows.generation)
            with self._lock:
                self._known[subset] = known
        known.n_uses += 1
        known.last_use = next(self._clock)
        return known

    def side_by_side(self, survivors: Survivors, rows: Rows) -> None:
        """Copy the survivors' vectors if that pays: when they are asked for again."""
        if survivors.vectors is not None or survivors.n_uses < 2 or not len(survivors.rows):
            return
        n_bytes = len(survivors.rows) * rows.vectors[:1].nbytes
        budget_bytes = max(self._budget_bytes, rows.vectors.nbytes // 2 + _SLACK_BYTES)
        if n_bytes > budget_bytes:
            return
        copy = rows.vectors.take(survivors.rows, axis=0, mode="clip")  # rows are in range: clip only skips the check
        with self._lock:
            survivors.vectors = copy
            holders = [known for known in self._known.values() if known.vectors is not None]
            held_bytes = sum(known.vectors.nbytes for known in holders if known.vectors is not None)
            for known in sorted(holders, key=lambda known: known.last_use):
                if held_bytes <= budget_bytes:
                    break
                if known is not survivors and known.vectors is not None:
                    held_bytes -= known.vectors.nbytes
                    known.vectors = None
