"""Claims about `lookalike.train.augmentation.outlines`."""

from __future__ import annotations

import numpy as np

from lookalike.train.augmentation.outlines import outlines_of


def test_an_object_before_white_is_found_and_a_photograph_is_left_whole() -> None:
    before_white = np.full((64, 64, 3), 255, dtype=np.uint8)
    before_white[20:44, 16:48] = (180, 30, 30)
    photograph = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    first, second = outlines_of(np.stack([before_white, photograph]))
    assert set(first[22:42, 18:46].ravel().tolist()) == {255}
    assert set(first[:18].ravel().tolist()) == {0}
    assert 0 < int(first[19, 30]) < 255
    assert set(second.ravel().tolist()) == {255}
