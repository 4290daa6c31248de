"""Folding and ranking against plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.folding import fold, ranked


@given(st.lists(st.integers(0, 8), max_size=40))
def test_folding_keeps_the_first_member_of_each_group_in_order(groups: list[int]) -> None:
    seen: set[int] = set()
    expected = [position for position, group in enumerate(groups) if not (group in seen or seen.add(group))]
    assert fold(np.asarray(groups, dtype=np.int64)).tolist() == expected


@given(st.lists(st.tuples(st.sampled_from([0.25, 0.5, 0.75, 0.9]), st.integers(1, 99)), max_size=40))
def test_ranking_is_by_falling_similarity_then_rising_key(pairs: list[tuple[float, int]]) -> None:
    similarities = np.asarray([similarity for similarity, _ in pairs], dtype=np.float32)
    keys = np.asarray([key for _, key in pairs], dtype=np.int64)
    expected = sorted(range(len(pairs)), key=lambda i: (-pairs[i][0], pairs[i][1]))
    assert ranked(similarities, keys).tolist() == expected


def test_noise_in_the_last_bits_does_not_change_the_order_of_equals() -> None:
    similarities = np.asarray([0.7, np.nextafter(np.float32(0.7), 1)], dtype=np.float32)
    assert ranked(similarities, np.asarray([1, 2])).tolist() == [0, 1]
