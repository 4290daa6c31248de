"""Claims about `lookalike.sources.clips`."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clips import mottled, shown, write_clip
from lookalike.errors import ImageRejected
from lookalike.images import decode
from lookalike.sources import PictureBytes, Record, Unchanged, open_source
from lookalike.sources.clips import ClipSource
from lookalike.sources.record import ColumnType
from lookalike.types import ProductId, Reason, Rejection
from lookalike.video import VideoLimits


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    write_clip(tmp_path / "tour.mp4", shown([mottled(1), mottled(2)]))
    (tmp_path / "broken.mp4").write_bytes((tmp_path / "tour.mp4").read_bytes()[:300])
    table = tmp_path / "catalog.csv"
    table.write_text("product_id,image\nlamp,photo.jpg|tour.mp4\nmug,broken.mp4\nrug,broken.mp4|rug.jpg\n")
    return table


def opened(table: Path) -> ClipSource:
    return ClipSource(open_source(table), table.parent / "store" / "clips")


def test_a_clip_becomes_the_moments_of_its_product(catalogue: Path) -> None:
    source = opened(catalogue)
    found = list(source.records())
    lamp, rug = [one for one in found if isinstance(one, Record)]
    assert lamp.images[0] == "photo.jpg"
    assert [image.partition("#t=")[0] for image in lamp.images[1:]] == ["tour.mp4"] * 2
    assert [int(float(image.partition("#t=")[2])) for image in lamp.images[1:]] == [0, 1]
    assert rug.images == ("rug.jpg",)
    refused = [one for one in found if isinstance(one, Rejection)]
    assert [(one.product_id, one.image, str(one.reason)) for one in refused] == [
        ("mug", "broken.mp4", "truncated"),
        ("rug", "broken.mp4", "truncated"),
    ]
    answer = source.reader().read(lamp.images[1], None)
    assert isinstance(answer, PictureBytes)
    assert decode(answer.data).pixels.shape == (120, 160, 3)


def test_an_unchanged_clip_is_not_decoded_again(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = opened(catalogue)
    first = [one for one in source.records() if isinstance(one, Record)]
    answer = source.reader().read(first[0].images[1], None)
    assert isinstance(answer, PictureBytes)

    class NotAgain:
        def __init__(self, *_: object, **__: object) -> None:
            raise AssertionError("decoded again")

    monkeypatch.setattr("lookalike.sources.clips.ClipReading", NotAgain)
    catalogue.write_text("product_id,image\nlamp,photo.jpg|tour.mp4\n")
    again = opened(catalogue)
    assert list(again.records()) == first[:1]
    assert isinstance(again.reader().read(first[0].images[1], answer.validator), Unchanged)


def test_a_changed_clip_is_decoded_again(catalogue: Path) -> None:
    source = opened(catalogue)
    first = next(one for one in source.records() if isinstance(one, Record))
    answer = source.reader().read(first.images[1], None)
    assert isinstance(answer, PictureBytes)
    write_clip(catalogue.parent / "tour.mp4", shown([mottled(3), mottled(4), mottled(5)]))
    again = opened(catalogue)
    record = next(one for one in again.records() if isinstance(one, Record))
    assert len(record.images) == 4
    fresh = again.reader().read(record.images[1], answer.validator)
    assert isinstance(fresh, PictureBytes)
    assert fresh.validator != answer.validator


def test_a_moment_that_nobody_decoded_yet_is_read_from_the_clip(catalogue: Path) -> None:
    reader = opened(catalogue).reader()
    answer = reader.read("tour.mp4#t=1.50", None)
    assert isinstance(answer, PictureBytes)
    with pytest.raises(ImageRejected, match="shows nothing"):
        reader.read("tour.mp4#t=60.00", None)
    with pytest.raises(ImageRejected, match="no file"):
        reader.read("absent.mp4#t=1.00", None)


def test_without_the_extra_a_clip_is_a_rejection_that_names_it(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.video.reading.find_spec", lambda name: None)
    found = [one for one in opened(catalogue).records() if isinstance(one, Rejection)]
    assert {str(one.reason) for one in found} == {"unsupported_format"}
    assert all("lookalike[video]" in one.detail for one in found)


class Fetched:
    """Products with one clip by URL, and a reader that counts how often it is transferred."""

    def __init__(self, clip: Path, n_products: int = 1) -> None:
        self.clip = clip
        self.n_products = n_products
        self.lock = threading.Lock()
        self.n_transfers = 0
        self.max_bytes: list[int] = []
        self.refusal: ImageRejected | None = None
        self.query = ""

    @property
    def name(self) -> str:
        return "https://shop.example/catalog.csv"

    def column_types(self) -> Mapping[str, ColumnType]:
        return {}

    def reader(self) -> Fetched:
        return self

    def records(self) -> Iterator[Record | Rejection]:
        for number in range(self.n_products):
            yield Record(ProductId(str(number)), None, (f"https://shop.example/tour.mp4{self.query}",))

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        assert location == f"https://shop.example/tour.mp4{self.query}"
        if validator == "etag":
            return Unchanged()
        with self.lock:
            self.n_transfers += 1
        if self.refusal is not None:
            raise self.refusal
        return PictureBytes(self.clip.read_bytes(), "etag")

    def save(self, location: str, validator: str | None, path: Path, *, max_bytes: int) -> str | Unchanged | None:
        self.max_bytes.append(max_bytes)
        answer = self.read(location, validator)
        if isinstance(answer, Unchanged):
            return answer
        path.write_bytes(answer.data)
        return answer.validator


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def fetched(tmp_path: Path) -> Fetched:
    return Fetched(write_clip(tmp_path / "tour.mp4", shown([mottled(number) for number in range(4)])))


def moments_of(source: ClipSource) -> list[str]:
    return [image for record in source.records() if isinstance(record, Record) for image in record.images]


def left_over(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_moments_of_a_remembered_clip_take_one_transfer_together(
    fetched: Fetched, tmp_path: Path, temporary: Path
) -> None:
    assert len(moments_of(ClipSource(fetched, tmp_path / "clips"))) == 4
    fetched.n_transfers = 0
    again = ClipSource(fetched, tmp_path / "clips")
    moments, reader = moments_of(again), again.reader()
    assert fetched.n_transfers == 0
    answers = [reader.read(moments[0], None)]
    with ThreadPoolExecutor(3) as pool:
        answers += pool.map(lambda moment: reader.read(moment, None), moments[1:])
    assert fetched.n_transfers == 1
    for answer in answers:
        assert isinstance(answer, PictureBytes)
        assert decode(answer.data).pixels.shape == (120, 160, 3)
    assert left_over(temporary) == []


def test_a_moment_waits_on_the_disk_until_its_last_product_has_read_it(
    fetched: Fetched, tmp_path: Path, temporary: Path
) -> None:
    fetched.n_products = 2
    source = ClipSource(fetched, tmp_path / "clips")
    moments, reader = moments_of(source), source.reader()
    assert len(moments) == 8
    assert len(left_over(temporary)) == 4
    first = [reader.read(moment, None) for moment in moments[:4]]
    assert len(left_over(temporary)) == 4
    assert [reader.read(moment, None) for moment in moments[4:]] == first
    assert left_over(temporary) == []
    assert fetched.n_transfers == 1


def test_a_clip_by_url_may_have_the_bytes_of_a_clip(fetched: Fetched, tmp_path: Path) -> None:
    moments_of(ClipSource(fetched, tmp_path / "clips", limits=VideoLimits(max_bytes=123_456)))
    assert fetched.max_bytes == [123_456]


def test_a_clip_whose_address_is_signed_anew_is_not_transferred_again(fetched: Fetched, tmp_path: Path) -> None:
    memory = tmp_path / "clips"
    for number in range(2):
        fetched.query = f"?X-Amz-Signature=secret{number}"
        assert len(moments_of(ClipSource(fetched, memory))) == 4
    assert fetched.n_transfers == 1
    assert [b"secret" in note.read_bytes() for note in memory.iterdir()] == [False]


def test_a_clip_that_cannot_be_fetched_is_asked_for_once_in_a_run(
    fetched: Fetched, tmp_path: Path, temporary: Path
) -> None:
    moments_of(ClipSource(fetched, tmp_path / "clips"))
    again = ClipSource(fetched, tmp_path / "clips")
    moments, reader = moments_of(again), again.reader()
    fetched.n_transfers, fetched.refusal = 0, ImageRejected(Reason.TIMED_OUT, "did not arrive in time")
    for moment in moments:
        with pytest.raises(ImageRejected, match="in time"):
            reader.read(moment, None)
    assert fetched.n_transfers == 1
    assert left_over(temporary) == []


def test_a_clip_that_ends_in_the_middle_leaves_no_moments_behind(
    fetched: Fetched, tmp_path: Path, temporary: Path
) -> None:
    whole = fetched.clip.read_bytes()
    fetched.clip.write_bytes(whole[: len(whole) // 2])
    fetched.n_products = 2
    found = list(ClipSource(fetched, tmp_path / "clips").records())
    assert [one.image for one in found if isinstance(one, Rejection)] == ["https://shop.example/tour.mp4"] * 2
    assert fetched.n_transfers == 1
    assert left_over(temporary) == []
