"""Perspective brings corners where they are told to come; elastic keeps colours."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.images.corruptions.warp import elastic, perspective

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def test_corners_that_stay_leave_the_picture_as_it_is(pixels: np.ndarray) -> None:
    assert np.array_equal(perspective(pixels, SQUARE, (0, 0, 0)), pixels)


def test_the_picture_lies_between_its_new_corners() -> None:
    white = np.full((100, 100, 3), 255, dtype=np.uint8)
    seen = perspective(white, ((0.2, 0.1), (0.9, 0.2), (0.8, 0.9), (0.1, 0.8)), (10, 20, 30))
    assert tuple(seen[2, 2]) == (10, 20, 30)
    assert tuple(seen[50, 50]) == (255, 255, 255)
    assert tuple(seen[14, 24]) == (255, 255, 255)
    assert tuple(seen[6, 20]) == (10, 20, 30)


def test_corners_on_a_line_and_too_few_corners_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="lie on a line"):
        perspective(pixels, ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.2, 0.2)), (0, 0, 0))
    with pytest.raises(ValueError, match="received 3"):
        perspective(pixels, SQUARE[:3], (0, 0, 0))


def test_an_even_picture_stays_even_however_it_is_pulled() -> None:
    even = np.full((40, 50, 3), 77, dtype=np.uint8)
    for severity in range(1, 6):
        assert (elastic(even, severity, np.random.default_rng(severity)) == 77).all()
