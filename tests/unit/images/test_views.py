"""Claims about `lookalike.images.views`: what another look at a photograph shows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.images.views import MIDDLE_SHARE, QUERY_VIEWS, middle, mirrored

SIDES = st.integers(1, 40)


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng([height, width]).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(height=SIDES, width=SIDES)
def test_the_middle_leaves_out_as_much_on_either_side(height: int, width: int):
    pixels = picture(height, width)
    found = middle(pixels)
    for side, kept in zip(pixels.shape[:2], found.shape[:2], strict=True):
        assert 1 <= kept <= side
        assert abs(kept - MIDDLE_SHARE * side) <= 0.5 or kept == 1
    upper, left = ((there - kept) // 2 for there, kept in zip(pixels.shape[:2], found.shape[:2], strict=True))
    for y in range(found.shape[0]):
        for x in range(found.shape[1]):
            assert (found[y, x] == pixels[y + upper, x + left]).all()


@given(height=SIDES, width=SIDES)
def test_the_mirror_exchanges_left_and_right_and_twice_nothing(height: int, width: int):
    pixels = picture(height, width)
    assert (mirrored(pixels)[:, 0] == pixels[:, -1]).all()
    assert (mirrored(mirrored(pixels)) == pixels).all()


def test_every_view_leaves_the_photograph_as_it_was_and_can_be_written_on():
    for change in QUERY_VIEWS.values():
        pixels = picture(20, 30)
        before = pixels.copy()
        change(pixels)[:] = 0
        assert (pixels == before).all()
