"""Trials are whole, and a mistake in either world counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.trials import Scores, Trials
from lookalike.search.evidence import FEATURES

Log_odds = st.floats(-5, 5)


def test_trials_of_different_lengths_are_refused() -> None:
    evidence = np.zeros((2, len(FEATURES)))
    with pytest.raises(ValueError, match="category"):
        Trials(np.arange(2), evidence, np.ones(2, dtype=bool), evidence, [], [])


def test_only_those_chosen_are_left_in_their_order() -> None:
    there, gone = np.arange(6.0).reshape(3, 2), np.zeros((3, 2))
    there[2] = np.nan
    trials = Trials(np.array([4, 4, 8]), there, np.array([True, False, False]), gone, ["a", "b", None], ["c", "d", "e"])
    some = trials.some(np.array([True, False, True]))
    assert some.products.tolist() == [4, 8]
    assert some.known.tolist() == [True, False]
    assert (list(some.there_category), list(some.gone_category)) == (["a", None], ["c", "e"])


@given(st.lists(st.tuples(st.booleans(), st.none() | Log_odds, Log_odds), max_size=12))
def test_a_mistake_is_made_in_the_world_in_which_it_scores_higher(rows) -> None:
    there = np.asarray([math.nan if one is None else one for _, one, _ in rows], dtype=np.float64)
    scores = Scores(there, np.asarray([gone for *_, gone in rows], dtype=np.float64))
    expected = [max(gone, one) if one is not None and not right else gone for right, one, gone in rows]
    assert scores.mistakes(np.asarray([right for right, *_ in rows], dtype=bool)).tolist() == expected
