"""What an indexing run did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lookalike.catalog.sync import Conflict
from lookalike.sources.exports import Export
from lookalike.types import Rejection, ReleaseId

__all__ = ["ConflictingColumn", "Conflicts", "IndexReport"]


@dataclass(frozen=True, slots=True)
class ConflictingColumn:
    """A column of which rows of one variant say different things; the first of them counts.

    Attributes:
        column: its name.
        rows: how many rows were not heeded.
        first: the first of them.
    """

    column: str
    rows: int
    first: Conflict


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The contract's answer of ``index``.

    Attributes:
        store: folder of the store.
        release: release that the vectors went into.
        model: name of its model.
        products: products in the store now.
        images: images in the store now.
        added: images that the store did not have.
        updated: images whose bytes changed, or that moved to other bytes.
        unchanged: images that were there already and needed nothing.
        removed: images that ``--prune`` took out.
        rejected: rows and pictures of this source that cannot be used, those known from earlier runs included.
        not_kept: pictures of which no copy was kept because the quota is used up; of those that had none before, only
            the first is tried.
        export: the shop's product export that the source was taken for, and what of it was left out; None for any
            other source.
        conflicting: columns of which rows of one variant of this source say different things, most rows first.
        seconds: wall time of the run.
    """

    store: str
    release: ReleaseId
    model: str
    products: int
    images: int
    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: tuple[Rejection, ...]
    not_kept: int
    conflicting: tuple[ConflictingColumn, ...]
    seconds: float
    export: Export | None = None

    @property
    def images_per_second(self) -> float:
        """Images dealt with per second, unchanged and rejected ones included."""
        done = self.added + self.updated + self.unchanged + len(self.rejected)
        return done / self.seconds if self.seconds > 0 else 0.0


class Conflicts:
    """What a run meets of them, counted by column."""

    def __init__(self) -> None:
        self._columns: dict[str, ConflictingColumn] = {}

    def add(self, conflicts: Iterable[Conflict]) -> None:
        """Count these."""
        for conflict in conflicts:
            known = self._columns.get(conflict.column, ConflictingColumn(conflict.column, 0, conflict))
            self._columns[conflict.column] = replace(known, rows=known.rows + 1)

    def by_column(self) -> tuple[ConflictingColumn, ...]:
        """Columns with most rows first."""
        return tuple(sorted(self._columns.values(), key=lambda column: -column.rows))
