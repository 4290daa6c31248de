"""Every error of the driver becomes one of ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lookalike.catalog import sqlite
from lookalike.catalog.catalog import Catalog
from lookalike.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreReadOnly


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("SQLITE_FULL", "database or disk is full", StoreFull),
        ("SQLITE_BUSY", "database is locked", StoreBusy),
        ("SQLITE_BUSY_SNAPSHOT", "database is locked", StoreBusy),
        ("SQLITE_LOCKED", "database table is locked", StoreBusy),
        ("SQLITE_NOTADB", "file is not a database", StoreDamaged),
        ("SQLITE_CORRUPT", "database disk image is malformed", StoreDamaged),
        ("SQLITE_CORRUPT_VTAB", "database disk image is malformed", StoreDamaged),
        ("SQLITE_ERROR", "no such table: state", StoreDamaged),
        ("SQLITE_READONLY", "attempt to write a readonly database", StoreReadOnly),
        ("SQLITE_IOERR_READ", "disk I/O error", StoreError),
        ("SQLITE_CONSTRAINT", "UNIQUE constraint failed", StoreError),
    ],
)
def test_each_error_says_what_it_means(tmp_path: Path, code: str, message: str, kind: type[StoreError]) -> None:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorname = code
    translated = sqlite.translated(error, tmp_path / "catalog.sqlite")
    assert type(translated) is kind
    assert "catalog.sqlite" in str(translated)


def test_an_input_output_error_on_a_full_disk_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    monkeypatch.setattr(sqlite, "_is_full", lambda file: True)
    assert type(sqlite.translated(error, tmp_path / "catalog.sqlite")) is StoreFull


def test_a_lock_that_is_not_let_go_is_busy(catalog: Catalog, words, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_SECONDS", 0.1)
    holder = sqlite3.connect(catalog.folder / "catalog.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Catalog.open(catalog.folder) as other:
        with pytest.raises(StoreBusy, match="wait for it or stop it"):
            other.apply(words.batch(words.variant("p", None)), None)
        assert other.counts().products == 0
        holder.execute("ROLLBACK")
        other.apply(words.batch(words.variant("p", None)), None)
    holder.close()


def test_a_page_of_rubbish_is_damage(catalog: Catalog, words) -> None:
    for n in range(30):
        catalog.apply(words.batch(words.variant(f"p{n}", None, note="x" * 3000)), None)
    catalog.close()
    file = catalog.folder / "catalog.sqlite"
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    with pytest.raises(StoreDamaged), Catalog.open(catalog.folder) as damaged:
        damaged.products()


def test_a_new_store_whose_journal_finds_no_room_in_its_file_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path) -> bool:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    store = tmp_path / "store"
    store.mkdir()
    (store / ".catalog.sqlite.1234-wal").write_bytes(b"of a run that was killed")
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "empty_journal", full)
        with pytest.raises(StoreFull):
            Catalog.create(store)
    assert not Catalog.exists(store)
    assert list(store.glob(".catalog.sqlite*")) == []
    with Catalog.create(store) as catalog:
        assert catalog.counts().products == 0
