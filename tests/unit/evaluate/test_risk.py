"""Thresholds keep their promise on fresh products, whatever the scores look like."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.risk import fewest_products, highest_allowed, lowest_allowed, product_weights

SCORES = st.floats(-5, 5, allow_nan=False).map(lambda x: round(x, 1))
TRIALS = st.lists(st.tuples(SCORES | st.just(-math.inf), st.integers(0, 40)), min_size=1, max_size=80)


def naive_loss(mistakes: np.ndarray, products: np.ndarray, threshold: float) -> tuple[float, int]:
    """Sum over products of the share of each one's photographs that act at or above the threshold."""
    total = 0.0
    names = sorted(set(products.tolist()))
    for name in names:
        own = [m for m, p in zip(mistakes, products, strict=True) if p == name]
        total += sum(m >= threshold for m in own) / len(own)
    return total, len(names)


@given(TRIALS, st.sampled_from([0.02, 0.05, 0.1, 0.3]))
def test_the_threshold_is_the_least_strict_that_keeps_the_bound(trials: list[tuple[float, int]], error: float) -> None:
    mistakes = np.asarray([m for m, _ in trials])
    products = np.asarray([p for _, p in trials], dtype=np.int64)
    found = lowest_allowed(mistakes, products, error)
    n = len(np.unique(products))
    if found is None:
        assert 1 / (n + 1) > error
        return
    total, _ = naive_loss(mistakes, products, found)
    assert (total + 1) / (n + 1) <= error + 1e-9
    lower = [m for m in mistakes.tolist() if m < found]
    if lower:
        total, _ = naive_loss(mistakes, products, max(lower))
        assert (total + 1) / (n + 1) > error
    else:
        assert found == -math.inf


@given(TRIALS, st.sampled_from([0.05, 0.2]))
def test_the_highest_allowed_is_the_mirror_image(trials: list[tuple[float, int]], error: float) -> None:
    mistakes = np.asarray([m for m, _ in trials])
    products = np.asarray([p for _, p in trials], dtype=np.int64)
    lowest = lowest_allowed(mistakes, products, error)
    highest = highest_allowed(-mistakes, products, error)
    assert highest == (None if lowest is None else -lowest)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_every_product_weighs_the_same(products: list[int]) -> None:
    array = np.asarray(products, dtype=np.int64)
    weights = product_weights(array)
    assert weights.sum() == pytest.approx(1.0)
    totals = {name: weights[array == name].sum() for name in set(products)}
    assert max(totals.values()) == pytest.approx(min(totals.values()))


@pytest.mark.parametrize(("error", "fewest"), [(0.05, 19), (0.1, 9), (0.01, 99), (0.5, 1)])
def test_too_few_products_cannot_promise_anything(error: float, fewest: int) -> None:
    assert fewest_products(error) == fewest
    perfect = np.full(fewest, -math.inf)
    assert lowest_allowed(perfect, np.arange(fewest), error) is not None
    assert lowest_allowed(perfect[1:], np.arange(fewest - 1), error) is None


def test_fresh_products_are_mistaken_as_often_as_promised_over_many_calibrations() -> None:
    generator = np.random.default_rng(11)
    n_products, per_product, error = 60, 5, 0.1
    rates: list[float] = []
    for _ in range(600):
        # Photographs of one product are far from independent: each product has its own level.
        levels = (
            generator.gumbel(size=(n_products + 200, 1)) + generator.normal(size=(n_products + 200, per_product)) / 3
        )
        calibration, fresh = levels[:n_products], levels[n_products:]
        threshold = lowest_allowed(calibration.ravel(), np.repeat(np.arange(n_products), per_product), error)
        assert threshold is not None
        rates.append(float((fresh >= threshold).mean()))
    mean, wobble = float(np.mean(rates)), float(np.std(rates) / math.sqrt(len(rates)))
    assert mean <= error + 3 * wobble
    assert mean >= error - 2 / (n_products + 1) - 3 * wobble
