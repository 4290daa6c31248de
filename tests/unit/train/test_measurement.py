"""Claims about `lookalike.train.measurement`: MAP@R and recall@1 are what a plain loop gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.metrics import average_precision_at
from lookalike.train.measurement import Measurement, average_precisions_at_r, hits_at_1, measure, worse


def unit_rows(generator: np.random.Generator, n: int, dimension: int = 5) -> np.ndarray:
    rows = generator.normal(size=(n, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def by_loop(vectors: np.ndarray, labels: np.ndarray) -> tuple[list[float], list[float]]:
    precisions, hits = [], []
    for i in range(len(labels)):
        right = {j for j in range(len(labels)) if labels[j] == labels[i] and j != i}
        if not right:
            continue
        others = [j for j in range(len(labels)) if j != i]
        wide = vectors.astype(np.float64)
        others.sort(key=lambda j: (-round(float(np.dot(wide[i], wide[j])), 6), j))
        precisions.append(average_precision_at(others, right, len(right)))
        hits.append(float(others[0] in right))
    return precisions, hits


@given(st.integers(0, 10_000), st.integers(2, 24), st.integers(1, 6))
def test_both_numbers_are_those_of_a_plain_loop(seed: int, n: int, n_labels: int) -> None:
    generator = np.random.default_rng(seed)
    vectors, labels = unit_rows(generator, n), generator.integers(0, n_labels, n)
    precisions, hits = by_loop(vectors, labels)
    np.testing.assert_allclose(average_precisions_at_r(vectors, labels), precisions, atol=1e-12)
    np.testing.assert_array_equal(hits_at_1(vectors, labels), hits)


@given(st.integers(0, 10_000))
def test_the_order_of_the_pictures_and_the_names_of_labels_do_not_matter(seed: int) -> None:
    generator = np.random.default_rng(seed)
    vectors, labels = unit_rows(generator, 20), generator.integers(0, 5, 20)
    order = generator.permutation(20)
    before, after = measure(vectors, labels), measure(vectors[order], labels[order] * 7 + 3)
    assert after.map_at_r.value == pytest.approx(before.map_at_r.value)
    assert (after.n_pictures, after.n_labels) == (before.n_pictures, before.n_labels)


def test_perfect_vectors_score_one_and_a_lonely_picture_is_not_asked() -> None:
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1, 1, 2]]
    found = measure(vectors, np.array([0, 0, 1, 1, 2]))
    assert found.map_at_r.value == found.recall_at_1.value == 1.0
    assert (found.n_pictures, found.n_labels) == (4, 2)
    assert found.map_at_r.low < 1.0


def test_what_is_written_is_read_back() -> None:
    generator = np.random.default_rng(1)
    found = measure(unit_rows(generator, 12), generator.integers(0, 3, 12))
    assert Measurement.from_dict(found.as_dict()) == found


def test_labels_that_fell_are_told_the_one_that_fell_most_first() -> None:
    generator = np.random.default_rng(4)
    labels = np.repeat(np.arange(8), 3)
    before, after = unit_rows(generator, len(labels)), unit_rows(generator, len(labels))
    changes = average_precisions_at_r(after, labels) - average_precisions_at_r(before, labels)
    fallen = sorted((float(changes[labels == label].mean()), f"p{label}") for label in range(8))
    expected = [(name, change) for change, name in fallen if change < 0][:5]
    assert expected
    assert list(worse(before, after, labels, [f"p{label}" for label in range(8)])) == expected


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_vectors_without_an_order_are_refused_instead_of_finding_everything(wrong: float) -> None:
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1, 1, 2]]
    vectors[2, 1] = wrong
    with pytest.raises(ValueError, match="finite"):
        measure(vectors, np.array([0, 0, 1, 1, 2]))
