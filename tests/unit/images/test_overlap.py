"""Copies overlap, other things do not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lookalike.images.overlap import overlap
from lookalike.types import Pixels

COPY = 0.985


def thing(seed: int, *, tint: tuple[int, int, int] = (0, 0, 0)) -> Image.Image:
    generator = np.random.default_rng(seed)
    image = Image.new("RGB", (300, 260), "#f4f2ee")
    pen = ImageDraw.Draw(image)
    for _ in range(7):
        x, y, width, height = generator.integers(20, 160, 4)
        shade = generator.integers(0, 200, 3) * (np.array(tint) == 0) + np.array(tint)
        pen.ellipse((int(x), int(y), int(x + width), int(y + height) % 250 + int(y)), fill=tuple(map(int, shade)))
    return image


def pixels(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"))


def recompressed(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=35)
    return Image.open(out)


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_overlaps_however_it_was_changed(seed: int) -> None:
    image = thing(seed)
    width, height = image.size
    changed = {
        "the same": image,
        "recompressed": recompressed(image),
        "half the size": image.resize((width // 2, height // 2)),
        "stretched a little": image.resize((width, height * 9 // 10)),
        "cropped": image.crop((width // 12, height // 20, width * 19 // 20, height)),
        "cropped to 82%": image.crop((width // 11, height // 11, width * 10 // 11, height * 10 // 11)),
    }
    for how, copy in changed.items():
        assert overlap(pixels(image), pixels(copy)) > COPY, how


def test_another_thing_another_colour_and_a_mirror_image_do_not() -> None:
    one = thing(1)
    assert overlap(pixels(one), pixels(thing(2))) < 0.9
    assert overlap(pixels(thing(1, tint=(200, 40, 30))), pixels(thing(1, tint=(30, 60, 200)))) < COPY
    assert overlap(pixels(one), pixels(one.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) < COPY


def test_pictures_of_one_colour_overlap_where_the_colours_are_the_same() -> None:
    white, black = (np.full((40, 60, 3), value, dtype=np.uint8) for value in (255, 0))
    assert overlap(white, white) == 1.0
    assert overlap(white, black) == 0.0
    assert overlap(white, pixels(thing(1))) == 0.0


@given(st.integers(0, 50), st.integers(0, 50))
def test_overlap_is_symmetric_and_bounded(first: int, second: int) -> None:
    one, other = pixels(thing(first)), pixels(thing(second))
    there = overlap(one, other)
    assert there == pytest.approx(overlap(other, one), abs=1e-6)
    assert -1.0 <= there <= 1.0 + 1e-6
