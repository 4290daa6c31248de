"""Claims about `lookalike.train.watching.scribe`, with a journal that remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lookalike.train.watching import Journal, Scribe

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


class FakeJournal:
    def __init__(self) -> None:
        self.told: list[tuple] = []

    def numbers(self, values: Mapping[str, float], step: int) -> None:
        self.told.append(("numbers", dict(values), step))

    def picture(self, name: str, pixels: np.ndarray, step: int) -> None:
        self.told.append(("picture", pixels.shape, step))

    def points(self, vectors: np.ndarray, names: Sequence[str], tiles: np.ndarray, step: int) -> None:
        self.told.append(("points", vectors.shape, list(names), tiles.shape, step))

    def close(self) -> None:
        self.told.append(("close",))


def scribe(*journals: Journal) -> Scribe:
    return Scribe(
        journals,
        squares=np.zeros((10, 40, 40, 3), dtype=np.uint8),
        labels=np.arange(10) // 2,
        names=list("abcde"),
        measured=np.arange(2, 10),
        generator=np.random.default_rng(1),
    )


def test_curves_pictures_and_points_are_told_to_every_journal() -> None:
    from lookalike.train.fitting import Moment

    journals = FakeJournal(), FakeJournal()
    told = scribe(*journals)
    vectors = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    told.moment(Moment("reading pictures", 3, 10, 0.1))
    told.moment(Moment("search", 7, 10, 0.1, loss=2.0))
    told.moment(Moment("search", 8, 10, 0.1, loss=1.0, measured=0.5, best=0.6))
    told.look({"phase": "search", "step": 8, "map@r": 0.25}, vectors)
    told.points(8, vectors)
    told.close()
    assert journals[0].told == journals[1].told
    numbers, more, measured, picture, points, closed = journals[0].told
    assert numbers == ("numbers", {"search/loss": 2.0}, 7)
    assert more == ("numbers", {"search/loss": 1.0}, 8)
    assert measured == ("numbers", {"search/map@r": 0.25}, 8)
    assert picture == ("picture", (4 * 48, 8 * 48, 3), 8)
    assert points == ("points", (8, 3), list("bbccddee"), (8, 32, 32, 3), 8)
    assert closed == ("close",)


def test_a_run_without_journals_or_measurements_tells_nothing() -> None:
    entry = {"phase": "search", "step": 1, "map@r": 0.5}
    scribe().look(entry, np.zeros((8, 3), dtype=np.float32))
    journal = FakeJournal()
    told = scribe(journal)
    told.look(entry, np.empty((0, 0), dtype=np.float32))
    told.points(1, np.empty((0, 0), dtype=np.float32))
    told.close()
    assert journal.told == [("close",)]
