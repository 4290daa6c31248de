"""The shortlist never drops a winner, and the order is (similarity falling, key rising)."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.index.ranking import rank, shortlist, slack_of


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 3000), k=st.integers(1, 40), levels=st.integers(1, 50))
@settings(max_examples=150, deadline=None)
def test_the_shortlist_holds_every_value_that_may_win(seed: int, n: int, k: int, levels: int):
    rng = np.random.default_rng(seed)
    values = (rng.integers(0, levels, n) / levels).astype(np.float32)
    values[rng.random(n) < 0.1] = -np.inf
    places = shortlist(values, k, slack_of(16, 1.0))
    finite = np.sort(values[values > -np.inf])
    assert len(set(places.tolist())) == len(places)
    assert (values[places] > -np.inf).all()
    if len(finite):
        bound = finite[-min(k, len(finite))]
        assert set(np.flatnonzero(values >= bound)) - set(np.flatnonzero(np.isneginf(values))) <= set(places.tolist())


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60))
@settings(max_examples=50, deadline=None)
def test_candidates_in_any_order_are_ranked_alike(seed: int, n: int):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-1, 2, (n, 6)).astype(np.float32)
    query, keys, order = rng.standard_normal(6, dtype=np.float32), np.arange(n), rng.permutation(n)
    one, other = rank(query, vectors, keys, 10), rank(query, vectors[order], keys[order], 10)
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_many_candidates_are_scored_like_few():
    rng = np.random.default_rng(0)
    vectors, query = rng.standard_normal((9000, 8), dtype=np.float32), rng.standard_normal(8, dtype=np.float32)
    keys, similarities = rank(query, vectors, np.arange(9000), 5)
    few = rank(query, vectors[keys], keys, 5)
    np.testing.assert_array_equal(keys, few[0])
    np.testing.assert_array_equal(similarities, few[1])
