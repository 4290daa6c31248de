from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lookalike.images.structure import ends_early, has_many_chunks, is_animated_png, stated_size


@pytest.mark.parametrize(
    ("format_name", "options"),
    [("PNG", {}), ("GIF", {}), ("WEBP", {"lossless": True}), ("WEBP", {}), ("WEBP", {"exif": b"Exif\0\0MM\0*"})],
)
def test_the_stated_size_is_the_size(format_name, options, sample, encode):
    assert stated_size(format_name.lower(), encode(sample, format_name, **options)) == (96, 64)


def test_a_gif_whose_frame_is_larger_than_its_screen_states_the_frame(sample, encode):
    data = bytearray(encode(sample, "GIF"))
    data[6:10] = b"\x01\0\x01\0"
    assert stated_size("gif", bytes(data)) == (96, 64)


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "HEIF", "AVIF"])
def test_a_missing_end_is_seen_in_the_container(format_name, sample, encode):
    data = encode(sample, format_name)
    assert not ends_early(format_name.lower(), data)
    for n_missing in (2, 20, len(data) // 2):
        assert ends_early(format_name.lower(), data[:-n_missing])


def test_an_animated_png_is_told_from_a_still_one(sample, encode):
    still = Image.fromarray(sample)
    assert not is_animated_png(encode(still, "PNG"))
    assert is_animated_png(encode(still, "PNG", save_all=True, append_images=[Image.fromarray(255 - sample)]))


def test_what_takes_longer_to_walk_through_than_to_decode_is_seen_before_it_is_walked_through(sample, encode):
    png, gif = encode(sample, "PNG"), encode(sample, "GIF")
    empty = b"\0\0\0\0abCd\0\0\0\0"
    assert not has_many_chunks("png", png)
    assert not has_many_chunks("png", png[:33] + empty * 1_000 + png[33:])
    assert has_many_chunks("png", png[:33] + empty * 30_000 + png[33:])
    assert has_many_chunks("png", png[:-12] + empty * 30_000 + png[-12:])
    frame = gif.index(b",", 13 + 3 * 256)
    for comment in (b"\x21\xfe\0" * 300_000, b"\x21\xfe" + b"\x01a" * 300_000 + b"\0"):
        assert stated_size("gif", gif[:frame] + comment + gif[frame:]) is None
    assert stated_size("gif", gif[:frame] + b"\x21\xfe\0" * 1_000 + gif[frame:]) == (96, 64)


@given(st.sampled_from(["png", "gif", "webp", "heif", "avif", "jpeg"]), st.binary(max_size=200))
def test_any_bytes_are_answered(format_name, data):
    heads = {"png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF89a", "webp": b"RIFF\0\0\0\0WEBP"}
    size = stated_size(format_name, heads.get(format_name, b"") + data)
    assert size is None or len(size) == 2
    assert ends_early(format_name, heads.get(format_name, b"") + data) in (True, False)
    assert is_animated_png(data) in (True, False)


def test_sizes_of_webp_agree_with_pillow(encode):
    for width, height in [(1, 1), (257, 3), (300, 1000)]:
        pixels = np.zeros((height, width, 3), dtype=np.uint8)
        for options in ({}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}):
            assert stated_size("webp", encode(pixels, "WEBP", **options)) == (width, height)
