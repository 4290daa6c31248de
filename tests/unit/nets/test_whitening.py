"""Claims about `lookalike.nets.whitening`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.nets.whitening import principal_projection, within_projection


def rows_of(seed: int, n: int = 60, channels: int = 6) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, channels)) @ generator.normal(size=(channels, channels)) + 3


def by_loops(rows: np.ndarray, dimension: int, whitening: float, shrinkage: float) -> np.ndarray:
    n, channels = rows.shape
    mean = [sum(rows[i, k] for i in range(n)) / n for k in range(channels)]
    covariance = np.zeros((channels, channels))
    for a in range(channels):
        for b in range(channels):
            covariance[a, b] = sum((rows[i, a] - mean[a]) * (rows[i, b] - mean[b]) for i in range(n)) / n
    values, vectors = np.linalg.eig(covariance)
    order = sorted(range(channels), key=lambda k: -values[k])
    average = sum(values) / channels
    result = np.zeros((n, dimension))
    for place, k in enumerate(order[:dimension]):
        vector = vectors[:, k] * (1 if vectors[np.argmax(np.abs(vectors[:, k])), k] > 0 else -1)
        gain = (values[k] + shrinkage * average) ** (-whitening / 2)
        for i in range(n):
            result[i, place] = gain * sum(vector[c] * (rows[i, c] - mean[c]) for c in range(channels))
    return result / np.sqrt(np.mean([sum(value**2 for value in row) for row in result]))


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_the_projection_is_its_formula_by_loops(whitening: float) -> None:
    rows = rows_of(1)
    matrix, offset = principal_projection(rows, dimension=4, whitening=whitening, shrinkage=0.1)
    np.testing.assert_allclose(rows @ matrix.T + offset, by_loops(rows, 4, whitening, 0.1), atol=1e-4)


def test_full_whitening_without_shrinkage_makes_all_directions_alike() -> None:
    rows = rows_of(2)
    matrix, offset = principal_projection(rows, dimension=6, whitening=1.0, shrinkage=1e-9)
    np.testing.assert_allclose(np.cov((rows @ matrix.T + offset).T, bias=True), np.eye(6) / 6, atol=1e-4)


@given(seed=st.integers(0, 1000))
def test_without_whitening_and_with_all_components_distances_keep_their_proportions(seed: int) -> None:
    rows = rows_of(seed)
    matrix, offset = principal_projection(rows, dimension=6, whitening=0.0, shrinkage=1.0)
    moved = rows @ matrix.T + offset
    before = np.linalg.norm(rows[0] - rows[1:], axis=1)
    after = np.linalg.norm(moved[0] - moved[1:], axis=1)
    np.testing.assert_allclose(after / after.sum(), before / before.sum(), rtol=1e-3)


@given(seed=st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    rows = rows_of(seed)
    one = principal_projection(rows, dimension=3, whitening=0.5, shrinkage=0.5)[0]
    other = principal_projection(rows[::-1], dimension=3, whitening=0.5, shrinkage=0.5)[0]
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_what_has_no_components_is_refused() -> None:
    with pytest.raises(ValueError, match="two rows"):
        principal_projection(np.ones((1, 3)), dimension=1, whitening=0.5, shrinkage=1.0)
    with pytest.raises(ValueError, match="all alike"):
        principal_projection(np.ones((5, 3)), dimension=1, whitening=0.5, shrinkage=1.0)
    with pytest.raises(ValueError, match="3 channels"):
        principal_projection(rows_of(0, channels=3), dimension=4, whitening=0.5, shrinkage=1.0)


def test_fewer_rows_than_channels_give_the_same_projection() -> None:
    few = rows_of(3, n=12, channels=30)
    matrix, offset = principal_projection(few, dimension=5, whitening=0.5, shrinkage=1.0)
    centred = few - few.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(few))
    leading, mean = values[::-1][:5], values.sum() / 30
    expected = centred @ vectors[:, ::-1][:, :5] * (leading + mean) ** -0.25
    expected /= np.sqrt(np.mean(np.sum(expected**2, axis=1)))
    np.testing.assert_allclose(np.abs(few @ matrix.T + offset), np.abs(expected), atol=1e-4)


def within_by_loops(rows: np.ndarray, labels: np.ndarray, dimension: int, shrinkage: float) -> np.ndarray:
    """Similarities of rows whose differences within a label were whitened, one product after another."""
    channels = rows.shape[1]
    scatter, left = np.zeros((channels, channels)), 0
    for label in set(labels.tolist()):
        own = [row for row, one in zip(rows, labels, strict=True) if one == label]
        mean = sum(own) / len(own)
        left += len(own) - 1
        for row in own:
            scatter += np.outer(row - mean, row - mean)
    scatter /= left
    values, vectors = np.linalg.eigh(scatter + shrinkage * np.trace(scatter) / channels * np.eye(channels))
    whitened = (rows - rows.mean(0)) @ sum(
        np.outer(vectors[:, k], vectors[:, k]) / np.sqrt(values[k]) for k in range(channels)
    )
    _, _, components = np.linalg.svd(whitened, full_matrices=False)
    result = whitened @ components[:dimension].T
    return result @ result.T / np.mean(np.sum(result**2, axis=1))


@pytest.mark.parametrize("dimension", [3, 6])
def test_whitening_within_labels_is_its_formula_by_loops(dimension: int) -> None:
    rows, labels = rows_of(5), np.random.default_rng(5).integers(0, 20, 60)
    matrix, offset = within_projection(rows, labels, dimension=dimension, shrinkage=0.3)
    found = rows @ matrix.T + offset
    np.testing.assert_allclose(found @ found.T, within_by_loops(rows, labels, dimension, 0.3), atol=1e-4)


@given(seed=st.integers(0, 1000))
def test_whitening_within_labels_does_not_ask_what_labels_are_called(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows, labels = rows_of(seed), generator.integers(0, 12, 60)
    named = within_projection(rows, labels, dimension=4, shrinkage=1.0)
    renamed = within_projection(rows, generator.permutation(12)[labels] * 7 + 3, dimension=4, shrinkage=1.0)
    np.testing.assert_allclose(named[0], renamed[0], atol=1e-4)


def test_what_changes_between_looks_counts_less() -> None:
    generator = np.random.default_rng(0)
    things = generator.normal(size=(40, 1, 2)) * [1.0, 0.0]
    looks = things + generator.normal(size=(40, 2, 2)) * [0.05, 3.0]
    labels = np.repeat(np.arange(40), 2)
    matrix, offset = within_projection(looks.reshape(-1, 2), labels, dimension=1, shrinkage=0.01)
    found = (looks.reshape(-1, 2) @ matrix.T + offset)[:, 0]
    assert abs(np.corrcoef(found, np.repeat(things[:, 0, 0], 2))[0, 1]) > 0.98


def test_looks_that_do_not_differ_cannot_say_what_changes() -> None:
    with pytest.raises(ValueError, match="two rows that differ"):
        within_projection(rows_of(1), np.arange(60), dimension=2, shrinkage=1.0)
