"""Search over many vectors: a graph where that is faster, a scan where that is, and the answer says which.

Rows are the truth of this index and the graph a guide to them: every candidate is scored again with its float32
vector, new rows are scanned until the graph has taken them in, dead ones are dropped on the way. So additions and
removals are seen at once, whatever the graph is doing meanwhile.
"""

from __future__ import annotations

import atexit
import logging
import threading
from dataclasses import dataclass, field, replace

import numpy as np

from lookalike.index.asking import lengths_of
from lookalike.index.coverage import Coverage
from lookalike.index.exact import scan, scan_survivors
from lookalike.index.hnsw import Hnsw, HnswShape
from lookalike.index.rows import GrowingRows, Rows
from lookalike.index.subsets import Survivors, SurvivorsOf
from lookalike.index.vector_index import Neighbours, Subset
from lookalike.index.walk import walk
from lookalike.types import Keys, Vectors

__all__ = ["GraphIndex", "GraphPolicy"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GraphPolicy:
    """When the graph is built and when it is used. docs/decisions/0004-vector-index.md says what was measured.

    Attributes:
        smallest: vectors below which no graph is built and every search is a scan.
        breadth: candidates that an unfiltered search looks at (efSearch), or 2k where that is more.
        filtered_breadth: likewise under a filter that lets everything through; divided by the share that it does.
        rows_per_candidate: rows that are scanned in the time in which the graph looks at one candidate.
        longest_tail: rows that may wait outside the graph, or `tail_share` of it where that is more.
        tail_share: see `longest_tail`.
        dead_share: of the nodes, above which the graph is built afresh.
        background: take rows in from a thread; otherwise the writer waits for it.
        copies_bytes: budget for contiguous copies of filtered vectors, or half the bytes of all where that is more.
        shape: of the graph.
    """

    smallest: int = 50_000
    breadth: int = 80
    filtered_breadth: int = 1024
    rows_per_candidate: int = 50
    longest_tail: int = 4096
    tail_share: float = 0.1
    dead_share: float = 0.3
    background: bool = True
    copies_bytes: int = 64 << 20
    shape: HnswShape = field(default_factory=HnswShape)


class GraphIndex:
    """`VectorIndex` that is exact while small and fast when large. Readers never wait.

    Args:
        dimension: length of every vector.
        policy: when to build and use the graph.
        rows: held from the start; taken over.
        coverage: a graph over them, from a snapshot.
    """

    def __init__(
        self,
        dimension: int,
        policy: GraphPolicy | None = None,
        *,
        rows: GrowingRows | None = None,
        coverage: Coverage | None = None,
    ) -> None:
        self.policy = GraphPolicy() if policy is None else policy
        self._rows = GrowingRows(dimension) if rows is None else rows
        self._coverage = coverage
        self._survivors_of = SurvivorsOf(self.policy.copies_bytes)
        self._writing = threading.RLock()
        self._building = threading.Lock()
        self._builder: threading.Thread | None = None
        self._closing = threading.Event()

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._rows.dimension

    @property
    def may_miss(self) -> bool:
        """Whether there is a graph, and enough rows to look in it."""
        return self._coverage is not None and self._rows.seen.n_living >= self.policy.smallest

    def __len__(self) -> int:
        return self._rows.seen.n_living

    def search(self, queries: Vectors, k: int, subset: Subset | None = None, *, exact: bool = False) -> Neighbours:
        """The `k` nearest keys of each query; see `VectorIndex.search`.

        Few survivors of a filter are scanned exactly; among many the graph looks at more candidates, and where too few
        of them survive, those queries are scanned after all.
        """
        lengths = lengths_of(queries, k, self._rows.dimension)
        coverage = self._coverage  # read before the rows, so that it never knows a row which they do not have
        rows = self._rows.seen
        survivors = None if subset is None else self._survivors_of(subset, rows)
        breadth = self._breadth(k, rows, survivors)
        if exact or coverage is None or breadth is None or coverage.epoch != rows.epoch:
            return self._scan(rows, survivors, queries, lengths, k)
        found, unsure = walk(coverage, rows, queries, lengths, k, breadth=breadth, survivors=survivors)
        if not unsure:
            return found
        scanned = self._scan(rows, survivors, queries[unsure], [lengths[i] for i in unsure], k)
        if len(unsure) == len(queries):
            return scanned
        found.keys[unsure], found.similarities[unsure] = scanned.keys, scanned.similarities
        return found

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Hold these; see `VectorIndex.add`."""
        with self._writing:
            self._rows.add(keys, vectors)
            self._follow()
        self._take_in_if_due()

    def remove(self, keys: Keys) -> None:
        """Hold these no longer; see `VectorIndex.remove`."""
        with self._writing:
            self._rows.remove(keys)
            self._follow()
        self._take_in_if_due()

    def settle(self) -> None:
        """Take every row into the graph now, if there are enough for one; call it when a bulk of changes is over."""
        while self._behind() and not self._closing.is_set():
            self._take_in()

    def with_breadth(self, breadth: int) -> GraphIndex:
        """The same rows and graph, searched at another breadth; to measure with, not to write to."""
        policy = replace(self.policy, breadth=breadth, background=False, longest_tail=1 << 40)
        return GraphIndex(self.dimension, policy, rows=self._rows, coverage=self._coverage)

    def close(self) -> None:
        """Stop building; what is held stays searchable."""
        self._closing.set()
        builder = self._builder
        if builder is not None and builder is not threading.current_thread():
            builder.join()

    @property
    def covered(self) -> float:
        """Share of the rows that the graph knows, in [0, 1]."""
        coverage, rows = self._coverage, self._rows.seen
        return 0.0 if coverage is None or not len(rows.keys) else coverage.n_rows / len(rows.keys)

    def seen(self) -> tuple[Rows, Coverage | None]:
        """The rows and the graph over them at one moment, for a snapshot."""
        with self._writing:
            return self._rows.seen, self._coverage

    def _breadth(self, k: int, rows: Rows, survivors: Survivors | None) -> int | None:
        """Candidates to look at in the graph; None where a scan is faster, or as fast and exact."""
        policy = self.policy
        n_living = rows.n_living
        if n_living < policy.smallest:  # a snapshot may have a graph of when there were more, or fewer were enough
            return None
        if survivors is None:
            breadth = max(policy.breadth, 2 * k)
            n_scanned = n_living
        else:
            n_scanned = len(survivors.rows)
            if not n_scanned:
                return None
            breadth = int(max(policy.filtered_breadth, 4 * k) * n_living / n_scanned)
        return breadth if breadth * policy.rows_per_candidate < n_scanned else None

    def _scan(
        self, rows: Rows, survivors: Survivors | None, queries: Vectors, lengths: list[float], k: int
    ) -> Neighbours:
        if survivors is None:
            return scan(rows, queries, lengths, k)
        self._survivors_of.side_by_side(survivors, rows)
        return scan_survivors(rows, survivors, queries, lengths, k)

    def _follow(self) -> None:
        rows, coverage = self._rows.seen, self._coverage
        if coverage is not None and coverage.epoch != rows.epoch:
            self._coverage = coverage.renumbered(rows)

    def _behind(self) -> bool:
        """Whether there are enough rows for a graph and some of them are not in it."""
        rows, coverage = self.seen()
        if rows.n_living < self.policy.smallest:
            return False
        return coverage is None or coverage.n_rows < len(rows.keys)

    def _worn(self, rows: Rows, coverage: Coverage) -> bool:
        return coverage.n_dead_nodes(rows) > self.policy.dead_share * len(coverage.graph)

    def _is_due(self) -> bool:
        rows, coverage = self.seen()
        if rows.n_living < self.policy.smallest:
            return False
        if coverage is None or self._worn(rows, coverage):
            return True
        longest = max(self.policy.longest_tail, self.policy.tail_share * coverage.n_rows)
        return len(rows.keys) - coverage.n_rows > longest

    def _take_in_if_due(self) -> None:
        if self._closing.is_set() or not self._is_due():
            return
        if not self.policy.background:
            self._take_in()
            return
        with self._writing:
            if self._builder is None or not self._builder.is_alive():
                self._builder = threading.Thread(target=self._build, name="lookalike-graph", daemon=True)
                self._builder.start()

    def _build(self) -> None:
        atexit.register(self.close)
        try:
            while self._is_due() and not self._closing.is_set():
                self._take_in()
        except (MemoryError, RuntimeError):
            logger.exception("graph could not be extended; searches stay right and get slower")
        finally:
            atexit.unregister(self.close)

    def _take_in(self) -> None:
        """Extend the graph by its tail, or build it afresh, and publish it; searches go on meanwhile."""
        with self._building:
            rows, coverage = self.seen()
            if coverage is None or self._worn(rows, coverage):
                taken = rows.living()
                base, row_of_node = Hnsw.empty(self.dimension, self.policy.shape), taken if len(rows.dead) else None
            else:
                taken = np.arange(coverage.n_rows, len(rows.keys))
                base, row_of_node = coverage.graph, coverage.row_of_node
                if row_of_node is not None:
                    row_of_node = np.concatenate((row_of_node, taken))
            graph = base.extended(rows.vectors, taken, go_on=lambda: not self._closing.is_set())
            if graph is None:
                return
            built = Coverage(graph, row_of_node, len(rows.keys), rows.epoch)
            with self._writing:
                now = self._rows.seen
                if now.epoch == built.epoch + 1:
                    built = built.renumbered(now)
                if now.epoch == built.epoch:
                    self._coverage = built
            logger.info("graph extended nodes=%d taken=%d", len(graph), len(taken))
