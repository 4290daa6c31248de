"""The record of failures loses none, and writes few."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.engine import trial_failures
from lookalike.engine.trial_failures import FailureRecord
from lookalike.errors import ModelError, NotFound


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.create(tmp_path) as made:
        made.start_trial("live", "rules=off", "r1 off")
        yield made


def test_the_first_of_a_kind_is_written_at_once_and_the_rest_when_it_is_time(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = FailureRecord(catalog)

    def written() -> list[tuple[str, int]]:
        return [(one.error, one.searches) for one in catalog.trial_failures()]

    record.add(1, "a", NotFound("x"))
    assert written() == [("NotFound", 1)]
    for _ in range(5):
        record.add(1, "a", NotFound("y"))
    assert written() == [("NotFound", 1)]
    record.add(1, "a", ModelError("x" * 900))
    assert written() == [("ModelError", 1), ("NotFound", 6)]
    assert len(catalog.trial_failures()[0].message) == 300
    monkeypatch.setattr(trial_failures, "_WRITTEN_EVERY_SECONDS", 0.0)
    record.add(1, "a", NotFound("z"))
    assert written() == [("ModelError", 1), ("NotFound", 7)]


def test_what_cannot_be_written_now_is_told_and_written_later(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    record = FailureRecord(catalog)
    record.add(1, "b", NotFound("x"))
    other = sqlite3.connect(catalog.folder / "catalog.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        record.add(1, "b", NotFound("y"))
    record.add(1, "a", NotFound("z"))
    told = [(one.way, one.searches, one.message) for one in record.all()]
    assert told == [("a", 1, "z"), ("b", 3, "y")]
    assert [one.searches for one in catalog.trial_failures()] == [1]
    other.execute("ROLLBACK")
    other.close()
    record.write()
    assert [(one.way, one.searches, one.message) for one in catalog.trial_failures()] == told
    assert record.all() == catalog.trial_failures()
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert warnings == [
        "a trial's second way cannot answer trial=1 error=NotFound: x",
        "a trial's first way cannot answer trial=1 error=NotFound: z",
    ]
