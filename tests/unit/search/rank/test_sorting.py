"""Sorting within a floor against a plain loop."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.memory import BooleanColumn, NumberColumn, TextColumn
from lookalike.search.rank.sorting import FLOOR_SHARE, floor_of, sort_values, sorted_within

_pairs = st.lists(
    st.tuples(st.sampled_from([0.9, 0.8, 0.7, 0.5, 0.1, -0.2]), st.sampled_from([1.0, 2.0, 3.0, math.nan])), max_size=20
)


@given(_pairs, st.booleans(), st.sampled_from([None, 0.6, -1.0]), st.booleans())
def test_the_order_is_what_a_loop_says(
    pairs: list[tuple[float, float]], falling: bool, floor: float | None, complete: bool
) -> None:
    pairs = sorted(pairs, key=lambda one: -one[0])
    similarities = np.asarray([one for one, _ in pairs], dtype=np.float32)
    values = np.asarray([one for _, one in pairs], dtype=np.float64)
    done = sorted_within(similarities, values, falling=falling, floor=floor, complete=complete)
    if pairs:
        best = pairs[0][0]
        least = floor if floor is not None else best * FLOOR_SHARE if best > 0 else best
        if not complete:
            least = max(least, pairs[-1][0])
        inside = [i for i, (alike, _) in enumerate(pairs) if round(alike, 6) >= round(least, 6)]
        missing = [i for i in inside if math.isnan(pairs[i][1])]
        known = [i for i in inside if not math.isnan(pairs[i][1])]
        known.sort(key=lambda i: ((-pairs[i][1] if falling else pairs[i][1]), -pairs[i][0], i))
        assert done.order.tolist() == known + missing
        assert all(pairs[i][0] >= done.floor - 1e-6 for i in done.order.tolist())
    else:
        assert len(done.order) == 0


def test_dates_sort_by_time_and_texts_in_any_case_alike() -> None:
    column = TextColumn.of(["2026-02-01", None, "2025-12-31", "2026-01-15"])
    values = sort_values(column, np.arange(4))
    assert np.isnan(values[1])
    assert np.argsort(values).tolist()[:3] == [2, 3, 0]
    folded = sort_values(TextColumn.of(["b", "A", "a"]), np.arange(3))
    assert folded[1] == folded[2] < folded[0]


def test_numbers_and_flags_keep_what_is_missing() -> None:
    assert sort_values(NumberColumn.of([3.0, None]), np.arange(2)).tolist()[0] == 3.0
    flags = sort_values(BooleanColumn.of([True, False, None]), np.arange(3))
    assert flags[0] == 1.0
    assert flags[1] == 0.0
    assert np.isnan(flags[2])


def test_the_floor_is_a_share_of_the_best_unless_that_is_below_zero() -> None:
    assert floor_of(np.asarray([0.8, 0.2], dtype=np.float32)) == 0.6
    assert floor_of(np.asarray([-0.25], dtype=np.float32)) == -0.25
    assert floor_of(np.zeros(0, dtype=np.float32)) == 0.0
