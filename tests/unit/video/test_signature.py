"""Claims about `lookalike.video.signature`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.video.signature import container_of, is_clip_name, moment_name, split_moment


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"\x00\x00\x00\x20ftypisom" + bytes(20), "mov"),
        (b"\x00\x00\x00\x14ftypqt  " + bytes(20), "mov"),
        (b"\x00\x00\x00\x08wide" + bytes(20), "mov"),
        (b"\x1a\x45\xdf\xa3" + bytes(20), "matroska"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "avi"),
        ((b"\x47" + bytes(187)) * 4, "mpegts"),
        ((bytes(4) + b"\x47" + bytes(187)) * 4, "mpegts"),
        ((b"\x47" + bytes(203)) * 4, "mpegts"),
        ((b"\x47" + bytes(190)) * 4, None),
        (b"\x00\x00\x00\x1cftypheic" + bytes(20), None),
        (b"\x00\x00\x00\x1cftypavif" + bytes(20), None),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", None),
        (b"\xff\xd8\xff\xe0", None),
        (b"#EXTM3U\n", None),
        (b"", None),
    ],
)
def test_a_clip_is_told_from_a_picture_by_its_first_bytes(head: bytes, container: str | None) -> None:
    assert container_of(head) == container


@pytest.mark.parametrize(
    ("location", "is_clip"),
    [
        ("a/tour.MP4", True),
        ("https://shop.example/tour.webm?size=large", True),
        ("https://shop.example/tour.webm?signature=a/b+c==", True),
        ("https://shop.example/photo.jpg?of=clips/tour.mp4", False),
        ("what?/tour.mp4", True),
        ("tour.mp4.jpg", False),
        ("mp4", False),
        ("photo.jpg", False),
        ("clips.mov/photo", False),
    ],
)
def test_a_name_tells_whether_a_clip_is_meant(location: str, is_clip: bool) -> None:
    assert is_clip_name(location) is is_clip


@given(st.floats(0, 1e5))
def test_a_moment_gives_back_its_clip_and_time(seconds: float) -> None:
    found = split_moment(moment_name("a#b/tour.mp4", seconds))
    assert found is not None
    assert found[0] == "a#b/tour.mp4"
    assert found[1] == pytest.approx(seconds, abs=0.006)


def test_other_fragments_are_no_moments() -> None:
    assert split_moment("photo.jpg#t=3.00") is None
    assert split_moment("tour.mp4#t=soon") is None
    assert split_moment("tour.mp4") is None
