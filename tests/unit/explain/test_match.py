"""Claims about `lookalike.explain.match`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.explain.match import MatchMatrix, match, spread_over_field
from lookalike.explain.pooling import GeneralisedMeanPooling, MeanPooling
from lookalike.explain.split import Split, split_features


def a_split(generator: np.random.Generator, exponent: float, rows: int, columns: int) -> Split:
    features = np.abs(generator.normal(size=(6, rows, columns))).astype(np.float32)
    pooling = MeanPooling() if exponent == 1.0 else GeneralisedMeanPooling(exponent)
    generator = np.random.default_rng(99)
    return split_features(features, generator.normal(size=(5, 6)), generator.normal(size=5), pooling)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 3.0]), *[st.integers(1, 6)] * 4)
def test_terms_and_both_maps_add_up_to_the_cosine(seed: int, exponent: float, a: int, b: int, c: int, d: int):
    generator = np.random.default_rng(seed)
    query, image = a_split(generator, exponent, a, b), a_split(generator, exponent, c, d)
    matrix = match(query, image)
    cosine = float(query.whole @ image.whole)
    assert abs(matrix.terms.sum() - cosine) < 1e-5
    assert abs(matrix.query_map.sum() - cosine) < 1e-5
    assert abs(matrix.image_map.sum() - cosine) < 1e-5
    assert abs(matrix.remainder) < 1e-5
    assert (matrix.query_map.shape, matrix.image_map.shape) == ((a, b), (c, d))


def test_each_term_is_the_product_of_two_locations():
    generator = np.random.default_rng(0)
    query, image = a_split(generator, 1.0, 2, 3), a_split(generator, 1.0, 3, 2)
    matrix = match(query, image)
    for i in range(6):
        for j in range(6):
            expected = sum(query.terms[i, k] * image.terms[j, k] for k in range(5))
            assert matrix.terms[i, j] == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1))
def test_the_two_pictures_may_change_places(seed: int):
    generator = np.random.default_rng(seed)
    query, image = a_split(generator, 1.0, 2, 3), a_split(generator, 1.0, 4, 2)
    forth, back = match(query, image), match(image, query)
    np.testing.assert_allclose(forth.terms, back.terms.T)
    np.testing.assert_allclose(forth.query_map, back.image_map)


def test_an_estimate_on_either_side_makes_the_whole_an_estimate_with_its_remainder():
    generator = np.random.default_rng(0)
    query = a_split(generator, 1.0, 2, 2)
    guessed = Split(query.terms * 0.5, 2, 2, query.whole, "occlusion")
    matrix = match(query, guessed)
    assert matrix.method == "occlusion"
    assert matrix.remainder == pytest.approx(0.5)


def test_splits_of_other_models_have_nothing_in_common():
    one = Split(np.ones((1, 2)), 1, 1, np.ones(2), "exact")
    other = Split(np.ones((1, 3)), 1, 1, np.ones(3), "exact")
    with pytest.raises(ValueError, match="nothing in common"):
        match(one, other)


def test_a_matrix_of_another_shape_than_its_grids_is_refused():
    with pytest.raises(ValueError, match=r"expected \(4, 1\) terms"):
        MatchMatrix(np.zeros((3, 1)), (2, 2), (1, 1), 0.0, "exact")


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 8))
def test_spreading_over_the_field_moves_a_value_around_and_loses_nothing(seed: int, rows: int, columns: int):
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    expected = np.zeros((rows, columns))
    weights = {step: np.exp(-0.5 * (step / 0.9) ** 2) for step in range(-4, 5)}
    whole = sum(weights.values())
    for i in range(rows):
        for j in range(columns):
            for down, first in weights.items():
                for across, second in weights.items():
                    at = [i + down, j + across]
                    for axis, n in enumerate((rows, columns)):
                        while not 0 <= at[axis] < n:
                            at[axis] = -1 - at[axis] if at[axis] < 0 else 2 * n - 1 - at[axis]
                    expected[at[0], at[1]] += values[i, j] * first * second / whole**2
    found = spread_over_field(values)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert found.sum() == pytest.approx(values.sum())


def test_what_was_covered_to_be_estimated_stays_where_it_was_covered():
    query = a_split(np.random.default_rng(0), 1.0, 2, 2)
    guessed = Split(query.terms, 2, 2, query.whole, "occlusion")
    matrix = match(guessed, query)
    np.testing.assert_allclose(matrix.query_map, matrix.terms.sum(axis=1).reshape(2, 2))
