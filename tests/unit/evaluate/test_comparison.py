"""Comparing two models: what is called different, and how many comparisons are corrected for."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.comparison import Comparison, compare, holm
from lookalike.evaluate.intervals import Interval

p_values = st.lists(st.floats(0, 1), max_size=12)


def naive_holm(values: list[float]) -> list[float]:
    """For each: the largest, over all at most as large, of value times how many are at least as late in the order."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    adjusted = {}
    for place, i in enumerate(order):
        adjusted[i] = min(1.0, max(values[j] * (len(values) - earlier) for earlier, j in enumerate(order[: place + 1])))
    return [adjusted[i] for i in range(len(values))]


@given(p_values)
def test_holm_equals_the_naive_loop_and_never_lowers_a_value(values: list[float]) -> None:
    adjusted = holm(values)
    assert list(adjusted) == pytest.approx(naive_holm(values))
    assert all(after >= before for before, after in zip(values, adjusted, strict=True))


def test_holm_gives_the_hand_computed_case() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([]) == ()


def test_holm_refuses_what_is_no_probability() -> None:
    with pytest.raises(ValueError, match="lie in"):
        holm([0.5, 1.5])
    with pytest.raises(ValueError, match="lie in"):
        holm([float("nan")])


def test_a_model_compared_with_itself_is_not_different() -> None:
    values = np.random.default_rng(0).random(60)
    found = compare(values, values, list(range(60)), generator=np.random.default_rng(0))
    assert (found.difference.value, found.difference.low, found.difference.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_a_clearly_better_model_is_called_better_and_the_other_way_round() -> None:
    generator = np.random.default_rng(1)
    second = (generator.random(300) < 0.5).astype(float)
    first = np.where(generator.random(300) < 0.4, 1.0, second)
    clusters = [i // 3 for i in range(300)]
    found = compare(first, second, clusters, generator=np.random.default_rng(0))
    back = compare(second, first, clusters, generator=np.random.default_rng(0))
    assert found.difference.low > 0
    assert found.p_value < 0.001
    assert back.difference.value == pytest.approx(-found.difference.value)
    assert back.difference.high < 0


def test_many_photographs_of_few_products_do_not_make_a_difference_certain() -> None:
    first, second = np.repeat([1.0, 1.0, 0.0, 1.0], 50), np.repeat([0.0, 1.0, 0.0, 0.0], 50)
    together = compare(first, second, [i // 50 for i in range(200)], generator=np.random.default_rng(0))
    apart = compare(first, second, list(range(200)), generator=np.random.default_rng(0))
    assert together.p_value > 0.05 > apart.p_value


def test_numbers_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="received 2, 3 and 2"):
        compare(np.zeros(2), np.zeros(3), [1, 2], generator=np.random.default_rng(0))
    with pytest.raises(ValueError, match="p-value"):
        Comparison(Interval(0.0, 0.0, 0.0), 1.5)


def naive_sign_flip(sums: list[float]) -> float:
    seen, total = abs(sum(sums)), 0.0
    for signs in product((-1, 1), repeat=len(sums)):
        reached = abs(sum(sign * value for sign, value in zip(signs, sums, strict=True)))
        total += 0.5 if abs(reached - seen) <= 1e-9 else float(reached > seen)
    return total / 2 ** len(sums)


@given(st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=8))
def test_the_p_value_of_few_products_equals_that_of_trying_all_signs(differences: list[int]) -> None:
    first = np.array([float(value) / 3 for value in differences])
    found = compare(first, np.zeros(len(first)), list(range(len(first))), generator=np.random.default_rng(0))
    assert found.p_value == pytest.approx(naive_sign_flip(differences))


@pytest.mark.slow
def test_two_noisy_models_of_equal_truth_are_called_different_one_time_in_twenty() -> None:
    generator = np.random.default_rng(8)
    different, n_experiments = 0, 1000
    for _ in range(n_experiments):
        shared, own = generator.beta(1.35, 0.15, size=(2, 100))
        ability = np.where(generator.random(100) < 0.7, shared, own)
        clusters = np.repeat(np.arange(100), np.minimum(generator.geometric(0.25, size=100), 12))
        first = (generator.random(len(clusters)) < shared[clusters]).astype(float)
        second = (generator.random(len(clusters)) < ability[clusters]).astype(float)
        different += compare(first, second, clusters.tolist(), generator=generator).p_value < 0.05
    assert 0.033 <= different / n_experiments <= 0.067
