"""The catalogue of one store: every verb of the room on one object.

Safe for any number of threads; readers in other processes go on meanwhile. Each verb is one transaction. Verbs
that take long (`apply` of a run, `finish_run`, re-embedding) belong inside ``with catalog.writing()``, so that two
of them never interleave; short edits of products need no lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lookalike.catalog.columns import IDENTIFIERS, ColumnType
from lookalike.catalog.contents import Contents
from lookalike.catalog.facets import FREE_TEXT, Facet
from lookalike.catalog.keeping import Keeping
from lookalike.catalog.parsing import parse
from lookalike.catalog.registry import known_columns
from lookalike.catalog.releasing import Releasing
from lookalike.catalog.selection import Selection, check, columns_of
from lookalike.catalog.syncing import Syncing
from lookalike.catalog.view import View
from lookalike.catalog.wording import Wording

__all__ = ["Catalog"]


class Catalog(Releasing, Keeping, Syncing, Contents, Wording):
    """The one truth of a store. Get one from `Catalog.create` or `Catalog.open`; `close` it or use it in ``with``."""

    def columns(self) -> Mapping[str, ColumnType]:
        """The fixed columns, then every other column that a source or an edit brought, with their types."""
        with self._database.reading() as connection:
            return known_columns(connection)

    def parse(self, where: str) -> Selection:
        """The selection that `where` writes down, checked against the columns as they are now.

        Raises:
            SelectionSyntaxError: it cannot be read.
            UnknownColumn: it names a column that the catalogue does not have.
            SelectionTypeError: it compares a column with a value of another type.
        """
        return check(parse(where), {**IDENTIFIERS, **self.columns()})

    def view(self, columns: Collection[str] = ()) -> View:
        """The catalogue in memory as it is now, with at least these columns; the same object until something changes.

        The first call loads what 200,000 images need in about a second; later ones take up what changed.
        """
        return self._viewer.view(columns)

    def facets(self, selection: Selection | None = None) -> tuple[Facet, ...]:
        """Counts of products by the values of each column, over what the selection lets through."""
        wanted = self.columns().keys() - FREE_TEXT
        return self.view(wanted if selection is None else wanted | columns_of(selection)).facets(selection)
