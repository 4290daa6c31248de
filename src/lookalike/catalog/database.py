"""The database of one store: its transactions, its bare readers, its write lock, its errors.

Any number of threads may use one `Database`; each transaction runs on a connection of its own. Errors of the
driver are translated here and nowhere else.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

from lookalike.catalog import schema, sqlite
from lookalike.catalog.lock import write_lock
from lookalike.errors import StoreError, StoreNotFound, StoreReadOnly

__all__ = ["Database", "Row", "Statement", "in_chunks"]

Key = TypeVar("Key", int, str)
FILE = "catalog.sqlite"
_CHUNK = 5_000
_REMEDY = "it can be searched; to change it, make that writable, or copy the store to where it is"

Row: TypeAlias = tuple[Any, ...]
Statement: TypeAlias = Select[*tuple[Any, ...]]
"""A query whose rows this room takes apart by itself."""


def in_chunks(keys: Sequence[Key], size: int = _CHUNK) -> Iterator[list[Key]]:
    """`keys` in lists that a statement can take."""
    for start in range(0, len(keys), size):
        yield list(keys[start : start + size])


class _Reader:
    """One thread's bare connection, and what the file was when it was made; ends with the thread."""

    __slots__ = ("__weakref__", "connection", "state")

    def __init__(self, connection: sqlite3.Connection, state: object) -> None:
        self.connection = connection
        self.state = state

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """A store's database. Make one with `Database.create` or `Database.open`; `close` it or use it in ``with``."""

    def __init__(self, file: Path, *, read_only: bool) -> None:
        self.folder = file.parent
        self.file = file
        self.read_only = read_only
        self._engine = sqlite.open_engine(self.file, read_only=read_only)
        self._local = threading.local()
        # Weak, so that the reader of a thread that has ended is closed with it.
        self._readers: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._readers_lock = threading.Lock()
        self._closed = False
        self._is_apart = read_only and not sqlite.is_writable(file)
        self._state: object = sqlite.state_of(file) if self._is_apart else None

    @classmethod
    def exists(cls, folder: Path) -> bool:
        """Whether there is a store in `folder`, sound or not."""
        return (folder / FILE).is_file()

    @classmethod
    def create(cls, folder: Path) -> Database:
        """Make an empty store, or open the one that is there.

        Raises:
            StoreError: the folder cannot be made or written to; and whatever `open` raises.
        """
        if cls.exists(folder):
            return cls.open(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StoreError(f"the store's folder {folder} could not be made: {exc.strerror}") from exc
        with write_lock(folder, timeout_seconds=30.0):
            if not cls.exists(folder):
                cls._create(folder)
        return cls.open(folder)

    @classmethod
    def _create(cls, folder: Path) -> None:
        # Under another name first: a store is there whole or not at all.
        started = folder / f".{FILE}.{os.getpid()}"
        started.unlink(missing_ok=True)
        try:
            try:
                started.touch()
            except OSError as exc:
                raise StoreError(f"the store's folder {folder} could not be written to: {exc.strerror}") from exc
            database = cls(started, read_only=False)
            try:
                with database.changing() as connection:
                    schema.create(connection)
                # The file is moved without its journal. Closing it would bring that in too, but tells of no full disk.
                if not database.empty_journal():
                    raise StoreError(f"the journal of the new store at {folder} could not be emptied: try again")
            finally:
                database.close()
            started.replace(folder / FILE)
        finally:
            for leftover in folder.glob(f".{FILE}.*"):  # of one that was killed, too: the lock keeps others out
                leftover.unlink(missing_ok=True)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> Database:
        """Open the store in `folder`, bringing an older schema up to date; for reading where nothing can be written.

        Raises:
            StoreNotFound: there is none.
            StoreDamaged: it is not a catalogue.
            StoreTooNew: a later version of Lookalike wrote it.
            StoreBusy: it needs an upgrade while another process writes to it.
            StoreReadOnly: it needs an upgrade where nothing can be written.
        """
        if not cls.exists(folder):
            raise StoreNotFound(
                f"there is no store at {folder}: make one with `lookalike index SOURCE --store {folder}`"
            )
        file = folder / FILE
        database = cls(file, read_only=read_only or not sqlite.is_writable(file))
        try:
            with database.reading() as connection:
                current = schema.is_current(connection, database.file)
            if not current:
                database.require_writing("it was written by an older version and has to be opened once where it can be")
                with database.writing(), database.changing() as connection:
                    if not schema.is_current(connection, database.file):
                        schema.upgrade(connection)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A transaction that sees one state of the store throughout."""
        with self.errors():
            self._look_again()
            with self._engine.connect() as connection, connection.begin():
                yield connection

    @contextmanager
    def changing(self, *, patient: bool = True) -> Generator[Connection]:
        """A transaction that writes: all of it is on disk when this ends, or none of it.

        Args:
            patient: whether it waits while another one writes; otherwise that is `lookalike.errors.StoreBusy` at once.
        """
        self.require_writing()
        with self.errors(), self._engine.connect() as connection:
            connection = connection.execution_options(**{sqlite.WRITES: True, sqlite.IMPATIENT: not patient})
            with connection.begin():
                yield connection

    def compiled(self, statement: Statement) -> str:
        """The statement as text for `rows`; parameters go by position, in the order in which they are written."""
        return str(statement.compile(dialect=self._engine.dialect))

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Every row of a compiled statement, on this thread's bare connection: no statement is built or cached.

        For the few statements that every search runs; each sees what is committed when it starts.
        """
        with self.errors():
            return self._reader().execute(sql, parameters).fetchall()

    def _reader(self) -> sqlite3.Connection:
        self._look_again()
        reader: _Reader | None = getattr(self._local, "reader", None)
        state = self._state
        if reader is None or reader.state != state:
            if self._closed:
                raise StoreError(f"the store at {self.folder} has been closed")
            reader = _Reader(sqlite.open_reader(self.file), state)
            self._local.reader = reader
            with self._readers_lock:
                self._readers.add(reader)
        return reader.connection

    def _look_again(self) -> None:
        """Open a file anew that was taken for unchanging, where another process, which can write, has come to it.

        Connections that are not told would go on with the pages that they know, beside new ones.
        """
        if not self._is_apart:
            return
        try:
            state = sqlite.state_of(self.file)
        except OSError as exc:
            raise StoreError(f"{self.file} could not be read: {exc.strerror}") from exc
        if state != self._state and not self._closed:
            self._engine.dispose()
            self._state = state

    @contextmanager
    def writing(self) -> Generator[None]:
        """Hold the store's write lock: one index run, re-embedding or prune at a time, over all processes.

        Raises:
            StoreBusy: another one is at it.
            StoreReadOnly: the store is open for reading only.
        """
        self.require_writing()
        with write_lock(self.folder, timeout_seconds=0.2):
            yield

    def rebuild(self) -> None:
        """Write the file anew without what was deleted from it; waits for transactions under way."""
        self.require_writing()
        with self.errors():
            sqlite.rebuild(self.file)

    def require_writing(self, remedy: str = _REMEDY) -> None:
        """Nothing where the store may be changed.

        Args:
            remedy: what is told where it may not, since its folder or its file cannot be written to.

        Raises:
            StoreReadOnly: it is open for reading only.
        """
        if not self.read_only:
            return
        if sqlite.is_writable(self.file):
            told = "open it for writing to change it" if remedy == _REMEDY else remedy
            raise StoreReadOnly(f"{self.file} was opened for reading only: {told}")
        raise StoreReadOnly(
            f"the store at {self.folder} is open for reading only, since {self._closed_part()} cannot be written to (a "
            f"read-only file system, or no permission): {remedy}"
        )

    def _closed_part(self) -> str:
        part = sqlite.what_is_closed(self.file)
        return "its folder" if part in (None, self.folder) else f"{part.name} in it"

    def empty_journal(self) -> bool:
        """Whether the journal beside the file is empty now; not while another process reads from it."""
        with self.errors():
            return sqlite.empty_journal(self.file)

    @contextmanager
    def errors(self) -> Generator[None]:
        """Translate what the driver raises inside into the tree of `lookalike.errors`."""
        try:
            yield
        except DBAPIError as exc:
            if isinstance(exc.orig, sqlite3.Error):
                raise sqlite.translated(exc.orig, self.file) from exc
            raise StoreError(f"{self.file} could not be used: {exc}") from exc
        except sqlite3.Error as exc:
            raise sqlite.translated(exc, self.file) from exc

    def close(self) -> None:
        """Let go of every connection; using the database afterwards is an error."""
        self._closed = True
        with self._readers_lock:
            for reader in list(self._readers):
                reader.connection.close()
        self._local = threading.local()
        self._engine.dispose()
