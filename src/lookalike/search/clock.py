"""How long the stages of an answer took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["Clock"]

T = TypeVar("T")


class Clock:
    """Wall time of each stage in milliseconds."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.taken: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], T]) -> T:
        """What `work` gives; its time is added to that of `stage`."""
        started = time.perf_counter()
        result = work()
        self.taken[stage] = self.taken.get(stage, 0.0) + (time.perf_counter() - started) * 1e3
        return result

    def finish(self) -> dict[str, float]:
        """Every stage, and ``total`` since the clock was made."""
        return {**self.taken, "total": (time.perf_counter() - self._started) * 1e3}
