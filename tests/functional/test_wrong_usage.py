"""Commands that are given what they cannot use: said before work is spent, and never called a fault of Lookalike."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commands import ask, run


@pytest.fixture
def own_store(drawn_store: Path, tmp_path: Path) -> Path:
    """A copy of the drawn store that a test may change."""
    return shutil.copytree(drawn_store, tmp_path / "store")


@pytest.mark.parametrize(
    "arguments",
    [
        ("events", "expire", "--days", "nan"),
        ("replay", "log.csv", "--held-out", "nan"),
        ("rerank", "queries.csv", "--slowest", "nan"),
        ("rerank", "queries.csv", "--slowest", "-5"),
        ("distil", "lite0", "catalog.csv", "--out", "out", "--minutes", "nan"),
        ("distil", "lite0", "catalog.csv", "--out", "out", "--rate", "inf"),
        ("bench", "--seed", "-1"),
        ("demo", "--seed", "-1"),
    ],
)
def test_a_number_that_nothing_can_be_made_of_is_wrong_usage(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert f"Invalid value for '{arguments[-2]}'" in done.stderr


def test_events_older_than_any_number_of_days_are_none(own_store: Path) -> None:
    assert ask("events", "expire", "--days", "1e300", "--store", own_store) == {"expired": 0}


@pytest.mark.parametrize("command", [("events", "pairs"), ("people", "export", "ann")], ids=" ".join)
def test_what_is_written_makes_its_folder_or_says_that_it_cannot(command: tuple[str, ...], own_store: Path) -> None:
    made = own_store.parent / "new" / "folder" / "written"
    assert run(*command, "--out", made, "--store", own_store).returncode == 0
    assert made.stat().st_size
    done = run(*command, "--out", made / "under-a-file", "--store", own_store)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing can be written to" in done.stderr


def test_the_health_of_a_store_without_pictures_is_looked_at_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("product_id,image\n")
    ask("index", tmp_path / "empty.csv", "--store", tmp_path / "store")
    assert ask("doctor", "--store", tmp_path / "store")["files"] == 0
