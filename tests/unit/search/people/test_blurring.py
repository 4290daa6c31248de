"""The noise on a taste is as much as privacy needs, and no more."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.people.blurring import Privacy, blurred_mean, noise_deviation

epsilons = st.floats(0.05, 8.0)
deltas = st.floats(1e-8, 0.1)


def normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@given(epsilons, deltas)
def test_the_noise_just_satisfies_the_exact_condition(epsilon: float, delta: float) -> None:
    deviation = noise_deviation(1.0, Privacy(epsilon, delta))

    def failing(s: float) -> float:
        return normal(0.5 / s - epsilon * s) - math.exp(epsilon) * normal(-0.5 / s - epsilon * s)

    assert failing(deviation) <= delta * (1 + 1e-6)
    assert failing(deviation * 0.999) > delta * (1 - 1e-6)


@given(epsilons, deltas)
def test_it_is_never_more_than_the_classical_bound(epsilon: float, delta: float) -> None:
    if epsilon < 1.0:
        classical = math.sqrt(2.0 * math.log(1.25 / delta)) / epsilon
        assert noise_deviation(1.0, Privacy(epsilon, delta)) <= classical


@given(epsilons, st.floats(0.1, 5.0))
def test_less_privacy_is_less_noise_and_it_scales_with_the_sensitivity(epsilon: float, sensitivity: float) -> None:
    one = noise_deviation(1.0, Privacy(epsilon))
    assert noise_deviation(1.0, Privacy(epsilon * 1.5)) < one
    assert noise_deviation(sensitivity, Privacy(epsilon)) == pytest.approx(sensitivity * one, rel=1e-6)


@given(st.integers(0, 60), st.floats(0.1, 40.0), st.integers(0, 2**32 - 1))
def test_one_event_moves_the_sum_by_at_most_one(n: int, length: float, seed: int) -> None:
    """With the same noise, two neighbouring tastes differ by no more than the clipped event."""
    generator = np.random.default_rng(seed)
    vectors = (generator.normal(size=(n, 4)) * length).astype(np.float32)
    more = np.concatenate([vectors[: min(n, 49)], (generator.normal(size=(1, 4)) * 99).astype(np.float32)])
    fewer = more[:-1]

    def total(rows: np.ndarray) -> np.ndarray:
        clipped = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1.0)
        return clipped.sum(axis=0)

    assert float(np.linalg.norm(total(more) - total(fewer))) <= 1.0 + 1e-5
    noise = noise_deviation(1.0, Privacy(1.0))
    made = blurred_mean(more, np.full(len(more), 7.0), Privacy(1.0), np.random.default_rng(seed))
    expected = total(more.astype(np.float64)) + np.random.default_rng(seed).normal(0.0, noise, size=4)
    np.testing.assert_allclose(made, expected / np.linalg.norm(expected), atol=1e-4)


def test_a_shopper_without_events_gets_a_random_taste() -> None:
    nothing = np.empty((0, 3), dtype=np.float32)
    made = blurred_mean(nothing, np.empty(0), Privacy(1.0), np.random.default_rng(1))
    assert np.linalg.norm(made) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("epsilon", "delta"), [(0.0, 1e-5), (-1.0, 1e-5), (1.0, 0.0), (1.0, 1.0), (math.inf, 0.1)])
def test_privacy_out_of_range_is_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(ValueError, match="epsilon"):
        Privacy(epsilon, delta)
