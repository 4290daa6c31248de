"""Claims about `lookalike.train.watching.neighbours`."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.train.watching.neighbours import nearest_rows, neighbours_picture


@given(st.integers(0, 2**20), st.integers(2, 12), st.integers(1, 14))
def test_the_nearest_are_those_of_a_plain_sort(seed: int, n: int, n_nearest: int) -> None:
    generator = np.random.default_rng(seed)
    vectors = generator.integers(-2, 3, (n, 3)).astype(np.float32)
    found = nearest_rows(vectors, [0, n - 1], n_nearest)
    for query, rows in zip([0, n - 1], found.tolist(), strict=True):
        others = [row for row in range(n) if row != query]
        expected = sorted(others, key=lambda row: (-float(vectors[query] @ vectors[row]), row))
        assert rows == expected[:n_nearest]


def test_right_neighbours_are_green_and_wrong_ones_red() -> None:
    pictures = np.full((3, 20, 20, 3), 90, dtype=np.uint8)
    picture = neighbours_picture(pictures, np.array([5, 5, 6]), [0], np.array([[1, 2]]), tile_pixels=20)
    assert picture.shape == (28, 3 * 28, 3)
    red, green = picture[0, ::28, 0].tolist(), picture[0, ::28, 1].tolist()
    assert (green[1] > red[1], red[2] > green[2]) == (True, True)
    assert picture[14, 14].tolist() == [90, 90, 90]
