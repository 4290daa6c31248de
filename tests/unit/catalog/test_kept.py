"""Kept pictures: whole or not at all, never more than the quota, gone when told."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.kept import KeptOptions, KeptPictures
from lookalike.catalog.sync import PictureEntry, SyncBatch
from lookalike.errors import InvalidConfiguration, StoreFull

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def test_a_copy_is_found_again_and_removed(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path / "pictures")
    assert kept.get(A) is None
    assert kept.put(A, b"one")
    assert kept.put(A, b"not written again")
    assert kept.get(A) == b"one"
    assert KeptPictures(tmp_path / "pictures").total_bytes() == kept.total_bytes() == 3
    assert [path.parent.name for path in tmp_path.rglob("*.jpg")] == ["aa"]
    kept.remove(A)
    kept.remove(A)
    assert kept.get(A) is None
    assert kept.total_bytes() == 0


def test_keeping_can_be_switched_off_without_losing_what_is_there(tmp_path: Path) -> None:
    KeptPictures(tmp_path).put(A, b"one")
    off = KeptPictures(tmp_path, KeptOptions(enabled=False))
    assert not off.put(B, b"two")
    assert off.get(A) == b"one"


def test_nothing_more_is_kept_beyond_the_quota_and_nothing_is_evicted(tmp_path: Path) -> None:
    KeptPictures(tmp_path).put(A, b"12345")
    kept = KeptPictures(tmp_path, KeptOptions(quota_bytes=8))
    assert not kept.put(B, b"1234")
    assert kept.put(C, b"123")
    assert kept.refused == 1
    assert (kept.get(A), kept.get(B), kept.total_bytes()) == (b"12345", None, 8)
    kept.remove(A)
    assert kept.put(B, b"1234")


def test_a_sweep_leaves_only_what_it_is_told_to(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    for sha256 in (A, B):
        kept.put(sha256, b"x")
    (tmp_path / "bb" / f".{B}.1.2").write_bytes(b"interrupted")
    assert kept.sweep({A}) == 2
    assert [path.stem for path in tmp_path.rglob("*") if path.is_file()] == [A]


def test_a_sweep_leaves_what_another_process_has_written_since(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    for sha256 in (A, B):
        kept.put(sha256, b"x")
    os.utime(kept.path(A), (1_000.0, 1_000.0))
    started = tmp_path / "cc" / f".{C}.1.2"
    started.parent.mkdir()
    started.write_bytes(b"being written")
    assert kept.sweep(set(), before=2_000.0) == 1
    assert (kept.get(A), kept.get(B), started.exists()) == (None, b"x", True)


def test_a_copy_that_is_put_again_is_as_good_as_written_now(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    for sha256 in (A, B):
        kept.put(sha256, b"x")
        os.utime(kept.path(sha256), (1_000.0, 1_000.0))
    assert KeptPictures(tmp_path).put(A, b"x")
    assert kept.sweep(set(), before=2_000.0) == 1
    assert (kept.get(A), kept.get(B)) == (b"x", None)


def test_a_file_that_goes_while_the_copies_are_counted_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptPictures(tmp_path, KeptOptions(quota_bytes=8))
    kept.put(A, b"12345")
    gone = tmp_path / "bb" / f".{B}.1.2"
    files = [*KeptPictures(tmp_path)._files(), gone]
    counted = KeptPictures(tmp_path, KeptOptions(quota_bytes=8))
    monkeypatch.setattr(counted, "_files", lambda: iter(files))
    assert counted.total_bytes() == 5
    assert counted.put(C, b"123")


def test_a_full_disk_leaves_no_half_of_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptPictures(tmp_path, KeptOptions(quota_bytes=100))
    kept.put(A, b"x")

    def full(path: Path, data: bytes) -> int:
        path.open("wb").close()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreFull, match="switch the kept copies off"):
            kept.put(B, b"xx")
    assert kept.get(B) is None
    assert [path.name for path in tmp_path.rglob(".*")] == []
    assert kept.total_bytes() == 1


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_a_hash_names_a_copy(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(ValueError, match="64 lower-case hex digits"):
        KeptPictures(tmp_path).get(sha256)


def test_bad_options_are_named_all_at_once() -> None:
    with pytest.raises(InvalidConfiguration, match=r"side_pixels.*quality.*quota_bytes"):
        KeptOptions(side_pixels=1, quality=0, quota_bytes=-1)


def test_a_copy_that_was_taken_away_before_its_row_came_is_not_said_to_be_there(catalog: Catalog, words) -> None:
    content = words.sha256("a")
    entry = PictureEntry(content, 10, 10, "jpeg", kept=True)
    brought = SyncBatch(variants=(words.variant("p", None, {"x.jpg": "a"}),), pictures=(entry,))
    catalog.kept.put(content, b"copy")
    catalog.apply(brought)
    assert catalog.picture_keys([content])[content].kept
    catalog.kept.put(content, b"copy")  # somebody prepares the same content for another product, …
    catalog.delete_product("p")  # … and its only product goes
    catalog.apply(brought)
    assert not catalog.picture_keys([content])[content].kept
    catalog.kept.put(content, b"copy")
    catalog.apply(brought)
    assert catalog.picture_keys([content])[content].kept


def test_the_copy_of_a_content_that_came_back_meanwhile_stays(
    catalog: Catalog, words, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = words.sha256("a")
    entry = PictureEntry(content, 10, 10, "jpeg", kept=True)
    brought = SyncBatch(variants=(words.variant("p", None, {"x.jpg": "a"}),), pictures=(entry,))
    catalog.kept.put(content, b"copy")
    catalog.apply(brought)
    forget = catalog._forget_copies

    def late(sha256s: Sequence[str]) -> None:
        monkeypatch.undo()
        catalog.apply(brought)
        forget(sha256s)

    monkeypatch.setattr(catalog, "_forget_copies", late)
    catalog.delete_product("p")
    assert catalog.picture_keys([content])[content].kept
    assert catalog.kept.get(content) == b"copy"
