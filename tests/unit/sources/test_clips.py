"""Claims about `lookalike.sources.clips`."""

from __future__ import annotations

from pathlib import Path

import pytest

from clips import mottled, shown, write_clip
from lookalike.errors import ImageRejected
from lookalike.images import decode
from lookalike.sources import PictureBytes, Record, Unchanged, open_source
from lookalike.sources.clips import ClipSource
from lookalike.types import Rejection


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
