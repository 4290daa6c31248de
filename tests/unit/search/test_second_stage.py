"""Claims about `lookalike.search.second_stage`: what a deep page needs more comes behind, each hit once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lookalike.search.ranked import Ranked
from lookalike.search.second_stage import _below, _followed


@given(
    arrays(np.float64, st.integers(0, 8), elements=st.floats(-2, 2)),
    arrays(np.float32, st.integers(0, 8), elements=st.floats(-1, 1, width=32)),
)
def test_scores_of_what_follows_are_no_higher_and_keep_their_distances(before, more) -> None:
    behind = _below(before, more)
    if len(before) and len(more):
        assert behind.max() <= before.min() + 1e-9
    np.testing.assert_allclose(np.diff(behind), np.diff(more.astype(np.float64)), atol=1e-6)


def test_what_follows_brings_its_lanes_and_no_rules() -> None:
    def found(rows: list[int], similarities: list[float], **rest) -> Ranked:
        shares = np.asarray(similarities, np.float32)
        return Ranked(np.asarray(rows, np.int64), shares, True, False, None, {"picture": shares}, **rest)

    arranged = found([8, 3], [0.5, 0.9], scores=np.array([0.95, 0.9]), rules=(("pin",), ()))
    both = _followed(arranged, found([3, 8, 5], [0.9, 0.5, 0.4]), np.array([False, False, True]))
    assert both.rows.tolist() == [8, 3, 5]
    np.testing.assert_allclose(both.lanes["picture"], [0.5, 0.9, 0.4])
    assert both.scores is not None
    np.testing.assert_allclose(both.scores, [0.95, 0.9, 0.4])
    assert both.rules == (("pin",), (), ())
