"""Finding the nearest vectors: one seam, exact and approximate engines behind it."""

from lookalike.index.exact import ExactIndex
from lookalike.index.graph import GraphIndex, GraphPolicy
from lookalike.index.snapshot import Origin, load_snapshot, open_index, save_snapshot
from lookalike.index.vector_index import Neighbours, Subset, VectorIndex

__all__ = [
    "ExactIndex",
    "GraphIndex",
    "GraphPolicy",
    "Neighbours",
    "Origin",
    "Subset",
    "VectorIndex",
    "load_snapshot",
    "open_index",
    "save_snapshot",
]
