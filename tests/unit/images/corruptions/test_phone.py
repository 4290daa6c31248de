"""A phone-like photograph: repeatable, of any picture, and no near-duplicate of what it was made of."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.images import hamming_distance, perceptual_hash
from lookalike.images.corruptions import phone_photograph


@settings(max_examples=25)
@given(st.integers(32, 120), st.integers(32, 120), st.integers(0, 10_000))
def test_any_picture_can_be_photographed_and_the_seed_decides(height: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    once = phone_photograph(picture, np.random.default_rng(seed))
    assert once.dtype == np.uint8
    assert 0.7 * height <= once.shape[0] <= height
    assert 0.7 * width <= once.shape[1] <= width
    assert np.array_equal(once, phone_photograph(picture, np.random.default_rng(seed)))


def test_most_photographs_are_no_near_duplicates_of_the_picture(pixels: np.ndarray) -> None:
    own = perceptual_hash(pixels)
    hashes = [perceptual_hash(phone_photograph(pixels, np.random.default_rng(seed))) for seed in range(20)]
    assert sum(hamming_distance(own, one) > 6 for one in hashes) >= 18
