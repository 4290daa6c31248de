from __future__ import annotations

import io

import pytest
from PIL import Image

from lookalike.errors import ImageRejected, InvalidConfiguration
from lookalike.images import ImageLimits, decode
from lookalike.images.limits import read_within


def test_every_bad_limit_is_named_at_once():
    with pytest.raises(InvalidConfiguration) as caught:
        ImageLimits(max_bytes=0, max_pixels=0, min_side_pixels=0, timeout_seconds=0.0)
    for name in ("max_bytes", "max_pixels", "min_side_pixels", "timeout_seconds"):
        assert name in str(caught.value)


@pytest.mark.parametrize("n_bytes", [0, 1, 256 * 1024, 700_000])
def test_of_a_file_no_more_than_one_byte_too_many_is_read(n_bytes):
    data = bytes(range(256)) * (n_bytes // 256) + b"x" * (n_bytes % 256)
    assert read_within(io.BytesIO(data), 2**80) == data
    assert read_within(io.BytesIO(data + b"more"), n_bytes) == data + b"m"
    for likely_bytes in (n_bytes, n_bytes // 2, 2 * n_bytes):
        assert read_within(io.BytesIO(data + b"more"), n_bytes, likely_bytes=likely_bytes) == data + b"m"
        assert read_within(io.BytesIO(data), 2**80, likely_bytes=likely_bytes) == data


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF", "PPM", "ICO"])
def test_more_pixels_than_allowed_are_refused_in_every_format(format_name, sample, encode):
    limits = ImageLimits(max_pixels=96 * 64 - 1) if format_name != "ICO" else ImageLimits(max_pixels=16)
    with pytest.raises(ImageRejected) as caught:
        decode(encode(sample, format_name), limits=limits)
    assert caught.value.reason == "too_many_pixels"
    assert "expected at most" in caught.value.detail


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_as_many_pixels_as_allowed_pass(format_name, sample, encode):
    limits = ImageLimits(max_pixels=96 * 64, min_side_pixels=64)
    assert decode(encode(sample, format_name), limits=limits).pixels.shape == (64, 96, 3)


def test_a_jpeg_2000_may_have_a_third_of_the_pixels(sample, encode):
    data = encode(sample, "JPEG2000")
    assert decode(data, limits=ImageLimits(max_pixels=3 * 96 * 64)).format == "jpeg2000"
    with pytest.raises(ImageRejected) as caught:
        decode(data, limits=ImageLimits(max_pixels=3 * 96 * 64 - 1))
    assert caught.value.reason == "too_many_pixels"


def test_too_many_bytes_are_refused_before_anything_is_looked_at(sample, encode):
    data = encode(sample, "PNG")
    assert decode(data, limits=ImageLimits(max_bytes=len(data))).format == "png"
    with pytest.raises(ImageRejected) as caught:
        decode(data, limits=ImageLimits(max_bytes=len(data) - 1))
    assert caught.value.reason == "too_many_bytes"


def test_a_spacer_of_one_pixel_is_too_small(encode, sample):
    with pytest.raises(ImageRejected) as caught:
        decode(encode(sample[:1, :1], "GIF"))
    assert caught.value.reason == "too_small"
    assert decode(encode(sample[:2, :2], "GIF")).width == 2


@pytest.mark.parametrize("progressive", [False, True])
def test_the_least_side_is_that_of_the_file_however_far_it_is_reduced(progressive, encode, sample):
    data = encode(np_tile(sample, 8), "JPEG", progressive=progressive)
    limits = ImageLimits(min_side_pixels=512)
    assert decode(data, limits=limits, shorter_side_pixels=100).pixels.shape == (128, 192, 3)
    with pytest.raises(ImageRejected, match="received 768 x 512 pixels, expected at least 513"):
        decode(data, limits=ImageLimits(min_side_pixels=513), shorter_side_pixels=100)


def test_the_least_side_of_a_jpeg_in_four_inks_is_that_of_the_file(encode, sample):
    data = encode(Image.fromarray(np_tile(sample, 8)).convert("CMYK"), "JPEG")
    assert decode(data, limits=ImageLimits(min_side_pixels=512), shorter_side_pixels=100).width == 768


def test_a_reduced_jpeg_counts_at_the_scale_it_is_decoded_at(encode, sample):
    data = encode(np_tile(sample, 8), "JPEG")
    limits = ImageLimits(max_pixels=250 * 400)
    assert decode(data, limits=limits, shorter_side_pixels=200).pixels.shape == (256, 384, 3)
    with pytest.raises(ImageRejected) as caught:
        decode(data, limits=limits)
    assert caught.value.reason == "too_many_pixels"


def test_a_progressive_jpeg_counts_in_full_whatever_the_scale(encode, sample):
    data = encode(np_tile(sample, 8), "JPEG", progressive=True)
    with pytest.raises(ImageRejected) as caught:
        decode(data, limits=ImageLimits(max_pixels=250 * 400), shorter_side_pixels=64)
    assert caught.value.reason == "too_many_pixels"


def np_tile(pixels, times):
    return pixels.repeat(times, axis=0).repeat(times, axis=1)
