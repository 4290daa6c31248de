from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import InvalidQuery
from lookalike.images import crop, decode, encode_jpeg, scaled_box, thumbnail
from lookalike.images.regions import encode_png
from lookalike.types import Box


def box_of(x: float, y: float, width: float, height: float) -> Box:
    return Box(float(x), float(y), float(width), float(height))


PIXELS = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
lengths = st.floats(0.01, 100, allow_nan=False)


def test_a_crop_is_what_lies_under_the_box():
    assert np.array_equal(crop(PIXELS, box_of(10, 5, 20, 30)), PIXELS[5:35, 10:30])


def test_a_crop_reaches_outwards_to_whole_pixels_and_ends_at_the_edge():
    assert np.array_equal(crop(PIXELS, box_of(9.6, 5.2, 0.1, 1.0)), PIXELS[5:7, 9:10])
    assert np.array_equal(crop(PIXELS, box_of(50, 30, 500, 500)), PIXELS[30:, 50:])


@pytest.mark.parametrize(
    "box",
    [
        box_of(60, 0, 5, 5),
        box_of(0, 40, 5, 5),
        box_of(1e9, 1e9, 1, 1),
        box_of(0, 0, float("inf"), 1),
        box_of(0, 0, 1e308, 1e308),
    ],
)
def test_a_box_outside_the_picture_is_refused_or_clipped(box):
    if box.x == 0 and box.width == 1e308:
        assert crop(PIXELS, box).shape == PIXELS.shape
    else:
        with pytest.raises(InvalidQuery, match="outside the picture of 60 x 40"):
            crop(PIXELS, box)


@given(st.floats(0, 59.9), st.floats(0, 39.9), lengths, lengths)
def test_a_crop_covers_the_box_with_at_least_one_pixel(x, y, width, height):
    part = crop(PIXELS, box_of(x, y, width, height))
    rows = [i for i in range(40) if i < y + height - 1e-6 and i + 1 > y]
    columns = [i for i in range(60) if i < x + width - 1e-6 and i + 1 > x]
    assert part.flags.c_contiguous
    assert part.shape[0] >= max(1, len(rows))
    assert part.shape[1] >= max(1, len(columns))
    assert part.shape[0] <= len(rows) + 1
    assert part.shape[1] <= len(columns) + 1


def test_a_box_of_the_original_maps_to_a_reduced_decode(encode):
    mark = np.full((800, 1200, 3), 20, dtype=np.uint8)
    mark[200:400, 600:900] = 240
    picture = decode(encode(mark, "JPEG"), shorter_side_pixels=200)
    assert picture.pixels.shape[0] == 200
    box = scaled_box(box_of(600, 200, 300, 200), picture.pixels, width=picture.width, height=picture.height)
    part = crop(picture.pixels, box)
    assert part.shape == (50, 75, 3)
    assert part.min() > 180


@pytest.mark.parametrize(("side", "shape"), [(30, (20, 30)), (60, (40, 60)), (600, (40, 60)), (1, (1, 1))])
def test_a_thumbnail_keeps_the_proportions_and_is_never_larger(side, shape):
    assert thumbnail(PIXELS, side).shape == (*shape, 3)


def test_a_thumbnail_needs_a_side():
    with pytest.raises(ValueError, match="at least 1"):
        thumbnail(PIXELS, 0)


def test_encoded_pixels_decode_to_nearly_the_same():
    smooth = np.add.outer(np.arange(64), np.arange(64))[..., None].repeat(3, axis=2).astype(np.uint8)
    back = decode(encode_jpeg(smooth, quality=95)).pixels
    assert np.abs(back.astype(int) - smooth).max() < 6
    assert len(encode_jpeg(smooth[:, ::-1], 30)) < len(encode_jpeg(PIXELS, 95))


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_out_of_range_is_refused(quality):
    with pytest.raises(ValueError, match="1 to 100"):
        encode_jpeg(PIXELS, quality)


def test_a_png_gives_back_every_pixel():
    assert np.array_equal(decode(encode_png(PIXELS)).pixels, PIXELS)
