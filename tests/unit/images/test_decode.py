from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import ImageRejected
from lookalike.images import decode

FORMATS = ["AVIF", "BMP", "GIF", "HEIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "TGA", "TIFF", "WEBP"]
LOSSLESS = ["BMP", "PNG", "PPM", "TGA", "TIFF"]


@pytest.mark.parametrize("format_name", LOSSLESS)
def test_lossless_formats_come_out_pixel_by_pixel(format_name, sample, encode):
    assert np.array_equal(decode(encode(sample, format_name)).pixels, sample)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_gives_contiguous_bytes_of_the_stated_size(format_name, sample, encode):
    square = sample[:64, :64]
    picture = decode(encode(square, format_name))
    assert picture.pixels.shape == (picture.height, picture.width, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.c_contiguous
    assert picture.scale == 1.0


@pytest.mark.parametrize("format_name", ["PNG", "GIF", "WEBP", "AVIF", "TIFF"])
def test_the_first_frame_stands_for_an_animation(format_name, sample, encode):
    others = [Image.fromarray(255 - sample), Image.fromarray(sample // 2)]
    data = encode(Image.fromarray(sample), format_name, save_all=True, append_images=others, duration=50)
    assert np.abs(decode(data).pixels.astype(int) - sample).mean() < 12


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_first_half_of_a_file_is_refused(format_name, sample, encode):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encode(noise, format_name)
    with pytest.raises(ImageRejected) as caught:
        decode(data[: len(data) // 2])
    # A JPEG 2000 stream may end anywhere: less of it is a coarser picture, but Pillow still tells.
    assert caught.value.reason in ("truncated", "corrupt", "not_an_image")
    if format_name not in ("ICO", "TGA", "JPEG2000"):
        assert caught.value.reason == "truncated"


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF", "AVIF", "BMP"])
def test_other_formats_are_reduced_too_and_keep_the_shorter_side(format_name, sample, encode):
    large = sample.repeat(10, axis=0).repeat(10, axis=1)
    picture = decode(encode(large, format_name), shorter_side_pixels=100)
    assert picture.pixels.shape == (107, 160, 3)
    assert (picture.width, picture.height) == (960, 640)
    assert picture.scale == pytest.approx(1 / 6, abs=0.001)


@pytest.mark.parametrize("mode", ["P", "1", "L", "LA", "RGBA", "I;16"])
def test_every_mode_is_reduced(mode, sample, encode):
    large = Image.fromarray(sample).convert("L" if mode == "I;16" else mode).resize((960, 640), 0)
    if mode == "I;16":
        large = Image.fromarray(np.asarray(large).astype(np.uint16) * 257)
    whole = decode(encode(large, "PNG"))
    part = decode(encode(large, "PNG"), shorter_side_pixels=160)
    assert part.pixels.shape == (160, 240, 3)
    averages = whole.pixels.reshape(160, 4, 240, 4, 3).mean(axis=(1, 3))
    assert np.abs(part.pixels - averages).max() <= 1


def test_a_damaged_checksum_is_corrupt(sample, encode):
    data = bytearray(encode(sample, "PNG"))
    at = data.index(b"IDAT") + 30
    data[at] ^= 0xFF
    with pytest.raises(ImageRejected) as caught:
        decode(bytes(data))
    assert caught.value.reason == "corrupt"
    assert "png" in caught.value.detail


def test_threads_decode_what_one_thread_does(sample, encode):
    files = [encode(np.roll(sample, i, axis=1), name) for i in range(4) for name in ("JPEG", "PNG", "WEBP", "AVIF")]
    expected = [decode(data).pixels for data in files]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            for pixels, picture in zip(expected, pool.map(decode, files), strict=True):
                assert np.array_equal(pixels, picture.pixels)


def test_a_png_bomb_is_refused_by_its_header(encode):
    data = bytearray(encode(np.zeros((2, 2, 3), dtype=np.uint8), "PNG"))
    data[16:24] = b"\0\1\0\0\0\1\0\0"
    with pytest.raises(ImageRejected) as caught:
        decode(bytes(data))
    assert caught.value.reason == "too_many_pixels"


def test_a_sentence_says_what_was_received_and_expected():
    with pytest.raises(ImageRejected) as caught:
        decode(b"GET / HTTP/1.1\r\n\r\n" + b" " * 40)
    assert caught.value.reason == "not_an_image"
    assert "received text" in caught.value.detail
    assert "expected" in caught.value.detail
