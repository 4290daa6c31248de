"""The logistic model is monotone, finite, and finds what made the labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.logistic import fit_monotone


def drawn(generator: np.random.Generator, coefficients: list[float], n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    features = generator.normal(size=(n, len(coefficients)))
    right = generator.random(n) < 1 / (1 + np.exp(-(features @ np.asarray(coefficients) - 0.5)))
    return features, right


def test_the_weights_that_made_the_labels_are_found() -> None:
    features, right = drawn(np.random.default_rng(1), [2.0, 0.5])
    found = fit_monotone(features, right, np.ones(len(right)))
    assert found.coefficients == pytest.approx((2.0, 0.5), abs=0.15)
    assert found.intercept == pytest.approx(-0.5, abs=0.15)


def test_a_feature_that_speaks_against_is_left_out() -> None:
    features, right = drawn(np.random.default_rng(2), [2.0, -1.0])
    found = fit_monotone(features, right, np.ones(len(right)))
    assert found.coefficients[1] == 0.0
    assert found.coefficients[0] > 1.0


@given(st.integers(0, 10_000), st.integers(2, 40))
def test_more_evidence_never_lowers_the_score(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    features, right = generator.normal(size=(n, 3)), generator.random(n) < 0.5
    found = fit_monotone(features, right, generator.random(n) + 0.1)
    assert all(np.isfinite(one) and one >= 0 for one in found.coefficients)
    one = generator.normal(size=3)
    assert found.score(one + generator.random(3)) >= found.score(one)


@pytest.mark.parametrize("label", [True, False])
def test_one_label_only_gives_an_intercept_that_says_which(label: bool) -> None:
    features = np.random.default_rng(3).normal(size=(30, 2))
    found = fit_monotone(features, np.full(30, label), np.ones(30))
    assert (found.intercept > 2) if label else (found.intercept < -2)


def test_classes_that_can_be_told_apart_completely_stay_finite() -> None:
    features = np.concatenate([np.full((20, 1), -1.0), np.full((20, 1), 1.0)])
    found = fit_monotone(features, np.arange(40) >= 20, np.ones(40))
    assert 0 < found.coefficients[0] < 100


def test_a_constant_feature_does_no_harm() -> None:
    features, right = drawn(np.random.default_rng(4), [2.0], n=500)
    whole = np.column_stack([features, np.zeros(len(features))])
    found = fit_monotone(whole, right, np.ones(len(right)))
    assert np.isfinite(found.coefficients).all()
