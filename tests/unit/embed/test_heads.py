"""Claims about `lookalike.embed.heads`."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.embed.heads import head_gains


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_a_similarity_is_the_heads_own_cosines_weighted_by_their_shares(seed: int, lengths: list[int]):
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.ones(len(lengths)))
    rows = generator.normal(size=(2, sum(lengths)))
    joined = rows * head_gains(rows, list(zip(lengths, shares.tolist(), strict=True)))
    expected, start = 0.0, 0
    for length, share in zip(lengths, shares, strict=True):
        one, other = rows[0, start : start + length], rows[1, start : start + length]
        expected += share * one @ other / np.sqrt((one @ one) * (other @ other))
        start += length
    np.testing.assert_allclose(joined[0] @ joined[1], expected, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1.0)


def test_without_heads_there_is_one_unit_vector():
    rows = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(rows * head_gains(rows, ()), axis=1), 1.0, rtol=1e-6)


def test_a_row_without_length_has_no_finite_gain():
    assert not np.isfinite(head_gains(np.zeros((1, 2)), ())).any()
