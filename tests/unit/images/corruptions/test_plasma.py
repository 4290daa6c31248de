"""Plasma fills its range, is rough as told, and repeats itself with its seed."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.images.corruptions.plasma import plasma, stretched


@pytest.mark.parametrize(("height", "width"), [(2, 3), (64, 64), (100, 37), (129, 300)])
def test_it_has_the_size_asked_for_and_spans_nought_to_one(height: int, width: int) -> None:
    heights = plasma(height, width, 1.8, np.random.default_rng(0))
    assert heights.shape == (height, width)
    assert heights.dtype == np.float32
    assert heights.min() == 0
    assert heights.max() == pytest.approx(1)


def test_a_lower_decay_is_rougher() -> None:
    def roughness(decay: float) -> float:
        heights = plasma(128, 128, decay, np.random.default_rng(3))
        return float(np.abs(np.diff(heights, axis=0)).mean() / heights.std())

    assert roughness(1.3) > 1.5 * roughness(2.0)


def test_no_place_is_left_out() -> None:
    heights = plasma(128, 128, 1.5, np.random.default_rng(5))
    values, counts = np.unique(heights, return_counts=True)
    assert counts.max() < 20
    assert len(values) > 15_000


def test_stretching_keeps_the_range() -> None:
    plane = np.random.default_rng(0).random((7, 9), dtype=np.float32)
    large = stretched(plane, 40, 50)
    assert large.shape == (40, 50)
    assert plane.min() <= large.min() <= large.max() <= plane.max()
