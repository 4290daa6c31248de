"""Query expansion and database augmentation against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.rank.expansion import AlphaExpansion, DatabaseAugmentation
from lookalike.search.rank.pool import Pool, Reranker, order_of
from pools import pool_of, pools


def _dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _unit(a: list[float]) -> list[float]:
    length = math.sqrt(_dot(a, a))
    return [x / length for x in a]


def _expanded(query: list[float], vectors: list[list[float]], weights: list[float]) -> list[float]:
    moved = list(query)
    for vector, weight in zip(vectors, weights, strict=True):
        moved = [x + weight * y for x, y in zip(moved, vector, strict=True)]
    return _unit(moved)


def _augmented(vectors: list[list[float]], n: int, alpha: float) -> list[list[float]]:
    found: list[list[float]] = []
    for i, own in enumerate(vectors):
        others = [j for j in range(len(vectors)) if j != i]
        nearest = [i, *sorted(others, key=lambda j: (-round(_dot(own, vectors[j]), 9), j))][:n]
        moved = [0.0] * len(own)
        for j in nearest:
            weight = 1.0 if j == i else max(_dot(own, vectors[j]), 0.0) ** alpha
            moved = [x + weight * y for x, y in zip(moved, vectors[j], strict=True)]
        found.append(_unit(moved))
    return found


def _plain(pool: Pool) -> tuple[list[float], list[list[float]]]:
    return pool.query.astype(np.float64).tolist(), pool.vectors.astype(np.float64).tolist()


@given(pools(), st.integers(1, 6), st.sampled_from([0.0, 1.0, 3.0]))
def test_alpha_expansion_is_what_a_loop_says(pool: Pool, n: int, alpha: float) -> None:
    query, vectors = _plain(pool)
    weights = [max(float(s), 0.0) ** alpha for s in pool.similarities[:n]]
    expanded = _expanded(query, vectors[:n], weights)
    expected = [_dot(vector, expanded) for vector in vectors]
    np.testing.assert_allclose(AlphaExpansion(n, alpha).rescore(pool), expected, atol=1e-9)


@given(pools(), st.integers(1, 5), st.sampled_from([0.0, 3.0]), st.integers(0, 4))
def test_augmentation_is_what_a_loop_says(pool: Pool, n: int, alpha: float, expand: int) -> None:
    query, vectors = _plain(pool)
    augmented = _augmented(vectors, n, alpha)
    expected = [_dot(one, query) for one in augmented]
    if expand and expected:
        first = sorted(range(len(expected)), key=lambda i: (-round(expected[i], 6), i))[:expand]
        weights = [max(expected[i], 0.0) ** alpha for i in first]
        moved = _expanded(query, [augmented[i] for i in first], weights)
        expected = [_dot(one, moved) for one in augmented]
    np.testing.assert_allclose(DatabaseAugmentation(n, alpha, expand).rescore(pool), expected, atol=1e-9)


@pytest.mark.parametrize("method", [AlphaExpansion(), DatabaseAugmentation(), DatabaseAugmentation(expand=3)])
def test_nothing_found_gives_no_scores(method: Reranker) -> None:
    assert isinstance(method, Reranker)
    assert len(method.rescore(pool_of(0, 0))) == 0


def test_a_tight_group_around_the_first_hit_overtakes_a_loner_between() -> None:
    group = np.asarray([[0.8, 0.6, 0.0], [0.74, 0.6726, 0.0], [0.72, 0.694, 0.0]], dtype=np.float32)
    loner = np.asarray([[0.76, 0.0, 0.65]], dtype=np.float32)
    vectors = np.concatenate([group[:1], loner, group[1:]])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query = np.asarray([1.0, 0.0, 0.0], dtype=np.float32)
    pool = Pool(query, vectors, (vectors @ query).astype(np.float32))
    assert order_of(AlphaExpansion(n=4).rescore(pool)).tolist() == [0, 2, 3, 1]


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in ({"n": 0}, {"alpha": -1.0}):
        with pytest.raises(ValueError, match="needs n of at least 1"):
            AlphaExpansion(**wrong)
        with pytest.raises(ValueError, match="needs n of at least 1"):
            DatabaseAugmentation(**wrong)


@given(pools(), st.randoms())
def test_ties_keep_the_order_by_similarity(pool: Pool, random: object) -> None:
    del random
    assert order_of(np.zeros(len(pool))).tolist() == list(range(len(pool)))
