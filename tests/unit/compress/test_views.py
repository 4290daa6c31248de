"""Squares in other sizes and other cuts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.compress.views import at_side, cut_at_random, mirror_by_chance
from lookalike.images import Preprocessing


def test_squares_of_the_side_wanted_are_handed_back_as_they_are() -> None:
    squares = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3)).astype(np.uint8)
    assert at_side(squares, Preprocessing(size_pixels=16)) is squares
    assert at_side(squares[:0], Preprocessing(size_pixels=24)).shape == (0, 24, 24, 3)


@given(st.integers(0, 255), st.sampled_from([8, 12, 24]))
def test_one_colour_stays_that_colour_at_every_side(grey: int, side: int) -> None:
    squares = np.full((2, 16, 16, 3), grey, np.uint8)
    made = at_side(squares, Preprocessing(size_pixels=side))
    assert made.shape == (2, side, side, 3)
    assert made.dtype == np.uint8
    assert np.all(made == grey)


@given(st.integers(0, 2**32 - 1))
def test_a_cut_shows_a_square_part_of_at_least_a_third_of_the_picture(seed: int) -> None:
    ramp = np.linspace(0, 255, 64)
    squares = np.zeros((1, 64, 64, 3), np.uint8)
    squares[0, :, :, 0], squares[0, :, :, 1] = ramp[None, :], ramp[:, None]
    made = cut_at_random(squares, np.random.default_rng(seed))[0].astype(float)
    assert made.shape == (64, 64, 3)
    width, height = made[32, -1, 0] - made[32, 0, 0], made[-1, 32, 1] - made[0, 32, 1]
    assert abs(width - height) < 14
    assert 0.55 < width / 255 <= 1.0


def test_cuts_are_the_same_for_the_same_chance_and_differ_otherwise() -> None:
    squares = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype(np.uint8)
    first, second, third = (cut_at_random(squares, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_about_half_are_mirrored_and_the_others_left() -> None:
    squares = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3)).astype(np.uint8)
    made = squares.copy()
    mirror_by_chance(made, np.random.default_rng(1))
    plain = (made == squares).all((1, 2, 3))
    assert (plain | (made == squares[:, :, ::-1]).all((1, 2, 3))).all()
    assert 70 < plain.sum() < 130
