"""The door to FAISS: a navigable small-world graph over row numbers, extended by copy, never changed in place.

FAISS forbids adding while others search, so `extended` works on a copy and leaves the original to its readers. Nothing
is ever removed: whoever asks drops the nodes that no longer count, and builds afresh when they are many.

Reference: Malkov and Yashunin, Efficient and robust approximate nearest neighbor search using hierarchical navigable
small world graphs, arXiv 1603.09320. FAISS inserts with the same heuristics, in parallel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from lookalike.errors import StoreDamaged
from lookalike.types import Vectors

if TYPE_CHECKING:
    from faiss import IndexHNSW, SearchParameters

__all__ = ["Hnsw", "HnswShape"]

_ADDED_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class HnswShape:
    """How a graph is built; more of either finds more and takes longer to build.

    Attributes:
        links: of each node in the upper layers, twice as many in the lowest (M of the paper).
        breadth: candidates looked at while inserting (efConstruction).
    """

    links: int = 16
    breadth: int = 200


class Hnsw:
    """A graph over the vectors that were added, numbered from 0 in that order. Safe for any number of readers."""

    def __init__(self, index: IndexHNSW) -> None:
        self._index = index
        self._parameters: dict[int, SearchParameters] = {}

    @classmethod
    def empty(cls, dimension: int, shape: HnswShape) -> Hnsw:
        """A graph without nodes."""
        import faiss

        index = faiss.IndexHNSWFlat(dimension, shape.links, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = shape.breadth
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def extended(self, vectors: Vectors, rows: Int64[np.ndarray, " m"], *, go_on: Callable[[], bool]) -> Hnsw | None:
        """A graph of these nodes and then ``vectors[rows]``; None where `go_on` turned false on the way.

        Uses every core. Takes the memory of a second graph while it works.
        """
        import faiss

        index = cast("IndexHNSW", faiss.clone_index(self._index))
        for start in range(0, len(rows), _ADDED_AT_ONCE):
            if not go_on():
                return None
            index.add(vectors.take(rows[start : start + _ADDED_AT_ONCE], axis=0))
        return Hnsw(index)

    def nearest(
        self, queries: Float32[np.ndarray, "n_queries dimension"], n: int
    ) -> Int64[np.ndarray, "n_queries breadth"]:
        """About the `n` nearest nodes of each query, nearest first, -1 where there are fewer; n is also the breadth."""
        parameters = self._parameters.get(n)
        if parameters is None:
            parameters = self._parameters[n] = _parameters(n)
        return self._index.search(queries, n, params=parameters)[1]

    def to_bytes(self) -> UInt8[np.ndarray, " n_bytes"]:
        """Everything that `from_bytes` needs."""
        import faiss

        return faiss.serialize_index(self._index)

    @classmethod
    def from_bytes(cls, data: UInt8[np.ndarray, " n_bytes"], *, dimension: int) -> Hnsw:
        """The graph that `to_bytes` wrote.

        Raises:
            StoreDamaged: it is not one, or of another dimension.
        """
        import faiss

        try:
            index = faiss.deserialize_index(data)
        except (RuntimeError, ValueError) as exc:
            raise StoreDamaged(f"the graph of the index cannot be read ({exc}): it will be built again") from exc
        if not isinstance(index, faiss.IndexHNSW) or index.d != dimension:
            raise StoreDamaged(f"the graph of the index is not one over vectors of {dimension}: it will be built again")
        return cls(index)


def _parameters(breadth: int) -> SearchParameters:
    import faiss

    return faiss.SearchParametersHNSW(efSearch=breadth)  # pyright: ignore[reportAttributeAccessIssue]
