"""What a place to look at a run can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.types import Pixels

__all__ = ["Journal"]


@runtime_checkable
class Journal(Protocol):
    """Writes down; never fails a run for want of a reader."""

    def numbers(self, values: Mapping[str, float], step: int) -> None:
        """Points of curves, by name of the curve.

        Args:
            values: finite or not.
            step: of the run.
        """
        ...

    def picture(self, name: str, pixels: Pixels, step: int) -> None:
        """One state of a picture that changes in the course of the run."""
        ...

    def points(
        self,
        vectors: Float32[np.ndarray, "n dimension"],
        names: Sequence[str],
        tiles: UInt8[np.ndarray, "n side side 3"],
        step: int,
    ) -> None:
        """Vectors to walk about in, each with its product's name and a small picture."""
        ...

    def close(self) -> None:
        """Everything is on disk afterwards."""
        ...
