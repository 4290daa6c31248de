"""Claims about `lookalike.explain.pooling`."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lookalike.explain.pooling import GeneralisedMeanPooling, MeanPooling, pooling_of

FEATURES = st.tuples(st.integers(1, 12), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(0, 50, width=32))
)


def gem_by_loops(features: np.ndarray, exponent: float, least: float) -> np.ndarray:
    pooled = []
    for channel in range(features.shape[1]):
        total = 0.0
        for location in range(len(features)):
            total += max(float(features[location, channel]), least) ** exponent
        pooled.append((total / len(features)) ** (1 / exponent))
    return np.asarray(pooled)


@given(FEATURES, st.floats(1, 12))
def test_the_shares_of_a_generalised_mean_average_to_it(features: np.ndarray, exponent: float):
    shares = GeneralisedMeanPooling(exponent).shares(features)
    np.testing.assert_allclose(shares.mean(axis=0), gem_by_loops(features, exponent, 1e-6), rtol=1e-9, atol=1e-12)


@given(FEATURES)
def test_the_shares_of_a_mean_average_to_it(features: np.ndarray):
    np.testing.assert_allclose(MeanPooling().shares(features).mean(axis=0), features.astype(float).mean(axis=0))


@given(FEATURES)
def test_the_exponent_one_is_the_mean_of_what_is_not_negative(features: np.ndarray):
    shares = GeneralisedMeanPooling(1.0, least=0.0).shares(features)
    np.testing.assert_allclose(shares, MeanPooling().shares(features))


def test_a_channel_that_is_zero_everywhere_has_no_shares():
    assert not GeneralisedMeanPooling(3.0, least=0.0).shares(np.zeros((4, 2), np.float32)).any()


def test_a_large_exponent_gives_all_to_the_strongest_location():
    shares = GeneralisedMeanPooling(200.0).shares(np.asarray([[1.0], [2.0]], np.float32))
    assert shares[1, 0] > 0.99 * shares.sum()


@pytest.mark.parametrize(("exponent", "least"), [(0.5, 0.0), (2.0, -1.0)])
def test_values_out_of_range_are_refused(exponent: float, least: float):
    with pytest.raises(ValueError, match="exponent must be at least 1"):
        GeneralisedMeanPooling(exponent, least)


def test_the_description_says_how_a_model_pools(make_embedder):
    described = make_embedder().description
    assert pooling_of(described) == MeanPooling()
    assert pooling_of(dataclasses.replace(described, pooling_exponent=3.0)) == GeneralisedMeanPooling(3.0)
