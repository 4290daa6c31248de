"""Convolution through the Fourier transform is convolution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.images.corruptions.convolution import convolve, disk, streak


def naive(light: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    height, width = light.shape[:2]
    up, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(light.astype(np.float64), ((up, up), (left, left), (0, 0)), mode="symmetric")
    out = np.zeros(light.shape)
    for row in range(height):
        for column in range(width):
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    out[row, column] += kernel[i, j] * padded[row + 2 * up - i, column + 2 * left - j]
    return out


@settings(max_examples=15)
@given(
    st.integers(5, 14), st.integers(5, 14), st.sampled_from([1, 3, 5]), st.sampled_from([1, 3, 5]), st.integers(0, 99)
)
def test_it_equals_the_sum_over_the_kernel(height: int, width: int, rows: int, columns: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    light = generator.random((height, width, 3), dtype=np.float32)
    kernel = generator.random((rows, columns), dtype=np.float32)
    assert np.allclose(convolve(light, kernel), naive(light, kernel), atol=1e-5)


@pytest.mark.parametrize("radius", [0.3, 1.0, 2.5, 7.0])
def test_a_disk_spreads_evenly_and_loses_nothing(radius: float) -> None:
    kernel = disk(radius)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert np.allclose(kernel, kernel[::-1])
    assert np.allclose(kernel, kernel.T)
    assert kernel.max() == kernel[kernel.shape[0] // 2, kernel.shape[1] // 2]


@pytest.mark.parametrize(("angle", "axis"), [(0.0, 1), (np.pi / 2, 0)])
def test_a_streak_goes_in_its_direction_and_loses_nothing(angle: float, axis: int) -> None:
    kernel = streak(8.0, 4.0, angle)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    along = np.flatnonzero(kernel.sum(axis=1 - axis) > 1e-6)
    across = np.flatnonzero(kernel.sum(axis=axis) > 1e-6)
    assert len(along) >= 8
    assert len(across) <= 2
