"""The seam between whoever needs to know where things are in a photograph and whatever finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from lookalike.types import Pixels, Vector

__all__ = ["POSSIBLE", "Detections", "Detector"]

POSSIBLE = 0.05
"""Score below which nothing is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Where something may be.

    Attributes:
        boxes: left, upper, right and lower edge of each, in pixels of the photograph, inside it and not empty.
        scores: how likely each is to hold one thing and all of it, 0 to 1, falling.
        whole: unit vector of the whole photograph, where that came of the same forward pass; None elsewhere.
        fingerprint: of the model that made `whole`.

    Raises:
        ValueError: not as many scores as boxes, scores out of range or order, or an empty box.
    """

    boxes: Float32[np.ndarray, "n 4"]
    scores: Float32[np.ndarray, " n"]
    whole: Vector | None = None
    fingerprint: str | None = None

    def __post_init__(self) -> None:
        problems: list[str] = []
        if self.boxes.shape != (len(self.scores), 4):
            problems.append(f"boxes must have shape ({len(self.scores)}, 4), received {self.boxes.shape}")
        elif not bool(np.all((self.boxes[:, 2:] > self.boxes[:, :2]) & (self.boxes[:, :2] >= 0))):
            problems.append("every box must have its right edge beyond its left one, its lower one below its upper one")
        if not bool(np.all((self.scores >= 0) & (self.scores <= 1))) or bool(np.any(np.diff(self.scores) > 0)):
            problems.append("scores must be 0 to 1 and falling")
        if problems:
            raise ValueError("; ".join(problems))

    def __len__(self) -> int:
        return len(self.scores)


@runtime_checkable
class Detector(Protocol):
    """Finds the things in a photograph, whatever they are. Safe to call from several threads."""

    def detect(self, pixels: Pixels) -> Detections:
        """Boxes that may overlap; none where nothing stands out."""
        ...
