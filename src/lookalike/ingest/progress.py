"""How far a long run is, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Progress", "Watcher"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a run.

    Attributes:
        done: pictures dealt with and acknowledged (they survive a crash from here on).
        total: pictures to deal with, None while that is not known.
        rejected: pictures and rows rejected so far.
        seconds: wall time since the start.
    """

    done: int
    total: int | None
    rejected: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Pictures dealt with per second so far."""
        return self.done / self.seconds if self.seconds > 0 else 0.0


Watcher: TypeAlias = Callable[[Progress], None]
