"""Scales and ticks: order is kept, ends are ends, marks are round."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.report.scale import Scale, ticks

finite = st.floats(-1e6, 1e6, allow_nan=False)


@given(finite, st.floats(1e-3, 1e6), finite, finite)
def test_order_is_kept_and_nothing_leaves_the_paper(low: float, width: float, a: float, b: float) -> None:
    scale = Scale(low, low + width)
    first, second = sorted((a, b))
    assert 0 <= scale.share(first) <= scale.share(second) <= 1
    assert scale.share(scale.low) == 0
    assert scale.share(scale.high) == 1


@given(st.floats(1e-3, 10), st.floats(1.5, 1e4))
def test_equal_ratios_take_equal_room_on_a_logarithmic_scale(low: float, ratio: float) -> None:
    scale = Scale(low, low * ratio, logarithmic=True)
    assert math.isclose(scale.share(low * math.sqrt(ratio)), 0.5, abs_tol=1e-9)


@given(finite, st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_evenly_spaced_inside_and_about_as_many_as_asked(low: float, width: float, about: int) -> None:
    marks = ticks(low, low + width, about)
    assert all(low - 1e-6 * width <= mark <= low + width + 1e-6 * width for mark in marks)
    assert about / 2 - 1 <= len(marks) <= about * 2 + 1
    steps = [b - a for a, b in pairwise(marks)]
    assert all(math.isclose(step, steps[0], rel_tol=1e-3) for step in steps)


def test_marks_of_a_share_are_what_a_person_would_choose() -> None:
    assert ticks(0.0, 1.0) == (0, 0.2, 0.4, 0.6, 0.8, 1)
    assert Scale(0.3, 120.0, logarithmic=True).marks() == (1, 10, 100)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_limits_that_are_no_range_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="low < high"):
        Scale(low, high)


def test_a_logarithmic_scale_needs_positive_limits_and_nan_has_no_place() -> None:
    with pytest.raises(ValueError, match="low > 0"):
        Scale(0.0, 1.0, logarithmic=True)
    with pytest.raises(ValueError, match="NaN"):
        Scale(0.0, 1.0).share(math.nan)
