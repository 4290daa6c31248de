"""Claims about `lookalike.images.seen` and `Preprocessing.window`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import InvalidQuery
from lookalike.images.preprocessing import Preprocessing
from lookalike.images.regions import crop, encode_jpeg
from lookalike.images.seen import read_pixels, see
from lookalike.types import Box


def marked(width: int, height: int, x: int, y: int, side: int) -> np.ndarray:
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[y : y + side, x : x + side] = (200, 0, 0)
    return pixels


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
@pytest.mark.parametrize(("width", "height"), [(300, 200), (200, 300), (64, 64), (500, 200)])
def test_the_window_says_where_in_the_picture_a_place_of_the_square_is(fit, width: int, height: int):
    preprocessing = Preprocessing(size_pixels=64, fit=fit, crop_fraction=0.8 if fit == "crop" else 1.0)
    x, y = width // 2 - 10, height // 2 - 14
    square = preprocessing.apply(marked(width, height, x, y, 24)).astype(int)
    red = np.argwhere((square[..., 1] < 128) & (square[..., 0] > 150))
    left, upper, right, lower = preprocessing.window(width, height)
    middle = red.mean(axis=0) + 0.5
    assert left + middle[1] / 64 * (right - left) == pytest.approx(x + 12, abs=0.02 * width)
    assert upper + middle[0] / 64 * (lower - upper) == pytest.approx(y + 12, abs=0.02 * height)


@given(st.integers(1, 900), st.integers(1, 900), st.sampled_from(["squash", "crop", "pad"]))
def test_a_window_lies_inside_the_picture_or_for_padding_around_it(width: int, height: int, fit):
    left, upper, right, lower = Preprocessing(size_pixels=64, fit=fit).window(width, height)
    assert left < right
    assert upper < lower
    if fit == "pad":
        assert left <= 0.0 < width <= right + 1e-6
    else:
        assert left >= -1e-6
        assert right <= width + 1e-6


def test_a_whole_picture_is_seen_as_preprocessing_makes_it():
    pixels = marked(300, 200, 100, 80, 40)
    preprocessing = Preprocessing(size_pixels=64, fit="crop", crop_fraction=0.8)
    seen = see(pixels, preprocessing)
    assert np.array_equal(seen.square, preprocessing.apply(pixels))
    assert seen.window == pytest.approx(preprocessing.window(300, 200))
    assert (seen.width, seen.height) == (300, 200)


def test_a_box_outside_a_reduced_picture_is_refused_in_the_numbers_that_it_was_given_in():
    data = encode_jpeg(marked(1600, 1200, 100, 80, 40))
    said = "the crop 1700,50,20,20 lies outside the picture of 1600 x 1200 pixels: x must be below 1600 and y below"
    with pytest.raises(InvalidQuery, match=said):
        see(data, Preprocessing(size_pixels=64), box=Box(1700.0, 50.0, 20.0, 20.0))


def test_a_part_is_seen_alone_and_its_window_is_in_pixels_of_the_whole():
    pixels = marked(300, 200, 100, 80, 40)
    preprocessing = Preprocessing(size_pixels=64)
    box = Box(90.0, 70.0, 60.0, 60.0)
    seen = see(pixels, preprocessing, box=box)
    assert np.array_equal(seen.square, preprocessing.apply(crop(pixels, box)))
    assert seen.window == pytest.approx((90, 70, 150, 130))
    assert seen.pixels is pixels


def test_a_reduced_decode_keeps_windows_in_pixels_of_the_original():
    file = encode_jpeg(marked(3000, 2000, 1000, 800, 400))
    preprocessing = Preprocessing(size_pixels=64)
    whole = see(file, preprocessing)
    assert whole.pixels.shape[1] < 3000
    assert whole.window == pytest.approx((0, 0, 3000, 2000))
    part = see(file, preprocessing, box=Box(900.0, 700.0, 600.0, 600.0))
    assert part.window == pytest.approx((900, 700, 1500, 1300), abs=12)


@pytest.mark.parametrize(("width", "height"), [(1_000, 20_000), (12_000, 1_200)])
def test_a_very_long_picture_is_read_in_less_detail_whole(width: int, height: int):
    pixels = marked(width, height, width - 300, height - 300, 300)
    read = read_pixels(pixels)
    assert read.shape[0] * read.shape[1] == pytest.approx(12_000_000, rel=0.002)
    assert read.shape[1] / read.shape[0] == pytest.approx(width / height, rel=0.002)
    assert read[-10, -10, 1] < 10
    assert read_pixels(pixels, box=Box(0.0, 0.0, 900.0, 1_000.0)).shape == (1_000, 900, 3)
    assert read_pixels(pixels[:1_200, :1_000]).shape == (1_200, 1_000, 3)
