"""How much of the rows a graph knows: its nodes by row, and where the rows begin that it has not seen yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from lookalike.index.hnsw import Hnsw
from lookalike.index.rows import Rows

__all__ = ["Coverage"]


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """A graph over rows ``0 … n_rows-1`` of one epoch; later rows are its tail, to be scanned.

    Attributes:
        graph: over nodes, in order of row.
        row_of_node: -1 where the row is gone; None where each node is the row of its number.
        n_rows: where the tail begins.
        epoch: of the `Rows` whose numbers these are.
    """

    graph: Hnsw
    row_of_node: NDArray[np.int64] | None
    n_rows: int
    epoch: int

    def rows_of(self, nodes: Int64[np.ndarray, " n"], rows: Rows) -> Int64[np.ndarray, " n_living"]:
        """The living rows of some nodes (-1 for none), in their order."""
        if len(nodes) and nodes[-1] < 0:
            nodes = nodes[nodes >= 0]
        if self.row_of_node is not None:
            nodes = self.row_of_node[nodes]
            nodes = nodes[nodes >= 0]
        return nodes[rows.alive()[nodes]] if len(rows.dead) else nodes

    def n_dead_nodes(self, rows: Rows) -> int:
        """How many nodes no search may return."""
        return len(self.graph) - self.n_rows + int(np.searchsorted(rows.dead, self.n_rows))

    def renumbered(self, rows: Rows) -> Coverage:
        """The same graph over the rows of the next epoch."""
        moved = rows.came_from
        new_row = np.full(int(moved[-1]) + 1 if len(moved) else 0, -1, dtype=np.int64)
        new_row[moved] = np.arange(len(moved))
        old = np.arange(len(self.graph)) if self.row_of_node is None else self.row_of_node
        row_of_node = np.full(len(old), -1, dtype=np.int64)
        known = ((old >= 0) & (old < len(new_row))).nonzero()[0]
        row_of_node[known] = new_row[old[known]]
        return Coverage(self.graph, row_of_node, int(np.searchsorted(moved, self.n_rows)), rows.epoch)
