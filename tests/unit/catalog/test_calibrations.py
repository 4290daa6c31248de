"""Calibrations belong to a release, and readers notice a new one."""

from __future__ import annotations

import sqlite3

import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.errors import NotFound, StoreDamaged


def test_a_calibration_replaces_the_one_before_and_readers_notice(catalog: Catalog) -> None:
    assert catalog.calibration("r1") is None
    before = catalog.sequence()
    catalog.set_calibration("r1", {"error": 0.05})
    catalog.set_calibration("r1", {"error": 0.1, "golden": "ü"})
    assert catalog.calibration("r1") == {"error": 0.1, "golden": "ü"}
    assert catalog.sequence() > before
    with Catalog.open(catalog.folder, read_only=True) as reader:
        assert reader.calibration("r1") == {"error": 0.1, "golden": "ü"}


def test_a_calibration_can_be_forgotten(catalog: Catalog) -> None:
    catalog.set_calibration("r1", {"error": 0.05})
    before = catalog.sequence()
    catalog.set_calibration("r1", None)
    assert catalog.calibration("r1") is None
    assert catalog.sequence() > before


def test_a_calibration_of_no_release_is_not_found(catalog: Catalog) -> None:
    with pytest.raises(NotFound, match="r9"):
        catalog.set_calibration("r9", {})


def test_a_release_is_dropped_with_its_calibration(catalog: Catalog) -> None:
    catalog.set_calibration("r1", {"error": 0.05})
    catalog.drop_release("r1")
    again = catalog.begin_release(fingerprint="e" * 64, model="test", dimension=8, description={})
    assert catalog.calibration(again.release_id) is None


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_calibration_that_is_no_object_is_damage(catalog: Catalog, text: str) -> None:
    catalog.set_calibration("r1", {"error": 0.05})
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("UPDATE calibrations SET document = ?", (text,))
    raw.commit()
    raw.close()
    with pytest.raises(StoreDamaged):
        catalog.calibration("r1")
