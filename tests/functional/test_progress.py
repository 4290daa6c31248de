"""Whoever waits at a terminal is told how far each long stretch of work has come."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

import lookalike.cli.progress
from commands import run
from lookalike.ingest.progress import Progress, Watcher


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[int, int | None]]]:
    """What each progress line was told; two at once cannot be drawn."""
    told: dict[str, list[tuple[int, int | None]]] = {}
    drawn: list[str] = []

    @contextmanager
    def watching(title: str, *, quiet: bool) -> Generator[Watcher | None]:
        assert not quiet
        assert not drawn, "there is a progress line already"
        drawn.append(title)
        told[title] = []
        yield lambda progress: told[title].append(_counts(progress))
        drawn.clear()

    monkeypatch.setattr(lookalike.cli.progress, "watching", watching)
    return told


def _counts(progress: Progress) -> tuple[int, int | None]:
    return progress.done, progress.total


def test_a_golden_set_of_the_catalogue_and_corruptions_in_a_report_are_told(
    drawn_store: Path, tmp_path: Path, seen: dict[str, list[tuple[int, int | None]]]
) -> None:
    store = shutil.copytree(drawn_store, tmp_path / "store")
    assert run("golden", "make", "--n", 2, "--store", store).returncode == 0
    assert seen["looking"] == [(0, 2), (1, 2)]
    asked = ("evaluate", "--golden", "default", "--store", store, "--report", tmp_path / "report", "--robustness")
    assert run(*asked).returncode == 0
    assert seen["asking"][-1] == (2, 2)
    done, total = seen["corrupting"][-1]
    assert done == total
    assert len(seen["corrupting"]) > 100
