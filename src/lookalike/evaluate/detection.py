"""How well a score tells two kinds of things apart: the area under its ROC curve, and what a fixed alarm rate buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

from lookalike.evaluate.intervals import Interval, jackknife_mean

__all__ = ["Detection", "detect"]


@dataclass(frozen=True, slots=True)
class Detection:
    """A detector at one alarm rate.

    Attributes:
        area: under the ROC curve: how often a suspicious thing scores lower than an honest one, ties counting half.
        limit: score below which it sounds.
        false_alarms: share of honest things below the limit.
        detected: share of suspicious things below the limit, with its 95% interval. The limit is taken as given, as
            it is in use: the interval does not hold its own uncertainty.
    """

    area: float
    limit: float
    false_alarms: float
    detected: Interval


def detect(
    honest: Float[np.ndarray, " n"],
    suspicious: Float[np.ndarray, " m"],
    clusters: Sequence[object],
    *,
    false_alarm_rate: float = 0.05,
    limit: float | None = None,
) -> Detection:
    """What a score, low for suspicious things, detects at a rate of false alarms.

    Args:
        honest: scores of honest things.
        suspicious: scores of what shall be found.
        clusters: what each suspicious thing belongs to; the interval leaves out one of them at a time.
        false_alarm_rate: share of honest things that may sound; the limit is the highest with at most that share
            below it.
        limit: use this one, found on other honest things, instead.

    Raises:
        ValueError: none of either kind, or a rate outside [0, 1).
    """
    if len(honest) == 0 or len(suspicious) == 0:
        raise ValueError(f"expected things of both kinds, received {len(honest)} honest and {len(suspicious)} others")
    if not 0 <= false_alarm_rate < 1:
        raise ValueError(f"false_alarm_rate must be at least 0 and below 1, received {false_alarm_rate}")
    rising = np.sort(honest.astype(np.float64))
    allowed = int(np.floor(false_alarm_rate * len(rising) + 1e-9))
    chosen = float(rising[min(allowed, len(rising) - 1)]) if limit is None else limit
    found: Float64[np.ndarray, " m"] = (suspicious.astype(np.float64) < chosen).astype(np.float64)
    above = len(rising) - np.searchsorted(rising, suspicious, side="right")
    equal = np.searchsorted(rising, suspicious, side="right") - np.searchsorted(rising, suspicious, side="left")
    return Detection(
        area=float((above + 0.5 * equal).mean() / len(rising)),
        limit=chosen,
        false_alarms=float((rising < chosen).mean()),
        detected=jackknife_mean(found, clusters),
    )
