"""From what a tensor held to the range that eight bits shall span."""

from __future__ import annotations

import numpy as np

from lookalike.compress.observation import Histogram
from lookalike.compress.recipe import RangeRule

__all__ = ["affine", "range_of"]

_STEPS = 255
_BEYOND = 1e-4
_NOTHING = 1e-20
_SHARES = np.linspace(0.3, 1.0, 36)


def range_of(histogram: Histogram, rule: RangeRule) -> tuple[float, float]:
    """Lowest and highest value to be told apart; zero always lies between them, as padding needs it.

    Args:
        histogram: what the tensor held.
        rule: which range.

    Reference:
        Krishnamoorthi 2018, "Quantizing deep convolutional networks" (arXiv 1806.08342), section 3; the least squared
        error on a histogram instead of Kullback-Leibler divergence.
    """
    low, high = min(histogram.lowest, 0.0), max(histogram.highest, 0.0)
    match rule:
        case "whole":
            return low, high
        case "percentile":
            shares = np.cumsum(histogram.counts) / histogram.counts.sum()
            edges = np.linspace(histogram.lowest, histogram.highest, len(histogram.counts) + 1)
            first = int(np.searchsorted(shares, _BEYOND))
            last = int(np.searchsorted(shares, 1.0 - _BEYOND))
            return min(float(edges[first]), 0.0), max(float(edges[last + 1]), 0.0)
        case "least_error":
            return _least_error(histogram, low, high)


def _least_error(histogram: Histogram, low: float, high: float) -> tuple[float, float]:
    values, counts = histogram.centres, histogram.counts
    best = (np.inf, low, high)
    for share in _SHARES:
        scale, zero = affine(low * share, high * share)
        held = (np.clip(np.round(values / scale) + zero, 0, _STEPS) - zero) * scale
        error = float(counts @ np.square(values - held))
        if error <= best[0]:
            best = (error, low * share, high * share)
    return best[1], best[2]


def affine(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of unsigned eight bits over [low, high]: value = (step - zero point) * scale.

    Args:
        low: at most 0.
        high: at least 0; a range of all but no width gives the scale 1.
    """
    if not low <= 0.0 <= high:
        raise ValueError(f"a range must hold 0, received {low} to {high}")
    if high - low < _NOTHING:
        return 1.0, 0
    scale = float(np.float32((high - low) / _STEPS))
    return scale, int(np.clip(round(-low / scale), 0, _STEPS))
