from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from lookalike.images import decode
from lookalike.images.orientation import exif_orientation, swaps_sides, upright

INVERSE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_agrees_with_pillow(orientation, sample, exif_with_orientation):
    image = Image.fromarray(sample)
    image.info["exif"] = exif_with_orientation(orientation)
    image.getexif().load(exif_with_orientation(orientation))
    expected = np.asarray(ImageOps.exif_transpose(image))
    turned = upright(sample, orientation)
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous
    assert (turned.shape[0] == sample.shape[1]) == swaps_sides(orientation)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("format_name", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_eight_orientations_of_one_lossless_picture_come_out_equal(
    format_name, options, orientation, sample, encode, exif_with_orientation
):
    stored = upright(sample, INVERSE[orientation])
    picture = decode(encode(stored, format_name, exif=exif_with_orientation(orientation), **options))
    assert np.array_equal(picture.pixels, sample)
    assert (picture.width, picture.height) == (96, 64)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["AVIF", "HEIF", "JPEG"])
def test_eight_orientations_come_out_upright_in_lossy_formats(
    format_name, orientation, sample, encode, exif_with_orientation
):
    stored = upright(sample, INVERSE[orientation])
    picture = decode(encode(stored, format_name, exif=exif_with_orientation(orientation), quality=95))
    assert picture.pixels.shape == sample.shape
    assert np.abs(picture.pixels.astype(int) - sample).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_turned_as_pillow_turns_it(orientation, sample, encode, exif_with_orientation):
    data = encode(sample, "JPEG", exif=exif_with_orientation(orientation))
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    assert np.array_equal(decode(data).pixels, expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_the_one_that_pillow_reads(orientation, exif_with_orientation):
    block = exif_with_orientation(orientation)
    assert exif_orientation(block) == orientation
    assert exif_orientation(block.removeprefix(b"Exif\0\0")) == orientation


def test_big_endian_blocks_are_read():
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    assert exif_orientation(block) == 6


@pytest.mark.parametrize("value", [0, 9, 255])
def test_an_impossible_orientation_counts_as_none(value):
    block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([value]) + b"\0\0\0\0\0\0"
    assert exif_orientation(block) == 1


@given(st.binary(max_size=200), st.integers(0, 200))
def test_damaged_blocks_never_raise(junk, cut):
    block = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + junk
    assert 1 <= exif_orientation(block[:cut]) <= 8
    assert 1 <= exif_orientation(b"II*\0" + junk) <= 8
