"""Several interests for a mixed taste."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.search.people.history import NOBODY, history_of
from lookalike.search.people.log import log_of
from lookalike.search.people.taste import Looks, interests_of, taste_of


def three_kinds(n_each: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centres = np.eye(16)[:3]
    rows = np.repeat(centres, n_each, axis=0) + generator.normal(0, 0.08, size=(3 * n_each, 16))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_a_mixed_taste_has_as_many_interests_as_it_mixes() -> None:
    looks = Looks.of(three_kinds(20, 1))
    log = log_of((1, f"p{n}", "view", float(n), None) for n in (0, 1, 2, 20, 21))
    numbers = [0, 1, 2, 20, 21]
    history = history_of(log_of((1, f"p{n:03}", "view", float(place), None) for place, n in enumerate(range(60))), 0, 0)
    assert history is NOBODY
    assert taste_of(NOBODY, looks) is None
    vectors = looks.vectors[numbers]
    found = interests_of(vectors, np.ones(5), np.asarray(numbers), looks.alike)
    assert sorted(sorted(one.products) for one in found) == [[0, 1, 2], [20, 21]]
    assert found[0].weight == pytest.approx(0.6)
    assert len(log) == 5


@given(st.integers(1, 25), st.integers(0, 2**32 - 1), st.floats(-0.5, 0.9))
@settings(max_examples=50)
def test_interests_are_unit_vectors_whose_shares_add_up(n: int, seed: int, alike: float) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(n, 6))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = interests_of(vectors, generator.uniform(0.1, 2.0, n), np.arange(n), alike)
    assert 1 <= len(found) <= 8
    assert sum(one.weight for one in found) == pytest.approx(1.0)
    assert all(np.linalg.norm(one.centre) == pytest.approx(1.0, abs=1e-5) for one in found)
    every = [product for one in found for product in one.products]
    assert len(set(every)) == len(every)


def test_products_without_a_picture_are_neither_liked_nor_disliked() -> None:
    vectors = three_kinds(4, 2)
    vectors[5] = 0.0
    looks = Looks.of(vectors)
    cosines = looks.cosines(looks.vectors[0])
    assert cosines[5] == pytest.approx(cosines[looks.held].mean(), abs=1e-6)
