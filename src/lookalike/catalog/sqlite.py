"""Everything that only SQLite understands: how a file is opened, the full-text table, what its errors mean.

The rest of the room speaks SQLAlchemy Core and runs on PostgreSQL unchanged; another engine needs a sibling of
this module.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import QueuePool

from lookalike.catalog import tables
from lookalike.catalog.attributes import Searchable
from lookalike.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreReadOnly

__all__ = [
    "BEGINNING",
    "CREATE_FREQUENCIES",
    "CREATE_FULL_TEXT",
    "FIND_SOME_TEXT",
    "FIND_TEXT",
    "FREQUENCY",
    "HAS_TEXT",
    "IMPATIENT",
    "READ_TEXT",
    "TEXT_FIELDS",
    "WRITES",
    "empty_journal",
    "forget_text",
    "forget_words",
    "insert",
    "is_writable",
    "matching",
    "open_engine",
    "open_reader",
    "overwrite_deleted",
    "rebuild",
    "state_of",
    "store_text",
    "translated",
    "unsaid_words",
    "what_is_closed",
]

BUSY_TIMEOUT_SECONDS = 30
WRITES = "lookalike_writes"
"""Execution option of a connection whose transaction will write: it takes the write lock when it begins, so that
what it reads first cannot be outdated when it writes."""

IMPATIENT = "lookalike_impatient"
"""Execution option of such a connection: its transaction fails at once where another one is writing."""

CREATE_FULL_TEXT = """
CREATE VIRTUAL TABLE variants_text USING fts5(
    title, description, attributes, codes,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co' tokenchars '.%'"
)
"""
"""Holds tokens of `lookalike.catalog.analysis`, joined by blanks: all that its own tokenizer has to do is part them."""
CREATE_FREQUENCIES = "CREATE VIRTUAL TABLE variants_frequencies USING fts5vocab(variants_text, 'row')"


def open_engine(file: Path, *, read_only: bool) -> Engine:
    """An engine on `file`; nothing is opened before the first connection."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(file, read_only=read_only),
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=60,
        pool_reset_on_return="rollback",
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        options = connection.get_execution_options()
        if not options.get(IMPATIENT, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES, False) else "BEGIN")
            return
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:  # the connection goes back to the pool
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")

    return engine


def is_writable(file: Path) -> bool:
    """Whether a database can be written, and the files that it needs beside it can be made."""
    return what_is_closed(file) is None


def what_is_closed(file: Path) -> Path | None:
    """What cannot be written of a database, the folder of its journal first; None where all of it can."""
    parts = (file.parent, file, *_beside(file))
    return next((one for one in parts if os.access(one, os.F_OK) and not os.access(one, os.W_OK)), None)


def _beside(file: Path) -> tuple[Path, Path]:
    """The journal of a database, and what those who use it share."""
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def open_reader(file: Path) -> sqlite3.Connection:
    """A bare connection for the few statements that every search runs; each sees what is committed by then."""
    return _connect(file, read_only=True)


def _connect(file: Path, *, read_only: bool) -> sqlite3.Connection:
    mode = "rw"
    if read_only and not is_writable(file):
        # Beside a file that cannot be written no lock files can be made, nor should they: as closed as it, they stay.
        # Where they lie, another machine or container that sees the folder otherwise, or another user, may be writing;
        # where none do, nobody does now.
        mode = "ro" if _has_journal(file) else "ro&immutable=1"
    connection = sqlite3.connect(
        f"file:{quote(str(file.resolve()))}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA mmap_size = 1073741824")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        elif connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def state_of(file: Path) -> tuple[int, ...] | None:
    """What says of a file that is taken for unchanging that it is the same still; None while it has a journal, since
    then it is not taken for that.
    """
    if _has_journal(file):
        return None
    now = file.stat()
    return now.st_ino, now.st_size, now.st_mtime_ns


def _has_journal(file: Path) -> bool:
    wal, shared = _beside(file)
    try:
        return wal.stat().st_size > 0 or shared.exists()
    except FileNotFoundError:
        return False


def overwrite_deleted(connection: Connection) -> None:
    """Let this connection fill the room of deleted rows with zeros, which the engine would leave readable."""
    connection.exec_driver_sql("PRAGMA secure_delete = ON")


def rebuild(file: Path) -> None:
    """Write the database anew, so that pages hold nothing but what is in it now; takes as long as copying it."""
    connection = _connect(file, read_only=False)
    try:
        connection.execute("VACUUM")
    finally:
        connection.close()


def empty_journal(file: Path) -> bool:
    """Bring what the journal holds into the database and empty it; False where a reader is in the way."""
    connection = _connect(file, read_only=False)
    try:
        connection.execute("PRAGMA busy_timeout = 1000")
        return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    finally:
        connection.close()


def translated(error: sqlite3.Error, file: Path) -> StoreError:
    """What `error`, met while using `file`, means to people."""
    code = error.sqlite_errorname if hasattr(error, "sqlite_errorname") else ""
    if code == "SQLITE_FULL" or (code.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and _is_full(file)):
        return StoreFull(
            f"no space is left for {file}: free some and run the same command again; "
            f"everything acknowledged before is still there"
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(
            f"{file} has been locked by another process for {BUSY_TIMEOUT_SECONDS} seconds: wait for it or stop it"
        )
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_FORMAT")):
        return StoreDamaged(f"{file} is not a sound Lookalike catalogue ({error}): restore it or index again elsewhere")
    if code.startswith("SQLITE_CANTOPEN") and _has_journal(file) and not is_writable(file):
        return StoreError(
            f"{file} has a journal that cannot be read where nothing can be written: copy the whole folder, "
            f"{file.name}-shm too, or open the store once where it can be written to"
        )
    if code.startswith("SQLITE_READONLY"):
        return StoreReadOnly(f"{file} was opened for reading only: open it for writing to change it")
    if "no such table" in str(error) or "no such column" in str(error):
        return StoreDamaged(f"{file} lacks part of a catalogue ({error}): restore it or index again elsewhere")
    return StoreError(f"{file} could not be used: {error} ({code or type(error).__name__})")


def _is_full(file: Path) -> bool:
    try:
        return shutil.disk_usage(file.parent).free < 1 << 20
    except OSError:
        return False


TEXT_FIELDS = ("title", "description", "attributes", "codes")
_BM25 = "bm25(variants_text, 4.0, 1.0, 2.0, 8.0)"


def store_text(connection: Connection, variants: Sequence[tuple[int, Searchable]]) -> None:
    """Index variants by their keys, which must not be indexed now, and remember the words they bring."""
    if not variants:
        return
    connection.execute(
        text(
            "INSERT INTO variants_text (rowid, title, description, attributes, codes) "
            "VALUES (:key, :title, :description, :attributes, :codes)"
        ),
        [{"key": key, **{field: getattr(searched, field) for field in TEXT_FIELDS}} for key, searched in variants],
    )
    words = set[str]().union(*(searched.words() for _, searched in variants))
    if words:
        connection.execute(insert(tables.words).on_conflict_do_nothing(), [{"word": word} for word in sorted(words)])


def forget_text(connection: Connection, variant_keys: Sequence[int]) -> None:
    """Take variants out of the full-text table; the words that they brought stay known until `forget_words`."""
    if variant_keys:
        connection.execute(text("DELETE FROM variants_text WHERE rowid = :key"), [{"key": key} for key in variant_keys])


def unsaid_words(connection: Connection, *, whatever_it_takes: bool) -> list[str]:
    """Words that no variant says any more; takes a second or two with 200,000 variants, and no lock.

    Args:
        connection: of a transaction that reads.
        whatever_it_takes: otherwise they are looked for only where they must be many: more words are known than the
            full text has terms.
    """
    if not whatever_it_takes:
        counted = text("SELECT (SELECT count(*) FROM words) > (SELECT count(*) FROM variants_frequencies)")
        if not connection.execute(counted).scalar_one():
            return []
    unsaid = text("SELECT word FROM words EXCEPT SELECT term FROM variants_frequencies")
    return [str(word) for word in connection.execute(unsaid).scalars()]


def forget_words(connection: Connection, words: Sequence[str]) -> None:
    """Forget these words, but for those that a variant says again since."""
    # The last one stays: its key would be given to the next word, which readers would take for one that they know.
    connection.execute(
        text(
            "DELETE FROM words WHERE word = :word AND word_key < (SELECT max(word_key) FROM words) "
            "AND NOT EXISTS (SELECT 1 FROM variants_frequencies WHERE term = :word)"
        ),
        [{"word": word} for word in words],
    )


def matching(tokens: Iterable[str], field: str | None = None) -> str:
    """The full-text expression that any of these tokens satisfies, anywhere or in one of `TEXT_FIELDS`."""
    any_of = "(" + " OR ".join(f'"{token}"' for token in tokens) + ")"
    return any_of if field is None else f"{field} : {any_of}"


FIND_TEXT = (
    f"SELECT rowid, -{_BM25} AS score FROM variants_text "  # noqa: S608 - no part of it comes from outside
    "WHERE variants_text MATCH ? ORDER BY score DESC, rowid LIMIT ?"
)
FIND_SOME_TEXT = (
    f"SELECT rowid, score FROM (SELECT rowid, -{_BM25} AS score FROM variants_text "  # noqa: S608 - likewise
    "WHERE variants_text MATCH ? LIMIT ?) ORDER BY score DESC, rowid LIMIT ?"
)
"""Ranks no more than the first so many that match: ranking takes a microsecond each, and half a catalogue may match."""
READ_TEXT = "SELECT rowid, title, description, attributes, codes FROM variants_text WHERE rowid IN "
HAS_TEXT = "SELECT 1 FROM variants_text WHERE variants_text MATCH ? LIMIT 1"
BEGINNING = "SELECT term, doc FROM variants_frequencies WHERE term >= ? AND term < ? ORDER BY doc DESC, term LIMIT ?"
FREQUENCY = "SELECT doc FROM variants_frequencies WHERE term = ?"
