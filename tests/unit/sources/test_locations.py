from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.local import LocalReader
from lookalike.sources.locations import LocationReader, is_url
from lookalike.sources.record import PictureBytes, Unchanged
from lookalike.types import Reason


class FakeHttpReader:
    """Answers with the URL it was asked for."""

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        return PictureBytes(location.encode(), validator)

    def save(self, location: str, validator: str | None, path: Path, *, max_bytes: int) -> str | Unchanged | None:
        path.write_text(f"{location} up to {max_bytes}")
        return validator

    def close(self) -> None:
        pass


def reader_of(root: Path | None = None, base_url: str | None = None) -> LocationReader:
    local = None if root is None else LocalReader(root, max_bytes=100)
    reader = LocationReader(local=local, fetch=FetchPolicy(), max_bytes=100, base_url=base_url)
    reader._remote = FakeHttpReader()
    return reader


def refused(reader: LocationReader, location: str) -> ImageRejected:
    with pytest.raises(ImageRejected) as caught:
        reader.read(location, None)
    return caught.value


def test_urls_go_to_the_network_and_everything_else_to_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a:b.jpg").write_bytes(b"file")
    reader = reader_of(tmp_path)
    assert reader.read(" HTTPS://shop.example/a", "v") == PictureBytes(b"HTTPS://shop.example/a", "v")
    assert reader.read("a:b.jpg", None).data == b"file"  # type: ignore[union-attr]
    assert refused(reader, "C:\\pictures\\a.jpg").reason is Reason.NOT_FOUND


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "FILE:/etc/passwd", "data:image/png;base64,AA==", "ftp://h/a", "s3://b/k"]
)
def test_other_schemes_are_refused_and_named(location: str, tmp_path: Path) -> None:
    rejection = refused(reader_of(tmp_path), location)
    assert rejection.reason is Reason.FETCH_REFUSED
    assert location.partition(":")[0].lower() in rejection.detail


def test_what_is_saved_has_its_own_limit_and_is_never_a_path(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    assert reader_of(base_url="https://shop.example/feeds/c.csv").save("a.mp4", "v", saved, max_bytes=900) == "v"
    assert saved.read_text() == "https://shop.example/feeds/a.mp4 up to 900"
    with pytest.raises(ImageRejected) as caught:
        reader_of(tmp_path).save("a.mp4", None, saved, max_bytes=900)
    assert caught.value.reason is Reason.FETCH_REFUSED


def test_without_a_folder_no_path_is_read() -> None:
    for location in ("a.jpg", "/etc/passwd", "../a"):
        assert refused(reader_of(), location).reason is Reason.FETCH_REFUSED


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("a.jpg", "https://shop.example/feeds/a.jpg"),
        ("/a.jpg", "https://shop.example/a.jpg"),
        ("../a.jpg", "https://shop.example/a.jpg"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("http://other.example/a.jpg", "http://other.example/a.jpg"),
    ],
)
def test_paths_of_a_fetched_table_are_relative_to_its_url(location: str, url: str) -> None:
    reader = reader_of(base_url="https://shop.example/feeds/catalog.csv?key=1")
    assert reader.read("img\\a.jpg", None) == PictureBytes(b"https://shop.example/feeds/img/a.jpg", None)
    assert reader.read(location, None) == PictureBytes(url.encode(), None)


def test_reading_files_never_imports_the_http_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "lookalike.sources.fetch.reader", raising=False)
    (tmp_path / "a").write_bytes(b"x")
    LocationReader(local=LocalReader(tmp_path, max_bytes=9), fetch=FetchPolicy(), max_bytes=9).read("a", None)
    assert "lookalike.sources.fetch.reader" not in sys.modules


def test_only_http_locations_are_urls() -> None:
    assert is_url("http://h")
    assert is_url("HTTPS://h")
    assert not is_url("file:///a")
    assert not is_url("http")
    assert not is_url("a/http://b")
