"""Claims about `lookalike.images.tinting`."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.images.tinting import spread_map, tinted


def spread_by_loops(values, window, width, height):
    rows, columns = values.shape
    left, upper, right, lower = window
    result = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            if not (left <= x + 0.5 <= right and upper <= y + 0.5 <= lower):
                continue
            across = min(max((x + 0.5 - left) / (right - left) * columns - 0.5, 0), columns - 1)
            down = min(max((y + 0.5 - upper) / (lower - upper) * rows - 0.5, 0), rows - 1)
            c, r = int(across), int(down)
            c2, r2 = min(c + 1, columns - 1), min(r + 1, rows - 1)
            a, d = across - c, down - r
            top = values[r, c] * (1 - a) + values[r, c2] * a
            bottom = values[r2, c] * (1 - a) + values[r2, c2] * a
            result[y, x] = top * (1 - d) + bottom * d
    return result


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 5))
def test_a_grid_is_spread_as_loops_spread_it(seed: int, rows: int, columns: int):
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(rows, columns))
    window = (-2.5, 1.0, 17.5, 12.0)
    spread = spread_map(values, window, width=15, height=14)
    np.testing.assert_allclose(spread, spread_by_loops(values, window, 15, 14), atol=1e-5)


def test_nothing_lies_outside_the_window():
    spread = spread_map(np.ones((2, 2)), (5.0, 5.0, 10.0, 10.0), width=20, height=20)
    assert spread[5:10, 5:10] == pytest.approx(np.ones((5, 5)))
    assert spread.sum() == pytest.approx(25)


def test_a_tint_is_the_stronger_the_larger_the_value_and_never_leaves_the_range():
    pixels = np.full((1, 5, 3), 200, np.uint8)
    result = tinted(pixels, np.asarray([[0.0, 0.3, 0.6, 1.0, 7.0]])).astype(int)
    greens = result[0, :, 1]
    assert all(a > b for a, b in itertools.pairwise(greens[:4]))
    assert np.array_equal(result[0, 3], result[0, 4])
