"""Traits tell sharp from soft, light from dark and flat from busy, whatever is on the picture."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw, ImageFilter

from lookalike.images.traits import PictureTraits, measure_traits
from lookalike.types import Pixels


def scene(side: int = 400) -> Image.Image:
    image = Image.new("RGB", (side, side), "#e8e4dc")
    pen = ImageDraw.Draw(image)
    for step in range(8):
        at = side * step // 10
        pen.rectangle((at, at // 2, at + side // 8, at // 2 + side // 3), fill=(200 - 20 * step, 60 + 15 * step, 90))
    return image


def pixels(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("softness", [1.5, 2.0, 3.0])
def test_the_softness_of_edges_is_measured_in_pixels(softness: float) -> None:
    measured = measure_traits(pixels(scene().filter(ImageFilter.GaussianBlur(softness)))).blur_pixels
    assert measured == pytest.approx(softness, rel=0.25)


def test_a_sharp_picture_is_much_sharper_than_its_blurred_copy() -> None:
    assert measure_traits(pixels(scene())).blur_pixels < 1.0


def test_a_picture_without_edges_has_no_softness() -> None:
    assert np.isnan(measure_traits(np.full((64, 64, 3), 120, dtype=np.uint8)).blur_pixels)


def test_one_colour_is_flat_and_has_no_entropy() -> None:
    traits = measure_traits(np.full((64, 48, 3), (10, 120, 200), dtype=np.uint8))
    assert (traits.flat_share, traits.edge_share, traits.colour_bits, traits.ground_share) == (1.0, 0.0, 0.0, 1.0)


def test_entropy_is_that_of_the_counted_colours() -> None:
    image = np.zeros((16, 16, 3), dtype=np.uint8)
    image[:, 8:] = 255
    assert measure_traits(image).colour_bits == pytest.approx(1.0)
    assert measure_traits(image).ground_share == pytest.approx(0.5)


def test_light_is_told_from_dark() -> None:
    dark = measure_traits(pixels(scene().point(lambda value: value // 5)))
    light = measure_traits(pixels(scene().point(lambda value: 210 + value // 6)))
    assert dark.luma_high < 0.25
    assert light.luma_low > 0.8
    assert dark.luma_low <= dark.luma_mean <= dark.luma_high


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_any_picture_has_traits_in_range_that_do_not_depend_on_its_orientation(image: Pixels) -> None:
    traits = measure_traits(image)
    assert all(
        0 <= value <= 1
        for name, value in zip(PictureTraits.names(), astuple(traits), strict=True)
        if name not in ("blur_pixels", "colour_bits")
    )
    assert 0 <= traits.colour_bits <= 12
    mirrored = measure_traits(np.ascontiguousarray(image[:, ::-1]))
    assert mirrored.colour_bits == pytest.approx(traits.colour_bits)
    assert mirrored.luma_mean == pytest.approx(traits.luma_mean, abs=1e-6)
    assert mirrored.edge_share == pytest.approx(traits.edge_share, abs=1e-6)


def test_a_very_soft_picture_is_not_taken_for_a_sharp_one() -> None:
    assert measure_traits(pixels(scene().filter(ImageFilter.GaussianBlur(6)))).blur_pixels > 3
