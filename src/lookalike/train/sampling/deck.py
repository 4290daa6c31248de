"""Things drawn in turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

__all__ = ["Deck"]


class Deck:
    """Items in turns: none again before all others; different ones in one draw, as far as there are."""

    def __init__(self, items: Sequence[int], generator: np.random.Generator) -> None:
        self._items = np.asarray(items, dtype=np.int64)
        self._generator = generator
        self._left: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def draw(self, n: int) -> list[int]:
        drawn: list[int] = []
        while len(drawn) < n:
            if not self._left:
                fresh: list[int] = self._generator.permutation(self._items).tolist()
                before = set(drawn)
                self._left.extend(sorted(fresh, key=before.__contains__))  # those just drawn come last
            drawn.append(self._left.popleft())
        return drawn
