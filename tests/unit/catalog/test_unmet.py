"""What is remembered of photographs that were turned away is little, short-lived and erasable."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog import sqlite
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.unmet import Retention
from lookalike.errors import DimensionMismatch

KEEP = Retention(days=30, most=100)


def unit(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    return vector / np.linalg.norm(vector)


def age(catalog: Catalog, key: int, when: str) -> None:
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("UPDATE unmet SET seen_at = ? WHERE unmet_key = ?", (when, key))
    raw.commit()
    raw.close()


def test_vectors_come_back_oldest_first_with_the_hour_only(catalog: Catalog) -> None:
    for seed in range(3):
        catalog.record_unmet("r1", unit(seed), b"jpeg" if seed == 1 else None, KEEP)
    found = catalog.unmet("r1", KEEP)
    assert [one.picture for one in found] == [None, b"jpeg", None]
    np.testing.assert_array_equal(np.stack([one.vector for one in found]), np.stack([unit(seed) for seed in range(3)]))
    assert all(one.seen_at.endswith(":00:00+00:00") for one in found)


def test_what_is_older_than_the_retention_goes(catalog: Catalog) -> None:
    catalog.record_unmet("r1", unit(0), None, KEEP)
    catalog.record_unmet("r1", unit(1), None, KEEP)
    age(catalog, catalog.unmet("r1", KEEP)[0].key, "2020-01-01T00:00:00+00:00")
    (left,) = catalog.unmet("r1", KEEP)
    np.testing.assert_array_equal(left.vector, unit(1))


def test_of_more_than_the_cap_the_oldest_go(catalog: Catalog) -> None:
    for seed in range(5):
        catalog.record_unmet("r1", unit(seed), None, Retention(days=1, most=3))
    found = catalog.unmet("r1", KEEP)
    np.testing.assert_array_equal(np.stack([one.vector for one in found]), np.stack([unit(seed) for seed in (2, 3, 4)]))


def test_erased_photographs_are_not_in_the_file_any_more(catalog: Catalog) -> None:
    marker = b"a photograph that nobody may find again" * 4
    catalog.record_unmet("r1", unit(0), marker, KEEP)
    assert catalog.erase_unmet() == 1
    assert catalog.unmet("r1", KEEP) == ()
    folder: Path = catalog.folder
    catalog.close()
    assert not any(marker in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_vector_of_another_length_is_refused(catalog: Catalog) -> None:
    with pytest.raises(DimensionMismatch, match="of 8"):
        catalog.record_unmet("r1", unit(0)[:4], None, KEEP)


@pytest.mark.parametrize(("days", "most"), [(0, 5), (5, 0)])
def test_a_retention_of_nothing_is_refused(days: int, most: int) -> None:
    with pytest.raises(ValueError, match="at least 1 day"):
        Retention(days, most)


def test_a_release_is_dropped_with_what_it_turned_away(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = b"a photograph that goes with its release" * 4
    folder: Path = catalog.folder
    catalog.record_unmet("r1", unit(0), marker, KEEP)
    catalog.close()
    connect = sqlite._connect

    def careless(file: Path, *, read_only: bool) -> sqlite3.Connection:
        """As engines are that are built to leave deleted rows readable."""
        connection = connect(file, read_only=read_only)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(sqlite, "_connect", careless)
    with Catalog.open(folder) as again:
        again.drop_release("r1")
    assert not any(marker in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    with Catalog.open(folder) as again:
        assert again.erase_unmet() == 0
