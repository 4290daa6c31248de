"""Claims about `lookalike.train.augmentation.geometry` and `draws`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.augmentation.draws import CHANCES, Draws, draw
from lookalike.train.augmentation.geometry import homographies, through_corners

STILL = AugmentationConfig(
    crop_area=(1.0, 1.0),
    crop_aspect=1.0,
    rotation_degrees=0.0,
    shift=0.0,
    scale=(1.0, 1.0),
    perspective=0.0,
    geometry_probability=1.0,
)
SQUARE = np.asarray([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])


def fixed(**values: float) -> Draws:
    """One picture whose chances are a half, except these."""
    return Draws(np.asarray([[values.get(name, 0.5) for name in CHANCES]]))


def mapped(matrix: np.ndarray, x: float, y: float) -> tuple[float, float]:
    """Where a place goes, in plain arithmetic."""
    u, v, w = (sum(row[i] * value for i, value in enumerate((x, y, 1.0))) for row in matrix.tolist())
    return u / w, v / w


def test_nothing_asked_for_is_nothing_done() -> None:
    assert np.allclose(homographies(STILL, draw(1, 0, range(20)), mirror=False), np.eye(3))


def test_mirroring_swaps_left_and_right_of_half_the_pictures() -> None:
    maps = homographies(STILL, draw(1, 0, range(400)), mirror=True)
    swapped = maps[:, 0, 0] < 0
    assert 0.4 < float(swapped.mean()) < 0.6
    assert np.allclose(maps[swapped], np.diag([-1.0, 1.0, 1.0]))


def test_a_turn_by_a_quarter_brings_the_top_to_the_right() -> None:
    config = replace(STILL, rotation_degrees=90.0)
    turned = homographies(config, fixed(rotation=1.0), mirror=False)[0]
    assert mapped(turned, 1.0, 0.0) == pytest.approx((0.0, 1.0), abs=1e-9)


def test_enlarging_shows_less_and_shifting_moves_by_a_share_of_the_side() -> None:
    larger = homographies(replace(STILL, scale=(0.5, 2.0)), fixed(scale=1.0), mirror=False)[0]
    assert mapped(larger, 1.0, 1.0) == pytest.approx((0.5, 0.5))
    moved = homographies(replace(STILL, shift=0.1), fixed(shift_x=1.0, shift_y=0.0), mirror=False)[0]
    assert mapped(moved, 0.0, 0.0) == pytest.approx((0.2, -0.2))


@given(st.floats(0.05, 1.0), st.floats(1.0, 4.0), st.integers(0, 999))
def test_a_crop_has_its_area_and_lies_inside(area: float, aspect: float, row: int) -> None:
    config = replace(STILL, crop_area=(area, area), crop_aspect=aspect)
    matrix = homographies(config, draw(3, 0, [row]), mirror=False)[0]
    corners = np.asarray([mapped(matrix, x, y) for x, y in SQUARE])
    sides = corners.max(axis=0) - corners.min(axis=0)
    assert float(sides.prod()) / 4 == pytest.approx(area, rel=1e-9)
    assert np.abs(corners).max() <= 1 + 1e-9
    assert float(max(sides) / min(sides)) <= aspect * (1 + 1e-9)


@settings(max_examples=40)
@given(st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=8))
def test_corners_come_to_where_they_are_sent_and_straight_lines_stay_straight(moves: list[float]) -> None:
    corners = SQUARE + np.asarray(moves).reshape(4, 2)
    matrix = through_corners(corners[None])[0]
    for corner, (x, y) in zip(corners, SQUARE, strict=True):
        assert mapped(matrix, x, y) == pytest.approx(tuple(corner), abs=1e-6)
    a, b, c = (np.asarray(mapped(matrix, t, 0.3)) for t in (-1.0, 0.1, 1.0))
    assert abs(float(np.cross([*(b - a), 0], [*(c - a), 0])[2])) < 1e-6


@given(st.integers(0, 2**20), st.integers(0, 50), st.integers(0, 2**20))
def test_chances_depend_on_seed_epoch_and_number_alone(seed: int, epoch: int, row: int) -> None:
    alone = draw(seed, epoch, [row]).even[0]
    assert np.array_equal(draw(seed, epoch, [row + 1, row, 0]).even[1], alone)
    for other in (draw(seed + 1, epoch, [row]), draw(seed, epoch + 1, [row]), draw(seed, epoch, [row + 1])):
        assert not np.array_equal(other.even[0], alone)
