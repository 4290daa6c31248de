"""One open store: its database, its kept copies, and how it is made, opened and closed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from sqlalchemy import select

from lookalike.catalog import tables
from lookalike.catalog.behaviour import Behaviour
from lookalike.catalog.database import Database
from lookalike.catalog.full_text import FullText
from lookalike.catalog.hits import HitReader
from lookalike.catalog.kept import KeptOptions, KeptPictures
from lookalike.catalog.viewing import Viewer

__all__ = ["OpenStore"]

CatalogT = TypeVar("CatalogT", bound="OpenStore")  # beartype takes Self in decorated classes only


class OpenStore:
    """What every verb of a catalogue stands on."""

    def __init__(self, database: Database, kept: KeptOptions) -> None:
        self._database = database
        self.folder = database.folder
        self.kept = KeptPictures(database.folder / "pictures", kept)
        self._hits = HitReader(database)
        self.text = FullText(database)
        self.behaviour = Behaviour(database)
        self._viewer = Viewer(database, self._hits.sequence)
        with database.reading() as connection:
            self.store_id = str(connection.execute(select(tables.state.c.store_id)).scalar_one())

    @classmethod
    def exists(cls, folder: Path) -> bool:
        """Whether there is a store in `folder`, sound or not."""
        return Database.exists(folder)

    @classmethod
    def create(  # noqa: PYI019
        cls: type[CatalogT],
        folder: Path,
        *,
        kept: KeptOptions = KeptOptions(),  # noqa: B008 - frozen
    ) -> CatalogT:
        """Make an empty store in `folder` (made if need be), or open the one that is there.

        Raises:
            StoreError: the folder cannot be written to; and whatever `open` raises.
        """
        return cls._of(Database.create(folder), kept)

    @classmethod
    def open(  # noqa: PYI019
        cls: type[CatalogT],
        folder: Path,
        *,
        read_only: bool = False,
        kept: KeptOptions = KeptOptions(),  # noqa: B008 - frozen
    ) -> CatalogT:
        """Open the store in `folder`, bringing an older schema up to date; for reading where nothing can be written.

        Raises:
            StoreNotFound: there is none.
            StoreDamaged: what is there is not a catalogue.
            StoreTooNew: a later version of Lookalike wrote it.
            StoreError: an older one did, and nothing can be written there.
        """
        return cls._of(Database.open(folder, read_only=read_only), kept)

    @classmethod
    def _of(cls: type[CatalogT], database: Database, kept: KeptOptions) -> CatalogT:  # noqa: PYI019
        try:
            return cls(database, kept)
        except BaseException:
            database.close()
            raise

    @property
    def read_only(self) -> bool:
        """Whether it is open for reading only: because that was asked for, or since nothing can be written there."""
        return self._database.read_only

    def close(self) -> None:
        """Let go of every connection; using the catalogue afterwards is an error. Twice is once."""
        self._database.close()

    def __enter__(self: CatalogT) -> CatalogT:  # noqa: PYI019
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def writing(self) -> AbstractContextManager[None]:
        """Hold the store's write lock over all processes.

        Raises:
            StoreBusy: another job holds it; the message names its process.
        """
        return self._database.writing()

    def sequence(self) -> int:
        """Where the store stands: grows with every acknowledged change that a search can see. Takes microseconds."""
        return self._hits.sequence()

    def pictured(self) -> tuple[int | None, ...]:
        """What is another once the live release, a picture of a product or its vector is, and not for a price's change.

        Takes microseconds.
        """
        return self._hits.pictured()
