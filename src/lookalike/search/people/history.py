"""What one shopper did before some moment: all that a recommendation knows of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64

from lookalike.search.people.log import KIND_WEIGHTS, Log

__all__ = ["NOBODY", "History", "history_of"]

_MOST = 200


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The latest events of one shopper, oldest first.

    Attributes:
        products: numbers of what they were about.
        kinds: places in `lookalike.sources.event.KINDS`.
        now: which belong to the latest visit.
        met: every product that the shopper ever met, rising; also those that `products` has no more room for.
    """

    products: Int64[np.ndarray, " n"]
    kinds: Int8[np.ndarray, " n"]
    now: Bool[np.ndarray, " n"]
    met: Int64[np.ndarray, " m"]

    def __len__(self) -> int:
        return len(self.products)

    def latest(self, most: int) -> tuple[Int64[np.ndarray, " m"], Float64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
        """The last `most` different products, the latest first.

        Returns:
            Products, the weight of the strongest thing done with each, and how many different ones came after each.
        """
        backwards = self.products[::-1]
        _, first = np.unique(backwards, return_index=True)
        first = np.sort(first)[:most]
        products = backwards[first]
        strongest = np.zeros(len(products))
        place = {int(product): position for position, product in enumerate(products)}
        for product, kind in zip(backwards.tolist(), self.kinds[::-1].tolist(), strict=True):
            position = place.get(product)
            if position is not None:
                strongest[position] = max(strongest[position], KIND_WEIGHTS[kind])
        return products, strongest, np.arange(len(products))


_NOTHING = np.empty(0, dtype=np.int64)
NOBODY = History(_NOTHING, _NOTHING.astype(np.int8), _NOTHING.astype(bool), _NOTHING)
"""A shopper of whom nothing is known."""


def history_of(log: Log, start: int, end: int) -> History:
    """The history that events `start` to below `end` of a log make; they are of one shopper."""
    if start >= end:
        return NOBODY
    recent = slice(max(start, end - _MOST), end)
    return History(
        log.product[recent],
        log.kind[recent],
        log.visit[recent] == log.visit[end - 1],
        np.unique(log.product[start:end]),
    )
