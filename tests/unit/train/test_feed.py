"""Claims about `lookalike.train.feed`: which view of a picture a batch is given, and in which form."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


def test_kept_maps_are_given_with_channels_last_and_their_own_values() -> None:
    from lookalike.train.feed import KeptFeed

    kept = np.random.default_rng(0).normal(size=(5, 3, 4, 2, 6)).astype(np.float16)
    feed = KeptFeed({"stage": kept}, "cpu")
    given = feed.plain(np.array([4, 1]))["stage"]
    assert given.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(given.numpy(), kept[[4, 1], 0].astype(np.float32))


def test_a_picture_that_comes_twice_is_given_in_two_variations_and_never_plain() -> None:
    from lookalike.train.feed import KeptFeed

    kept = np.arange(3 * 4, dtype=np.float32).reshape(3, 4, 1)
    feed = KeptFeed({"pooled": kept}, "cpu")
    for epoch in range(4):
        first, second, third = feed.varied(np.array([2, 2, 0]), epoch)["pooled"][:, 0].tolist()
        assert {first, second} <= {9.0, 10.0, 11.0}
        assert first != second
        assert third in {1.0, 2.0, 3.0}
