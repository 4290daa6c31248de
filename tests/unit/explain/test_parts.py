"""Claims about `lookalike.explain.parts`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.explain.match import MatchMatrix
from lookalike.explain.parts import pair_parts


@given(st.integers(0, 2**32 - 1), *[st.integers(1, 5)] * 4)
def test_the_pairs_add_up_to_all_terms_and_each_to_its_own(seed: int, a: int, b: int, c: int, d: int):
    terms = np.random.default_rng(seed).normal(size=(a * b, c * d))
    pairs = pair_parts(MatchMatrix(terms, (a, b), (c, d), float(terms.sum()), "exact"))
    assert sum(pair.contribution for pair in pairs) == pytest.approx(terms.sum(), abs=1e-9)
    sizes = [abs(pair.contribution) for pair in pairs]
    assert sizes == sorted(sizes, reverse=True)
    grid = terms.reshape(a, b, c, d)
    for pair in pairs:
        (top, left, bottom, right), (upper, first, lower, last) = pair.query, pair.image
        own = grid[top:bottom, left:right, upper:lower, first:last].sum()
        assert pair.contribution == pytest.approx(own, abs=1e-9)


def test_parts_that_were_measured_are_not_cut_anew():
    terms = np.random.default_rng(3).normal(size=(9, 4))
    halves = ((0, 0, 1, 3), (1, 0, 3, 3))
    pairs = pair_parts(MatchMatrix(terms, (3, 3), (2, 2), float(terms.sum()), "occlusion", query_parts=halves))
    assert {pair.query for pair in pairs} == set(halves)
    assert sum(pair.contribution for pair in pairs if pair.query == halves[0]) == pytest.approx(terms[:3].sum())
