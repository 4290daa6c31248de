"""A mark that some pictures share is found, with those that carry it; pictures without one have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.kept import KeptPictures
from lookalike.catalog.product import ImageSource
from lookalike.evaluate.health.shelf import Shelf
from lookalike.evaluate.health.watermarks import LEAST_PICTURES, find_mark, judge_watermarks
from lookalike.images.texture import TEXTURE_SIDE
from lookalike.types import ImageKey, PictureKey, ProductId

N = 3 * LEAST_PICTURES


def noise(generator: np.random.Generator, n: int = N) -> np.ndarray:
    return np.clip(generator.normal(0, 4, (n, TEXTURE_SIDE * TEXTURE_SIDE)), -12, 12).astype(np.int8)


def strokes() -> np.ndarray:
    mark = np.zeros((TEXTURE_SIDE, TEXTURE_SIDE))
    for at in range(20, 76, 6):
        mark[44:52, at], mark[44:52, at + 1] = 8, -8
    return mark.reshape(-1)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.8])
def test_carriers_of_a_mark_are_told_from_the_rest(share: float) -> None:
    generator = np.random.default_rng(3)
    textures = noise(generator)
    carriers = np.zeros(N, dtype=bool)
    carriers[generator.choice(N, int(share * N), replace=False)] = True
    textures[carriers] = np.clip(textures[carriers] + strokes(), -12, 12).astype(np.int8)
    mark = find_mark(textures)
    assert mark is not None
    assert (mark.carriers == carriers).mean() > 0.99


def test_pictures_without_a_mark_and_few_pictures_have_none() -> None:
    generator = np.random.default_rng(4)
    assert find_mark(noise(generator)) is None
    marked = np.clip(noise(generator, LEAST_PICTURES - 1) + strokes(), -12, 12).astype(np.int8)
    assert find_mark(marked) is None


def test_a_mark_at_another_place_in_each_picture_is_no_mark() -> None:
    generator = np.random.default_rng(5)
    textures = noise(generator)
    square = strokes().reshape(TEXTURE_SIDE, TEXTURE_SIDE)
    for row in range(N):
        moved = np.roll(square, tuple(generator.integers(0, TEXTURE_SIDE, 2)), axis=(0, 1)).reshape(-1)
        textures[row] = np.clip(textures[row] + moved, -12, 12).astype(np.int8)
    assert find_mark(textures) is None


def shelf_of(*widths: int) -> Shelf:
    """Products with one picture each, 64 pixels high and so wide."""
    n = len(widths)
    rows = np.arange(n, dtype=np.int64)
    images = tuple(
        ImageSource(
            ImageKey(row),
            PictureKey(row),
            f"{row}.jpg",
            f"{row:064x}",
            ProductId(f"p{row}"),
            None,
            False,
            width,
            64,
            "png",
        )
        for row, width in enumerate(widths)
    )
    ids = tuple(image.product_id for image in images)
    return Shelf(images, rows, rows, rows, rows, (None,) * n, ids, ("",) * n, ("",) * n, sequence=1)


def test_pictures_of_rare_proportions_are_counted_as_not_looked_at(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    few = shelf_of(*[64] * (LEAST_PICTURES - 1), *[128] * (LEAST_PICTURES - 1))
    assert judge_watermarks(few, kept, left_out=frozenset(), n_workers=1) == ((), 2 * (LEAST_PICTURES - 1))
    many = shelf_of(*[64] * LEAST_PICTURES, 128, 128, 128)
    assert judge_watermarks(many, kept, left_out=frozenset({len(many.images) - 1}), n_workers=1) == ((), 2)
