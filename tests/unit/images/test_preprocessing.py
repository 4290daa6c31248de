"""Preprocessing: what each fit keeps, that it is what everybody else does, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lookalike.images.preprocessing import Preprocessing

sides = st.integers(40, 400)


def photograph(width: int, height: int, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


@settings(max_examples=60)
@given(sides, sides)
def test_a_crop_equals_resizing_the_shorter_side_and_cutting_out_the_centre(width: int, height: int) -> None:
    pixels = photograph(width, height)
    shorter = 240
    resized = (int(shorter * width / height), shorter) if width > height else (shorter, int(shorter * height / width))
    image = Image.fromarray(pixels).resize(resized, Image.Resampling.BICUBIC)
    left, upper = round((image.width - 224) / 2), round((image.height - 224) / 2)
    expected = np.asarray(image.crop((left, upper, left + 224, upper + 224))).astype(np.int16)
    received = Preprocessing(224, fit="crop", crop_fraction=224 / 240).apply(pixels).astype(np.int16)
    # One resampling of the part instead of the whole differs by rounding only.
    assert np.abs(received - expected).mean() < 0.5
    assert np.abs(received - expected).max() <= 8


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
@pytest.mark.parametrize(("width", "height"), [(300, 200), (200, 300), (1, 500), (500, 2), (3, 3)])
def test_every_fit_gives_the_square_that_the_model_takes(fit: str, width: int, height: int) -> None:
    square = Preprocessing(64, fit=fit, crop_fraction=0.9).apply(photograph(width, height))  # type: ignore[arg-type]
    assert square.shape == (64, 64, 3)
    assert square.dtype == np.uint8


def test_squashing_equals_plain_pillow() -> None:
    pixels = photograph(300, 170)
    expected = np.asarray(Image.fromarray(pixels).resize((224, 224), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(Preprocessing(224, fit="squash").apply(pixels), expected)


def test_padding_keeps_the_whole_picture_and_fills_with_the_grey_that_was_asked_for() -> None:
    black = np.zeros((100, 50, 3), dtype=np.uint8)
    square = Preprocessing(80, fit="pad", pad_value=200).apply(black)
    assert (square[:, 20:60] == 0).all()
    assert (square[:, :20] == 200).all()
    assert (square[:, 60:] == 200).all()


def test_a_crop_leaves_the_edges_out() -> None:
    framed = np.full((240, 240, 3), 255, dtype=np.uint8)
    framed[8:-8, 8:-8] = 0
    assert Preprocessing(224, fit="crop", crop_fraction=224 / 240).apply(framed).max() == 0


def test_every_bad_field_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"size_pixels must be .*crop_fraction must be .*std must be positive"):
        Preprocessing(2, crop_fraction=2.0, std=(0.0, 1.0, 1.0))
