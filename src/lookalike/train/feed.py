"""What a batch of pictures is to the net: pixels varied anew, or features kept of a few variations."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias, final, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8

from lookalike.nets.assembly import Assembly
from lookalike.nets.head import POOLED
from lookalike.train.rows_on_device import RowsOnDevice

__all__ = ["PIXELS", "Feed", "Given", "KeptFeed", "PixelFeed", "Vary", "central", "pooled", "times_before"]

PIXELS = "pixels"
_ALL = slice(None)
Given: TypeAlias = dict[str, torch.Tensor]
Rows: TypeAlias = Int64[np.ndarray, " n"]
Vary: TypeAlias = Callable[[torch.Tensor, Sequence[int], int], torch.Tensor]
"""Of (squares uint8 (n, side, side, 3), a number for each, epoch) the varied ones, (n, size, size, 3)."""


@runtime_checkable
class Feed(Protocol):
    """Gives a batch in the form that the net starts from, on the device where it computes."""

    def varied(self, rows: Rows, epoch: int, part: slice = _ALL) -> Given:
        """As they are learned from: what happens to a picture depends on its row and `epoch` alone.

        Args:
            rows: of the batch.
            epoch: number of it.
            part: which of `rows` are wanted here, where several processes share a batch.
        """
        ...

    def plain(self, rows: Rows) -> Given:
        """As they are measured: what the finished model will make of them."""
        ...


@final
class PixelFeed:
    """Squares, varied on the device.

    Args:
        squares: uint8, as `lookalike.train.examples.Examples` keeps them.
        size_pixels: of what the model takes.
        vary: varies them; None shows them as they are.
        device: as torch names it.
    """

    def __init__(
        self, squares: UInt8[np.ndarray, "n side side 3"], size_pixels: int, vary: Vary | None, device: str
    ) -> None:
        self._n = len(squares)
        self._rows = RowsOnDevice(squares, device)
        self._size = size_pixels
        self._vary = vary

    def varied(self, rows: Rows, epoch: int, part: slice = _ALL) -> Given:
        """Pixels; a picture that comes more than once in `rows` is varied in another way each time."""
        if self._vary is None:
            return self.plain(rows[part])
        numbers = (rows + self._n * times_before(rows))[part]
        return {PIXELS: self._vary(self._rows(rows[part]), numbers.tolist(), epoch)}

    def plain(self, rows: Rows) -> Given:
        """Pixels, the central ones."""
        squares = self._rows(rows)
        margin = (squares.shape[1] - self._size) // 2
        middle = slice(margin, margin + self._size)
        return {PIXELS: squares[:, middle, middle].contiguous()}


@final
class KeptFeed:
    """Tensors that were computed before: view 0 of each picture is the plain one, the others are variations.

    Maps are given with their channels last in memory, as convolutions of a processor want them: with the packaged
    model a step of its upper layers takes two thirds of the time.

    Args:
        kept: by name of the tensor, shape (pictures, views + 1, ...); may be mapped from files.
        device: as torch names it.
    """

    def __init__(self, kept: Mapping[str, Float[np.ndarray, "n views ..."]], device: str) -> None:
        self._kept = kept
        self._device = device
        self._n_views = next(iter(kept.values())).shape[1] - 1

    def varied(self, rows: Rows, epoch: int, part: slice = _ALL) -> Given:
        """Another view each epoch, and other ones where a picture comes more than once in `rows`."""
        if self._n_views == 0:
            return self.plain(rows[part])
        return self._taken(rows[part], (1 + (rows + epoch + times_before(rows)) % self._n_views)[part])

    def plain(self, rows: Rows) -> Given:
        """View 0."""
        return self._taken(rows, np.zeros(len(rows), np.int64))

    def _taken(self, rows: Rows, views: Rows) -> Given:
        given = {
            name: torch.from_numpy(np.asarray(values[rows, views], np.float32)).to(self._device, non_blocking=True)
            for name, values in self._kept.items()
        }
        return {
            name: item.contiguous(memory_format=torch.channels_last) if item.ndim == 4 else item
            for name, item in given.items()
        }


def central(squares: UInt8[np.ndarray, "n side side 3"], size_pixels: int) -> UInt8[np.ndarray, "n size size 3"]:
    """The middle `size_pixels` of each square, contiguous."""
    margin = (squares.shape[1] - size_pixels) // 2
    return np.ascontiguousarray(squares[:, margin : margin + size_pixels, margin : margin + size_pixels])


def times_before(rows: Rows) -> Rows:
    """For each entry how often the same one stands before it."""
    order = np.argsort(rows, kind="stable")
    of_sorted = rows[order]
    starts = np.flatnonzero(np.r_[True, of_sorted[1:] != of_sorted[:-1]])
    lengths = np.diff(np.r_[starts, len(rows)])
    times = np.empty(len(rows), np.int64)
    times[order] = np.arange(len(rows)) - np.repeat(starts, lengths)
    return times


def pooled(assembly: Assembly, given: Given) -> Float[torch.Tensor, "n channels"]:
    """What goes into the head's linear layer, from pixels, from pooled rows, or from inner maps of the net."""
    if PIXELS in given:
        return assembly.pool(given[PIXELS])
    if POOLED in given:
        return given[POOLED]
    names = assembly.head.config.features
    found = assembly.net.continued(given, names)
    return assembly.head.pool([found[name] for name in names])
