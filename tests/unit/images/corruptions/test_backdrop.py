"""The object before an even backdrop is found, and nothing is claimed where there is none."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.images.corruptions.backdrop import foreground, reached_from_border
from lookalike.images.corruptions.background import background_exchange


def flooded(open_: np.ndarray) -> np.ndarray:
    height, width = open_.shape
    reached = np.zeros_like(open_)
    waiting = [
        (row, column)
        for row in range(height)
        for column in range(width)
        if open_[row, column] and (row in (0, height - 1) or column in (0, width - 1))
    ]
    while waiting:
        row, column = waiting.pop()
        if not (0 <= row < height and 0 <= column < width) or reached[row, column] or not open_[row, column]:
            continue
        reached[row, column] = True
        waiting += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
    return reached


@settings(max_examples=60)
@given(st.integers(2, 20), st.integers(2, 20), st.floats(0.2, 0.9), st.integers(0, 10_000))
def test_reaching_from_the_border_is_a_flood(height: int, width: int, share: float, seed: int) -> None:
    open_ = np.random.default_rng(seed).random((height, width)) < share
    assert np.array_equal(reached_from_border(open_), flooded(open_))


def test_the_object_is_found_also_under_a_lamp_from_one_side(pixels: np.ndarray) -> None:
    outline = foreground(pixels)
    assert outline is not None
    assert outline[48, 54]  # in the disk
    assert outline[70, 84]  # in the box
    assert not outline[2, 2]
    assert not outline[90, 110]
    assert 0.2 < outline.mean() < 0.4


def test_a_hole_of_the_backdrops_colour_belongs_to_the_object(pixels: np.ndarray) -> None:
    pixels[44:52, 50:58] = pixels[0, 0]
    outline = foreground(pixels)
    assert outline is not None
    assert outline[47, 54]


def test_no_outline_is_claimed_of_a_picture_without_backdrop() -> None:
    generator = np.random.default_rng(1)
    noise = generator.integers(0, 256, (60, 60, 3), dtype=np.uint8)
    assert foreground(noise) is None
    assert background_exchange(noise, 3, generator) is None
    assert foreground(np.full((60, 60, 3), 200, dtype=np.uint8)) is None


def test_the_object_stays_and_what_is_behind_it_goes(pixels: np.ndarray) -> None:
    outline = foreground(pixels)
    assert outline is not None
    inner = (
        outline & np.roll(outline, 3, 0) & np.roll(outline, -3, 0) & np.roll(outline, 3, 1) & np.roll(outline, -3, 1)
    )
    exchanged = background_exchange(pixels, 5, np.random.default_rng(2))
    assert exchanged is not None
    moved = np.abs(exchanged.astype(int) - pixels).max(axis=2)
    assert np.quantile(moved[inner], 0.99) <= 2
    assert np.median(moved[~outline]) > 20


def test_a_known_outline_is_used(pixels: np.ndarray) -> None:
    noise = np.random.default_rng(1).integers(0, 256, pixels.shape, dtype=np.uint8)
    outline = np.zeros(pixels.shape[:2], dtype=np.bool_)
    outline[20:60, 20:60] = True
    exchanged = background_exchange(noise, 1, np.random.default_rng(2), outline)
    assert exchanged is not None
    assert np.array_equal(exchanged[25:55, 25:55], noise[25:55, 25:55])
    assert len(np.unique(exchanged[70:].reshape(-1, 3), axis=0)) == 1
