"""The pictures of products that a fit does not see, by which it is decided when it has learned enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.train.general import beside

__all__ = ["HeldOut"]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What is asked at every measurement of a fit.

    Attributes:
        rows: of the pictures; none where nothing is held out.
        labels: what each shows.
        initial: unit vectors of the initial model, of the same pictures; not looked at where `share` is 0.
        share: `lookalike.train.general.GeneralConfig.share`.
    """

    rows: Int64[np.ndarray, " n"]
    labels: Int64[np.ndarray, " n"]
    initial: Float32[np.ndarray, "n own"]
    share: float

    def __len__(self) -> int:
        return len(self.rows)

    def completed(self, learned: Float32[np.ndarray, "n dimension"]) -> Float32[np.ndarray, "n both"]:
        """The vectors as the finished model would give them: with the initial model's share."""
        return beside(learned, self.initial, self.share)
