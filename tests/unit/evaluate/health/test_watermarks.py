"""A mark that some pictures share is found, with those that carry it; pictures without one have none."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.evaluate.health.watermarks import LEAST_PICTURES, find_mark
from lookalike.images.texture import TEXTURE_SIDE

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
