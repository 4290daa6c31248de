from __future__ import annotations

import os
import socket
import tracemalloc
from pathlib import Path

import pytest

from lookalike.errors import ImageRejected
from lookalike.sources.local import LocalReader
from lookalike.sources.record import PictureBytes, Unchanged
from lookalike.types import Reason


def refused(root: Path, location: str) -> Reason:
    with pytest.raises(ImageRejected) as caught:
        LocalReader(root, max_bytes=10).read(location, None)
    return caught.value.reason


def test_bytes_come_with_a_validator_that_recognises_them(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    reader = LocalReader(tmp_path, max_bytes=10)
    first = reader.read("a", None)
    assert isinstance(first, PictureBytes)
    assert first.data == b"one"
    assert reader.read("a", first.validator) == Unchanged()
    assert reader.read(str(tmp_path / "a"), first.validator) == Unchanged()
    assert isinstance(reader.read("a", "stat:3:0:0"), PictureBytes)


def test_an_unchanged_picture_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"one")
    reader = LocalReader(tmp_path, max_bytes=10)
    first = reader.read("a", None)
    assert isinstance(first, PictureBytes)
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened"))
    assert reader.read("a", first.validator) == Unchanged()


def test_same_size_and_time_but_another_content_is_noticed_by_the_change_time(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    reader = LocalReader(tmp_path, max_bytes=10)
    first = reader.read("a", None)
    before = path.stat()
    other = tmp_path / "b"
    other.write_bytes(b"two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert isinstance(first, PictureBytes)
    second = reader.read("a", first.validator)
    assert isinstance(second, PictureBytes)
    assert second.data == b"two"


@pytest.mark.parametrize("location", ["gone", "a/b", "x" * 5000, "a\0b", "\ud800"])
def test_what_is_not_there_is_not_found(tmp_path: Path, location: str) -> None:
    (tmp_path / "a").write_bytes(b"one")
    assert refused(tmp_path, location) is Reason.NOT_FOUND


def test_a_limit_beyond_all_memory_costs_a_small_file_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    found = LocalReader(tmp_path, max_bytes=2**44).read("a", None)
    assert isinstance(found, PictureBytes)
    assert found.data == b"one"


def test_a_file_is_held_in_memory_only_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(8_000_000))
    reader = LocalReader(tmp_path, max_bytes=2**44)
    reader.read("a", None)
    tracemalloc.start()
    try:
        reader.read("a", None)
        assert tracemalloc.get_traced_memory()[1] < 9_000_000
    finally:
        tracemalloc.stop()


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(2**40)
    assert refused(tmp_path, "a") is Reason.TOO_MANY_BYTES


@pytest.mark.timeout(20)
def test_what_is_no_ordinary_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        for location in ("pipe", "s", ".", "/dev/zero", "/dev/null"):
            assert refused(tmp_path, location) is Reason.FETCH_REFUSED


@pytest.mark.timeout(20)
def test_a_file_that_turns_into_a_pipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    really_open = os.open

    def swap(name: str, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return really_open(name, flags)

    monkeypatch.setattr(os, "open", swap)
    assert refused(tmp_path, "a") is Reason.FETCH_REFUSED


def test_a_link_loop_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "a")
    assert refused(tmp_path, "a") is Reason.FETCH_FAILED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "a").chmod(0)
    assert refused(tmp_path, "a") is Reason.FETCH_FAILED


def test_a_path_of_windows_is_read_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "a.jpg").write_bytes(b"one")
    (tmp_path / "img\\b.jpg").write_bytes(b"two")
    reader = LocalReader(tmp_path, max_bytes=10)
    for location, data in (("img\\a.jpg", b"one"), (".\\img\\a.jpg", b"one"), ("img\\b.jpg", b"two")):
        found = reader.read(location, None)
        assert isinstance(found, PictureBytes)
        assert found.data == data
        assert reader.read(location, found.validator) == Unchanged()
        assert reader.path_of(location).read_bytes() == data


@pytest.mark.parametrize(
    ("location", "hint"),
    [
        ("a.jpg", "no file 'a.jpg' in /"),
        ("/nowhere/a.jpg", "no file '/nowhere/a.jpg'$"),
        ("//cdn.example/a.jpg", "write https: before it"),
        ("C:\\pictures\\a.jpg", "write it relative to"),
        ("\\\\server\\pictures\\a.jpg", "write it relative to"),
        ("a.jpg, b.jpg", "join them by |"),
        ("a.jpg;b.jpg", "join them by |"),
        ("red, large.jpg", "no file 'red, large.jpg' in /"),
    ],
)
def test_what_is_not_found_says_what_may_be_wrong(tmp_path: Path, location: str, hint: str) -> None:
    with pytest.raises(ImageRejected, match=hint.replace("|", r"\|")):
        LocalReader(tmp_path, max_bytes=10).read(location, None)
