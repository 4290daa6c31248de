"""What a finished model keeps of what the initial one knew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookalike.train.measurement import Measurement

__all__ = ["Retention"]


@dataclass(frozen=True, slots=True)
class Retention:
    """Two models on pictures that are not learned from, or are counted where they were.

    Attributes:
        source: what was asked; ``drawn`` for the drawn catalogue.
        before: the initial model.
        after: the finished one.
        n_learned: how many of the pictures asked lie, byte for byte, among those of the run: of them nothing says what
            is kept of others.
    """

    source: str
    before: Measurement
    after: Measurement
    n_learned: int = 0

    @property
    def told_learned(self) -> str:
        """How many of the pictures were learned from, for people; empty where none was."""
        return f"{self.n_learned} of {self.after.n_pictures} pictures were learned from" if self.n_learned else ""

    @property
    def value(self) -> float:
        """MAP@R after by MAP@R before; above 1 where nothing was forgotten; NaN where there was nothing to forget."""
        before = self.before.map_at_r.value
        return self.after.map_at_r.value / before if before else float("nan")

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; ``value`` is null where the initial model found nothing."""
        value = self.value
        return {
            "value": None if np.isnan(value) else value,
            "source": self.source,
            "before": self.before.as_dict(),
            "after": self.after.as_dict(),
            "learned": self.n_learned,
        }
