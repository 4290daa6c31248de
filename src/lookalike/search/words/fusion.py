"""How much each lane counts, and how their scores become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float32

__all__ = ["CODE", "Weights", "fused"]

CODE = "code"
"""The lane of exact ids, SKUs, barcodes and model numbers: what it finds comes first."""
_BELOW_CODES = np.float32(0.99)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each lane's score, in [0, 1] (a cosine below 0 counts as it is), is multiplied by.

    The better full text answers a question, the less sentence similarity has to add: between a best score of 0 and of
    1, what full text counts rises evenly from `words` to `words_found`, for all rows of that question alike.

    Attributes:
        words: of full text where it finds nothing; sentence similarity gets the rest.
        words_found: of full text where a row has all that was asked for and its title says nothing else.
        picture: of looks, beside words; the words then share the rest in the same proportion.
    """

    words: float = 0.6
    words_found: float = 0.9
    picture: float = 0.6

    def __post_init__(self) -> None:
        if not (0.0 <= self.words <= self.words_found <= 1.0 and 0.0 <= self.picture <= 1.0):
            raise ValueError(f"weights must be 0 <= words <= words_found <= 1 and picture in [0, 1], not {self}")

    def of(self, scores: Mapping[str, Float32[np.ndarray, " n"]]) -> dict[str, float]:
        """The weights of the lanes that answer; they add up to 1."""
        rest = 1.0 - self.picture if "picture" in scores else 1.0
        words = 1.0
        if "meaning" in scores:
            best = float(scores["words"].max(initial=0.0))
            words = self.words + (self.words_found - self.words) * min(best, 1.0)
        weights = {"words": rest * words}
        if "meaning" in scores:
            weights["meaning"] = rest * (1.0 - words)
        if "picture" in scores:
            weights["picture"] = self.picture
        return weights


def fused(
    scores: Mapping[str, Float32[np.ndarray, " n"]],
    coded: Float32[np.ndarray, " n"],
    weights: Weights,
    added: Mapping[str, Float32[np.ndarray, " n"]] = MappingProxyType({}),
) -> dict[str, Float32[np.ndarray, " n"]]:
    """The share of each lane in each row's score; the shares of a row add up to its score, in [-1, 1].

    Args:
        scores: by lane; ``words`` is always among them.
        coded: 1 where the question is the row's id, SKU, barcode or model number, else 0; such rows score 1.
        weights: of the lanes.
        added: by lane, what comes on top of them, at least 0; as much of it as leaves a row below those of a code.
    """
    by_lane = weights.of(scores)
    shares = {
        name: (np.float32(by_lane[name]) * score * _BELOW_CODES).astype(np.float32) for name, score in scores.items()
    }
    total = np.zeros(len(coded), dtype=np.float32)
    for share in shares.values():
        total += share
    for name, extra in added.items():
        shares[name] = np.minimum(extra, _BELOW_CODES - total).astype(np.float32)
        total += shares[name]
    if bool(coded.any()):
        shares[CODE] = np.where(coded > 0, np.float32(1.0) - total, np.float32(0.0)).astype(np.float32)
    return shares
