"""Ranges of eight bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("onnx")

from lookalike.compress.observation import Histogram
from lookalike.compress.ranges import affine, range_of


def histogram_of(values: np.ndarray) -> Histogram:
    counts, edges = np.histogram(values, 2048)
    return Histogram(float(edges[0]), float(edges[-1]), counts.astype(np.float64))


def rounding_error(values: np.ndarray, low: float, high: float) -> float:
    scale, zero = affine(low, high)
    total = 0.0
    for value in values:
        step = min(max(round(float(value) / scale) + zero, 0), 255)
        total += (float(value) - (step - zero) * scale) ** 2
    return total


@given(st.floats(-1e4, 0), st.floats(0, 1e4))
def test_zero_is_held_exactly_and_the_ends_nearly(low: float, high: float) -> None:
    scale, zero = affine(low, high)
    assert scale > 0
    assert 0 <= zero <= 255
    if high - low > 1e-3:
        assert (0 - zero) * scale == pytest.approx(low, abs=scale)
        assert (255 - zero) * scale == pytest.approx(high, abs=scale)


def test_a_range_without_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold 0"):
        affine(1.0, 2.0)


def test_the_whole_range_is_what_was_seen_and_zero() -> None:
    assert range_of(histogram_of(np.array([1.0, 2.0, 5.0])), "whole") == (0.0, 5.0)
    assert range_of(histogram_of(np.array([-3.0, -1.0])), "whole") == (-3.0, 0.0)


def test_a_percentile_leaves_out_a_lonely_outlier() -> None:
    values = np.concatenate([np.random.default_rng(0).uniform(-1, 1, 50_000), [80.0]])
    low, high = range_of(histogram_of(values), "percentile")
    assert -1.1 < low < -0.9
    assert 0.9 < high < 1.1


@pytest.mark.parametrize("seed", range(3))
def test_the_least_error_is_not_above_that_of_the_whole_range(seed: int) -> None:
    values = np.random.default_rng(seed).standard_t(2, 4000)
    histogram = histogram_of(values)
    whole = rounding_error(values, *range_of(histogram, "whole"))
    assert rounding_error(values, *range_of(histogram, "least_error")) <= whole * 1.01
