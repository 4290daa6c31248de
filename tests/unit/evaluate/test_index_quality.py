"""What an index misses: counted against a plain comparison, and none where it is exact."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.errors import InvalidQuery
from lookalike.evaluate.index_quality import measure_index, missed, perturbed
from lookalike.index import ExactIndex, Neighbours, Subset


def vectors(n: int, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((n, 8)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


class ForgetfulIndex:
    """An exact index that loses the nearest neighbour of every search that need not be exact."""

    def __init__(self, inner: ExactIndex) -> None:
        self._inner = inner

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    @property
    def may_miss(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self._inner)

    def search(self, queries: np.ndarray, k: int, subset: Subset | None = None, *, exact: bool = False) -> Neighbours:
        found = self._inner.search(queries, k if exact else k + 1, subset)
        return found if exact else Neighbours(found.keys[:, 1:], found.similarities[:, 1:], exact=False)

    def add(self, keys: np.ndarray, vectors: np.ndarray) -> None:
        self._inner.add(keys, vectors)

    def remove(self, keys: np.ndarray) -> None:
        self._inner.remove(keys)


def held(n: int) -> ExactIndex:
    index = ExactIndex(8)
    index.add(np.arange(n), vectors(n))
    return index


def test_an_exact_index_misses_nothing_also_where_a_filter_leaves_fewer_than_k() -> None:
    quality = measure_index(
        held(300), np.arange(300), vectors(20, 1), shares=(1.0, 0.1, 0.01), generator=np.random.default_rng(0)
    )
    assert [one.recall.value for one in quality.at] == [1.0] * 3
    assert [one.exact_share for one in quality.at] == [1.0] * 3
    assert (quality.pictures, quality.queries) == (300, 20)


def test_an_index_that_loses_one_of_ten_is_measured_so() -> None:
    index = ForgetfulIndex(held(300))
    quality = measure_index(index, np.arange(300), vectors(25, 2), generator=np.random.default_rng(0))
    assert quality.at[0].recall.value == pytest.approx(0.9)
    assert quality.at[0].exact_share == 0.0


def test_what_is_equally_similar_stands_for_what_was_missed() -> None:
    true = np.array([0.9, 0.8, 0.8], dtype=np.float32)
    assert missed(np.array([0.9, 0.8, 0.8], dtype=np.float32), true) == (0, 3)
    assert missed(np.array([0.9, 0.8, 0.7], dtype=np.float32), true) == (1, 3)
    assert missed(
        np.array([0.9, -np.inf, -np.inf], dtype=np.float32), np.array([0.9, -np.inf, -np.inf], dtype=np.float32)
    ) == (0, 1)


def test_perturbed_vectors_are_unit_vectors_near_the_old_ones() -> None:
    moved = perturbed(vectors(50), noise=0.3, generator=np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1.0, atol=1e-6)
    assert ((moved * vectors(50)).sum(axis=1) > 0.94).all()


def test_no_queries_and_impossible_shares_are_refused() -> None:
    with pytest.raises(InvalidQuery, match="at least one query"):
        measure_index(held(3), np.arange(3), vectors(0), generator=np.random.default_rng(0))
    with pytest.raises(InvalidQuery, match="shares above 0"):
        measure_index(held(3), np.arange(3), vectors(1), shares=(0.0,), generator=np.random.default_rng(0))
