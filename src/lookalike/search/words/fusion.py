"""How much each lane counts, and how their scores become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

__all__ = ["CODE", "Weights", "fused"]

CODE = "code"
"""The lane of exact ids, SKUs, barcodes and model numbers: what it finds comes first."""
_BELOW_CODES = np.float32(0.99)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each lane's score, in [0, 1] (a cosine below 0 counts as it is), is multiplied by.

    Attributes:
        words: of full text, with words alone.
        meaning: of sentence similarity, with words alone.
        picture: of looks, beside words; the words then share the rest in the same proportion.
    """

    words: float = 0.72
    meaning: float = 0.28
    picture: float = 0.6

    def of(self, lanes: Mapping[str, object]) -> dict[str, float]:
        """The weights of the lanes that answer; they add up to 1."""
        weights = {"words": self.words}
        if "meaning" in lanes:
            weights["meaning"] = self.meaning
        rest = 1.0 - self.picture if "picture" in lanes else 1.0
        total = sum(weights.values())
        weights = {name: rest * weight / total for name, weight in weights.items()}
        if "picture" in lanes:
            weights["picture"] = self.picture
        return weights


def fused(
    scores: Mapping[str, Float32[np.ndarray, " n"]], coded: Float32[np.ndarray, " n"], weights: Weights
) -> dict[str, Float32[np.ndarray, " n"]]:
    """The share of each lane in each row's score; the shares of a row add up to its score, in [-1, 1].

    Args:
        scores: by lane.
        coded: 1 where the question is the row's id, SKU, barcode or model number, else 0; such rows score 1.
        weights: of the lanes.
    """
    by_lane = weights.of(scores)
    shares = {
        name: (np.float32(by_lane[name]) * score * _BELOW_CODES).astype(np.float32) for name, score in scores.items()
    }
    if bool(coded.any()):
        total = np.zeros(len(coded), dtype=np.float32)
        for share in shares.values():
            total += share
        shares[CODE] = np.where(coded > 0, np.float32(1.0) - total, np.float32(0.0)).astype(np.float32)
    return shares
