"""Colours in the order of hits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search import colours
from lookalike.search.colours import COLOUR_SHARE, windows, with_colours

Cosines = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40)


def falling(values: list[float]) -> np.ndarray:
    return np.sort(np.asarray(values, np.float32))[::-1].copy()


def test_of_two_that_look_alike_the_one_of_that_colour_comes_first() -> None:
    rows = np.array([4, 9], np.int64)
    found = windows(rows, np.array([0.81, 0.80], np.float32), np.array([0.1, 0.9], np.float32), rows)
    assert found.rows.tolist() == [9, 4]
    assert found.similarities == pytest.approx([0.75 * 0.80 + 0.25 * 0.9, 0.75 * 0.81 + 0.25 * 0.1], abs=1e-5)
    assert COLOUR_SHARE == 0.25


def test_without_known_colours_cosines_stay_as_they_are() -> None:
    rows, cosines = np.arange(3, dtype=np.int64), np.array([0.9, 0.5, 0.1], np.float32)
    found = windows(rows, cosines, np.full(3, np.nan, np.float32), rows)
    assert found.rows.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(found.similarities, cosines)
    assert found.lanes == {}


def test_an_unknown_colour_counts_as_the_mean_of_the_known() -> None:
    similarities, looks = with_colours(np.array([0.5, 0.5, 0.5], np.float32), np.array([0.2, np.nan, 0.6], np.float32))
    assert similarities[1] == pytest.approx(0.75 * 0.5 + 0.25 * 0.4)
    assert looks == pytest.approx([0.375] * 3)


@given(Cosines, st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_nothing_is_lost_nothing_leaves_its_window_and_lanes_add_up(
    values: list[float], seed: int, window: int
) -> None:
    cosines = falling(values)
    rng = np.random.default_rng(seed)
    alike = rng.uniform(-1, 1, len(cosines)).astype(np.float32)
    alike[rng.random(len(cosines)) < 0.3] = np.nan
    rows = np.arange(len(cosines), dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(colours, "WINDOW_IMAGES", window)
        found = windows(rows, cosines, alike, rows)
        longer = windows(rows[: window * (len(rows) // window)], cosines[: window * (len(rows) // window)],
                         alike[: window * (len(rows) // window)], rows[: window * (len(rows) // window)])  # fmt: skip
    assert sorted(found.rows.tolist()) == rows.tolist()
    assert (found.rows // window == rows // window).all()
    assert (np.diff(found.similarities) <= 0).all()
    if found.lanes:
        np.testing.assert_allclose(sum(found.lanes.values()), found.similarities, atol=1e-6)
    # What was asked for by a shallower search comes out in the same order.
    assert longer.rows.tolist() == found.rows.tolist()[: len(longer.rows)]
