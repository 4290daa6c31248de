"""Searches that a way of a trial could not answer are counted, and nobody waits for that."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.trial_failures import TrialFailure
from lookalike.errors import StoreBusy, StoreError


def failure(trial: int = 1, way: str = "a", error: str = "NotFound", n: int = 1, at: str = "2026") -> TrialFailure:
    return TrialFailure(trial, way, error, f"at {at}", n, at, at)


@pytest.fixture
def tried(catalog: Catalog) -> Catalog:
    for number in range(2):
        catalog.start_trial("live", f"diverse=0.{number + 1}", "r1 off")
    return catalog


def test_failures_are_counted_by_trial_way_and_kind_and_the_last_message_stays(tried: Catalog) -> None:
    before = tried.sequence()
    tried.add_trial_failures([failure(at="2026"), failure(2), failure(way="b", n=5)])
    tried.add_trial_failures([failure(n=2, at="2027"), failure(error="ModelError")])
    assert tried.trial_failures() == (
        failure(error="ModelError"),
        TrialFailure(1, "a", "NotFound", "at 2027", 3, "2026", "2027"),
        failure(way="b", n=5),
        failure(2),
    )
    assert tried.sequence() == before  # what was made of the catalogue is still right


def test_two_of_a_kind_are_told_as_one() -> None:
    assert failure(n=2, at="2026").and_then(failure(n=3, at="2027")) == TrialFailure(
        1, "a", "NotFound", "at 2027", 5, "2026", "2027"
    )


def test_counting_does_not_wait_for_whoever_writes_and_other_changes_do(tried: Catalog) -> None:
    other = sqlite3.connect(tried.folder / "catalog.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    started = time.perf_counter()
    with pytest.raises(StoreBusy):
        tried.add_trial_failures([failure()])
    assert time.perf_counter() - started < 10  # others wait 30 seconds
    threading.Timer(0.3, lambda: other.execute("ROLLBACK")).start()
    tried.set_shop_rules({"rules": []})
    other.close()
    tried.add_trial_failures([failure()])
    assert len(tried.trial_failures()) == 1


def test_a_store_for_reading_only_refuses_them(tried: Catalog) -> None:
    with Catalog.open(tried.folder, read_only=True) as reader, pytest.raises(StoreError, match="reading only"):
        reader.add_trial_failures([failure()])
