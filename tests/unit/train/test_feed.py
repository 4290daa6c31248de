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


def test_plain_pixels_are_the_middle_of_the_squares_and_varied_ones_are_told_apart_where_a_picture_comes_twice() -> (
    None
):
    from lookalike.train.feed import PIXELS, PixelFeed

    squares = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    asked: list[tuple[list[int], int]] = []

    def vary(given: torch.Tensor, numbers: list[int], epoch: int) -> torch.Tensor:
        asked.append((list(numbers), epoch))
        return given[:, :6, :6]

    feed = PixelFeed(squares, 6, vary, "cpu")
    rows = np.array([3, 1, 3])
    np.testing.assert_array_equal(feed.plain(rows)[PIXELS].numpy(), squares[rows, 1:7, 1:7])
    np.testing.assert_array_equal(feed.varied(rows, 5)[PIXELS].numpy(), squares[rows, :6, :6])
    np.testing.assert_array_equal(feed.varied(rows, 5, slice(1, 3))[PIXELS].numpy(), squares[[1, 3], :6, :6])
    assert asked == [([3, 1, 7], 5), ([1, 7], 5)]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU here")
@pytest.mark.parametrize("room", [0.25, 0.0])
def test_a_gpu_is_given_the_same_rows_whether_it_holds_all_or_not(room: float, monkeypatch: pytest.MonkeyPatch) -> None:
    from lookalike.train import rows_on_device

    monkeypatch.setattr(rows_on_device, "_MOST", room)
    array = np.random.default_rng(0).integers(0, 256, (40, 6, 6, 3), dtype=np.uint8)
    rows = np.array([7, 0, 39, 7])
    given = rows_on_device.RowsOnDevice(array, "cuda")
    for _ in range(2):
        np.testing.assert_array_equal(given(rows).cpu().numpy(), array[rows])
