from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import ImageRejected
from lookalike.images import decode
from lookalike.images.jpeg import decode_jpeg, read_jpeg_header, reduced_size


def large(sample, times=8):
    rng = np.random.default_rng(3)
    pixels = sample.repeat(times, axis=0).repeat(times, axis=1).astype(int)
    return (pixels + rng.integers(-20, 20, pixels.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"quality": 30}]
)
def test_full_scale_pixels_equal_those_of_pillow(options, sample, encode):
    data = encode(large(sample), "JPEG", **options)
    assert np.array_equal(decode(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


def test_grey_pixels_equal_those_of_pillow(sample, encode):
    data = encode(Image.fromarray(sample).convert("L"), "JPEG")
    assert np.array_equal(decode(data).pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize("side", [512, 511, 257, 256, 128, 100, 64, 1])
def test_reduced_pixels_equal_a_draft_of_pillow_and_keep_the_shorter_side(side, sample, encode):
    data = encode(large(sample), "JPEG")
    picture = decode(data, shorter_side_pixels=side)
    height, width = picture.pixels.shape[:2]
    assert min(height, width) >= min(side, 512)
    assert (picture.width, picture.height) == (768, 512)
    assert picture.scale == width / 768
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (width, height))
    assert np.array_equal(picture.pixels, np.asarray(image))


def test_a_picture_is_never_enlarged(sample, encode):
    assert decode(encode(sample, "JPEG"), shorter_side_pixels=4000).pixels.shape == (64, 96, 3)


def test_the_reduced_size_is_what_the_decoder_gives(sample, encode):
    for width, height in [(96, 64), (95, 63), (17, 33), (641, 479)]:
        image = Image.fromarray(sample).resize((width, height))
        data = encode(image, "JPEG")
        header = read_jpeg_header(data)
        assert (header.width, header.height) == (width, height)
        for side in (1, 5, 8, 16, 31, 32, 120, 240, None):
            size = reduced_size(header, side)
            pixels = decode_jpeg(data, size)
            assert pixels is not None
            assert (pixels.shape[1], pixels.shape[0]) == size


def test_a_truncated_jpeg_is_refused_wherever_it_ends(sample, encode):
    data = encode(large(sample, 3), "JPEG")
    header = read_jpeg_header(data)
    for end in [3, 20, header.scan - 1, header.scan + 5, header.scan + 40, len(data) // 2, len(data) - 40]:
        with pytest.raises(ImageRejected) as caught:
            decode(data[:end])
        assert caught.value.reason == "truncated", end


def test_a_truncated_progressive_jpeg_is_refused(sample, encode):
    data = encode(large(sample, 3), "JPEG", progressive=True)
    for end in [len(data) // 3, len(data) // 2, len(data) - 60]:
        with pytest.raises(ImageRejected) as caught:
            decode(data[:end])
        assert caught.value.reason == "truncated", end


def test_a_jpeg_that_lacks_only_its_end_marker_is_whole(sample, encode):
    data = encode(sample, "JPEG")
    assert data.endswith(b"\xff\xd9")
    assert np.array_equal(decode(data[:-2]).pixels, decode(data).pixels)
    assert np.array_equal(decode(data[:-1]).pixels, decode(data).pixels)


def test_bytes_after_the_end_are_harmless(sample, encode):
    data = encode(sample, "JPEG")
    assert np.array_equal(decode(data + b"\0" * 500).pixels, decode(data).pixels)
    assert np.array_equal(decode(data + data).pixels, decode(data).pixels)


def test_pixels_missing_inside_are_corrupt_rather_than_grey(sample, encode):
    data = encode(large(sample, 3), "JPEG")
    middle = (read_jpeg_header(data).scan + len(data)) // 2
    with pytest.raises(ImageRejected) as caught:
        decode(data[:middle] + b"\xff\xd9")
    assert caught.value.reason == "corrupt"


def test_a_jpeg_without_a_frame_is_corrupt():
    with pytest.raises(ImageRejected) as caught:
        decode(b"\xff\xd8\xff\xd9" + bytes(30))
    assert caught.value.reason == "corrupt"


@pytest.mark.parametrize("inverted", [True, False])
def test_cmyk_becomes_rgb_as_with_pillow(inverted, sample, encode):
    data = encode(Image.fromarray(sample).convert("CMYK"), "JPEG", quality=95)
    picture = decode(data)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert picture.format == "jpeg"
    assert np.array_equal(picture.pixels, expected)


def test_a_profile_in_several_segments_is_put_together(sample, encode):
    profile = bytes(range(256)) * 600
    data = encode(sample, "JPEG", icc_profile=profile)
    assert read_jpeg_header(data).profile == profile


def test_a_jpeg_of_nothing_but_segments_is_refused_before_they_are_walked_through(sample, encode):
    data = encode(sample, "JPEG")
    for n_empty, refused in ((1_000, False), (200_000, True)):
        long = data[:2] + b"\xff\xfe\0\x02" * n_empty + data[2:]
        if not refused:
            assert np.array_equal(decode(long).pixels, decode(data).pixels)
            continue
        with pytest.raises(ImageRejected, match="segments") as caught:
            read_jpeg_header(long)
        assert caught.value.reason == "corrupt"


def test_fill_bytes_before_a_marker_are_passed_over(sample, encode):
    data = encode(sample, "JPEG")
    assert np.array_equal(decode(data[:2] + b"\xff" * 100_000 + data[2:]).pixels, decode(data).pixels)
    with pytest.raises(ImageRejected, match="ends inside its header"):
        read_jpeg_header(data[:2] + b"\xff" * 1_000)
