"""The depth buffer agrees with asking every triangle at every pixel."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.sources.drawn.raster import rasterise


def _plainly(corners: np.ndarray, width: int, height: int) -> np.ndarray:
    """Nearness at every pixel by loops; NaN where a pixel centre is too close to an edge to call."""
    near = np.full((height, width), -np.inf)
    for row in range(height):
        for column in range(width):
            x, y = column + 0.5, row + 0.5
            for (ax, ay, an), (bx, by, bn), (cx, cy, cn) in corners:
                area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
                if area > -1e-3:
                    continue
                second = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
                third = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
                first = 1 - second - third
                lowest = min(first, second, third)
                if abs(lowest) < 1e-6:
                    near[row, column] = np.nan
                elif lowest > 0:
                    near[row, column] = max(near[row, column], first * an + second * bn + third * cn)
    return near


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_the_nearest_front_face_wins_at_every_pixel(seed: int, n_triangles: int) -> None:
    rng = np.random.default_rng(seed)
    corners = np.concatenate(
        [rng.uniform(-4, 20, (n_triangles, 3, 2)), rng.uniform(0.1, 1.0, (n_triangles, 3, 1))], axis=2
    )
    seen, near = rasterise(corners, 16, 12)
    expected = _plainly(corners, 16, 12).ravel()
    sure = ~np.isnan(expected)
    np.testing.assert_allclose(near[sure], expected[sure], rtol=1e-3, atol=1e-3)
    assert ((seen >= 0) == np.isfinite(near)).all()


def test_back_faces_are_not_drawn() -> None:
    front = np.array([[[1.0, 1, 1], [1, 9, 1], [9, 1, 1]]])
    assert (rasterise(front, 10, 10)[0] >= 0).any()
    assert (rasterise(front[:, ::-1], 10, 10)[0] == -1).all()


def test_two_triangles_of_a_square_leave_no_gap() -> None:
    a, b, c, d = [0.3, 0.4, 1.0], [0.3, 15.2, 1.0], [14.7, 15.2, 1.0], [14.7, 0.4, 1.0]
    seen, _ = rasterise(np.array([[a, b, c], [a, c, d]]), 16, 16)
    assert (seen.reshape(16, 16)[1:14, 1:14] >= 0).all()


def test_nothing_in_the_picture_leaves_it_empty() -> None:
    seen, near = rasterise(np.array([[[-9.0, 1, 1], [-9, 9, 1], [-1, 1, 1]]]), 8, 8)
    assert (seen == -1).all()
    assert np.isneginf(near).all()
