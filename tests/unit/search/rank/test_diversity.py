"""Maximal marginal relevance against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.rank.diversity import diversified
from lookalike.search.rank.pool import Pool
from pools import pool_of, pools


def _naive(scores: list[float], vectors: list[list[float]], diverse: float) -> list[int]:
    left = sorted(range(len(scores)), key=lambda i: (-round(scores[i], 6), i))
    if not left or diverse == 0:
        return left
    chosen = [left[0]]
    remaining = sorted(left[1:])

    def worth(i: int) -> float:
        crowd = max(sum(x * y for x, y in zip(vectors[i], vectors[j], strict=True)) for j in chosen)
        return round((1 - diverse) * scores[i] - diverse * crowd, 6)

    while remaining:
        best = max(remaining, key=lambda i: (worth(i), -i))
        chosen.append(best)
        remaining.remove(best)
    return chosen


@given(pools(10), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_the_order_is_what_a_loop_says(pool: Pool, diverse: float) -> None:
    scores = pool.similarities.astype(np.float64)
    expected = _naive(scores.tolist(), pool.vectors.astype(np.float64).tolist(), diverse)
    assert diversified(scores, pool.vectors, diverse).tolist() == expected


@given(pools(10), st.sampled_from([0.3, 1.0]), st.integers(1, 5))
def test_no_hit_is_dropped_and_the_first_stays_first(pool: Pool, diverse: float, n: int) -> None:
    order = diversified(pool.similarities.astype(np.float64), pool.vectors, diverse, n).tolist()
    assert sorted(order) == list(range(len(pool)))
    assert not order or order[0] == 0


def test_a_copy_of_the_first_comes_later() -> None:
    vectors = np.asarray([[1, 0], [1, 0], [0.6, 0.8]], dtype=np.float32)
    assert diversified(np.asarray([0.9, 0.9, 0.6]), vectors, 0.5).tolist() == [0, 2, 1]


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match="diverse in"):
        diversified(np.zeros(1), pool_of(0, 1).vectors, 1.5)
