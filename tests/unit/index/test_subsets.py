"""What is remembered of a filter may be taken away by another search at any time."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.index.exact import scan_survivors
from lookalike.index.rows import GrowingRows
from lookalike.index.subsets import Survivors


class TakenAway(Survivors):
    """Survivors whose copy another search takes away as soon as it has been looked at."""

    @property
    def vectors(self) -> np.ndarray | None:
        held, self.held = self.held, None
        return held

    @vectors.setter
    def vectors(self, copy: np.ndarray | None) -> None:
        self.held = copy


def test_a_search_ends_right_though_its_copy_is_taken_away_on_the_way() -> None:
    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(40, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    growing = GrowingRows(8)
    growing.add(np.arange(40), vectors)
    rows, own = growing.seen, np.arange(0, 40, 2)
    survivors = TakenAway(own, rows.keys[own], rows.vectors[own], rows.generation)
    expected = scan_survivors(rows, Survivors(own, rows.keys[own], None, rows.generation), vectors[:1], [1.0], 5)
    found = scan_survivors(rows, survivors, vectors[:1], [1.0], 5)
    assert np.array_equal(found.keys, expected.keys)
    survivors.vectors = rows.vectors[own]
    places = np.array([3, 1])
    assert np.array_equal(survivors.take(places, rows), rows.vectors[own[places]])


@pytest.mark.parametrize("copied", [True, False])
def test_several_queries_read_the_vectors_once_and_find_what_each_alone_finds(
    monkeypatch: pytest.MonkeyPatch, *, copied: bool
) -> None:
    monkeypatch.setattr("lookalike.index.subsets._ROWS_AT_ONCE", 7)
    generator = np.random.default_rng(5)
    vectors = generator.normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[31] = vectors[30]
    growing = GrowingRows(8)
    growing.add(np.arange(60), vectors)
    rows, own = growing.seen, np.arange(0, 60)[generator.random(60) < 0.7]
    survivors = Survivors(own, rows.keys[own], rows.vectors[own] if copied else None, rows.generation)
    alone = [scan_survivors(rows, survivors, vectors[[n]], [1.0], 5) for n in range(9)]
    monkeypatch.setattr(Survivors, "similarities", lambda *_: pytest.fail("one query at a time"))
    together = scan_survivors(rows, survivors, vectors[:9], [1.0] * 9, 5)
    assert np.array_equal(together.keys, np.concatenate([one.keys for one in alone]))
    assert np.array_equal(together.similarities, np.concatenate([one.similarities for one in alone]))
    assert not len(scan_survivors(rows, survivors, vectors[:0], [], 5).keys)
