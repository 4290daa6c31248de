"""What a query refuses, and with which words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.errors import ImageRejected, InvalidQuery
from lookalike.images.limits import ImageLimits
from lookalike.search.query import Query, parse_crop, picture_bytes
from lookalike.types import Box, ProductId, Reason


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "received nothing"),
        ({"image": b"x", "like": ProductId("p")}, "received image and like"),
        ({"like": ProductId("p"), "crop": Box(0.0, 0.0, 1.0, 1.0)}, "a crop needs an image"),
        ({"image": b"x", "k": 0}, "k must be 1 to"),
        ({"image": b"x", "offset": -1}, "offset must be 0"),
        ({"like": ProductId("half \ud800")}, "Unicode characters"),
        ({"image": b"x", "unlike": (ProductId("\udcff"),)}, "Unicode characters"),
        ({"vector": np.asarray([np.nan], dtype=np.float32)}, "finite"),
        ({"like": ()}, "like must name a product"),
        ({"image": np.zeros((0, 5, 3), np.uint8)}, "uint8 of shape"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(given: dict[str, object], expected: str) -> None:
    with pytest.raises(InvalidQuery, match=expected):
        Query(**given)  # type: ignore[arg-type]


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(InvalidQuery, match=r"exactly one.*k must be.*offset must be"):
        Query(k=0, offset=-3)


def test_a_crop_is_four_numbers() -> None:
    assert parse_crop("1, 2,30,40.5") == Box(1.0, 2.0, 30.0, 40.5)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,0,5", "-1,0,5,5", "0,0,nan,5"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="crop must be"):
        parse_crop(text)


def test_of_a_file_no_more_is_read_than_a_picture_may_have(tmp_path: Path) -> None:
    path = tmp_path / "disc.jpg"
    with path.open("wb") as file:
        file.truncate(2**42)  # no more than a length: to read it would take four terabytes
    with pytest.raises(ImageRejected, match="more bytes than a picture may") as caught:
        picture_bytes(path, ImageLimits())
    assert caught.value.reason is Reason.TOO_MANY_BYTES
    path.write_bytes(bytes(100))
    assert picture_bytes(path, ImageLimits(max_bytes=100)) == bytes(100)


def test_a_limit_beyond_all_memory_costs_a_small_file_nothing(tmp_path: Path) -> None:
    path = tmp_path / "small.jpg"
    path.write_bytes(bytes(100))
    assert picture_bytes(path, ImageLimits(max_bytes=2**44)) == bytes(100)
    assert picture_bytes(path, ImageLimits(max_bytes=2**80)) == bytes(100)
