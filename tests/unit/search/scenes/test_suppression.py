"""Claims about `lookalike.search.scenes.suppression`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.scenes.suppression import overlaps, suppressed

boxes_and_scores = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12), st.integers(1, 12), st.integers(0, 5)),
    max_size=14,
)


def arrays(drawn: list[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h, _ in drawn], np.float32).reshape(-1, 4)
    return boxes, np.array([one[4] / 5 for one in drawn], np.float32)


def cells(box: np.ndarray) -> set[tuple[int, int]]:
    left, upper, right, lower = (int(edge) for edge in box)
    return {(x, y) for x in range(left, right) for y in range(upper, lower)}


@given(boxes_and_scores.filter(len))
def test_overlaps_count_cells(drawn: list[tuple[int, ...]]):
    boxes, _ = arrays(drawn)
    union, inside = overlaps(boxes[0], boxes)
    for other, same, within in zip(boxes, union, inside, strict=True):
        one, two = cells(boxes[0]), cells(other)
        assert same == pytest.approx(len(one & two) / len(one | two))
        assert within == pytest.approx(len(one & two) / min(len(one), len(two)))


@given(boxes_and_scores, st.integers(1, 8))
def test_what_is_kept_is_what_a_loop_keeps(drawn: list[tuple[int, ...]], most: int):
    boxes, scores = arrays(drawn)
    kept: list[int] = []
    for place in sorted(range(len(boxes)), key=lambda place: (-scores[place], place)):
        pairs = [overlaps(boxes[other], boxes[place : place + 1]) for other in kept]
        if len(kept) < most and all(same[0] <= 0.4 and within[0] <= 0.75 for same, within in pairs):
            kept.append(place)
    assert suppressed(boxes, scores, most=most).tolist() == kept
