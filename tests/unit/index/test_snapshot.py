"""A snapshot is whole or unused, and gives back what was saved."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.errors import StoreError, StoreFull
from lookalike.index import GraphIndex, GraphPolicy, Origin, Subset, load_snapshot, open_index, save_snapshot

ORIGIN = Origin(release="r1", fingerprint="f" * 64)
POLICY = GraphPolicy(smallest=200, breadth=32, rows_per_candidate=0, longest_tail=64, background=False)


def draw(n: int, dimension: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((n, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def filled(n: int, *, dimension: int = 16, policy: GraphPolicy = POLICY) -> GraphIndex:
    index = GraphIndex(dimension, policy)
    index.add(np.arange(n), draw(n, dimension, seed=1))
    return index


def assert_same(one: GraphIndex, other: GraphIndex) -> None:
    assert len(one) == len(other)
    queries = draw(5, one.dimension, seed=2)
    for subset in (None, Subset(np.arange(0, 5000, 3))):
        for exact in (False, True):
            a, b = (index.search(queries, 10, subset, exact=exact) for index in (one, other))
            np.testing.assert_array_equal(a.keys, b.keys)
            np.testing.assert_array_equal(a.similarities, b.similarities)
            assert a.exact == b.exact


@pytest.mark.parametrize("n", [0, 1, 150, 900])
def test_what_was_saved_is_what_opens(tmp_path: Path, n: int):
    index = filled(n)
    save_snapshot(index, tmp_path / "index", ORIGIN, sequence=42)
    opened, sequence = open_index(16, ORIGIN, tmp_path / "index", policy=POLICY)
    assert sequence == 42
    assert opened.covered == index.covered
    assert_same(index, opened)


def test_an_opened_index_goes_on_as_if_never_closed(tmp_path: Path):
    index = filled(900)
    index.remove(np.arange(0, 900, 4))
    index.add(np.arange(0, 400), draw(400, 16, seed=3))
    save_snapshot(index, tmp_path / "index", ORIGIN, sequence=1)
    opened, _ = open_index(16, ORIGIN, tmp_path / "index", policy=POLICY)
    assert_same(index, opened)
    for one in (index, opened):
        one.remove(np.arange(1, 900, 2))
        one.add(np.arange(4000, 4500), draw(500, 16, seed=4))
    assert len(index) == len(opened)
    found, expected = (one.search(draw(9, 16, seed=5), 10, exact=True) for one in (index, opened))
    np.testing.assert_array_equal(found.keys, expected.keys)


def test_a_graph_over_renumbered_rows_survives(tmp_path: Path):
    index = filled(4200)
    index.remove(np.arange(1200))
    rows, coverage = index.seen()
    assert rows.epoch == 1
    assert coverage is not None
    assert coverage.row_of_node is not None
    save_snapshot(index, tmp_path / "index", ORIGIN, sequence=1)
    assert_same(index, open_index(16, ORIGIN, tmp_path / "index", policy=POLICY)[0])


def test_without_a_snapshot_the_index_is_empty(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for snapshot in (None, tmp_path / "none"):
        index, sequence = open_index(8, ORIGIN, snapshot)
        assert (len(index), sequence) == (0, 0)
    assert not caplog.records


@pytest.mark.parametrize(
    ("dimension", "origin", "word"),
    [
        (17, ORIGIN, "dimension"),
        (16, Origin("r2", ORIGIN.fingerprint), "release"),
        (16, Origin("r1", "e" * 64), "fingerprint"),
    ],
)
def test_a_foreign_snapshot_is_left_unread_with_a_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, dimension: int, origin: Origin, word: str
):
    save_snapshot(filled(10), tmp_path / "index", ORIGIN, sequence=1)
    with caplog.at_level(logging.WARNING):
        assert load_snapshot(tmp_path / "index", dimension, origin) is None
    assert word in caplog.text


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("saved") / "index"
    index = filled(700, dimension=8)
    index.remove(np.arange(5))
    save_snapshot(index, path, ORIGIN, sequence=7)
    return path.read_bytes()


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_goes_unnoticed(saved: bytes, tmp_path: Path, data: st.DataObject):
    path = tmp_path / "index"
    if data.draw(st.booleans()):
        path.write_bytes(saved[: data.draw(st.integers(0, len(saved) - 1))])
    else:
        damaged = bytearray(saved)
        damaged[data.draw(st.integers(0, len(saved) - 1))] ^= data.draw(st.integers(1, 255))
        path.write_bytes(damaged)
    loaded = load_snapshot(path, 8, ORIGIN, policy=POLICY)
    if loaded is not None:  # only the padding between sections is under no checksum
        path.write_bytes(saved)
        original = load_snapshot(path, 8, ORIGIN, policy=POLICY)
        assert original is not None
        for one, other in zip(loaded[0].seen()[:1], original[0].seen()[:1], strict=True):
            np.testing.assert_array_equal(one.keys, other.keys)
            np.testing.assert_array_equal(one.vectors, other.vectors)
            np.testing.assert_array_equal(one.dead, other.dead)
        assert loaded[1] == 7


@pytest.mark.parametrize(("code", "error"), [(errno.ENOSPC, StoreFull), (errno.EACCES, StoreError)])
def test_a_failed_save_leaves_the_snapshot_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, error: type[StoreError]
):
    path = tmp_path / "index"
    save_snapshot(filled(10), path, ORIGIN, sequence=1)
    before = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(error, match=r"cannot be saved|no space left"):
        save_snapshot(filled(20), path, ORIGIN, sequence=2)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_save_clears_away_what_a_killed_one_left_and_is_for_all_who_read_the_folder(tmp_path: Path):
    path, others = tmp_path / "r1.index", tmp_path / ".r2.index-77.partial"
    (tmp_path / ".r1.index-77.partial").write_bytes(b"half of an index")
    others.write_bytes(b"of another release")
    (tmp_path / "plain").touch()
    save_snapshot(filled(10), path, ORIGIN, sequence=1)
    assert sorted(tmp_path.iterdir()) == sorted([path, others, tmp_path / "plain"])
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_saving_into_a_missing_folder_is_a_store_error(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot be saved"):
        save_snapshot(filled(1), tmp_path / "missing" / "index", ORIGIN, sequence=1)


def test_a_saved_index_may_be_saved_again_over_itself(tmp_path: Path):
    path = tmp_path / "index"
    save_snapshot(filled(300), path, ORIGIN, sequence=1)
    opened, _ = open_index(16, ORIGIN, path, policy=POLICY)
    opened.add(np.array([9999]), draw(1, 16, seed=6))
    save_snapshot(opened, path, ORIGIN, sequence=2)
    again, sequence = open_index(16, ORIGIN, path, policy=POLICY)
    assert (len(again), sequence) == (301, 2)
