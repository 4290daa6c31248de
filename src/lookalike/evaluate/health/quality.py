"""Pictures that are too soft, too small, too dark or too bright to be recognised by, beside the rest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from lookalike.evaluate.health.finding import Finding, FindingKind, ImageReference
from lookalike.evaluate.health.measurements import Traits

__all__ = ["Pictured", "judge_quality"]

SOFT_PIXELS = 1.15
"""Edges softer than this are blurred to the eye, whatever the catalogue."""
SOFT_BESIDE_REST = 1.6
"""And they are that many times softer than the catalogue's median."""
SMALL_PIXELS = 160
"""On the longer side; what models look at is 224 pixels wide, and a little enlargement does no harm."""
DARK_HIGH = 0.35
"""Where not even the lightest hundredth of the picture reaches this luma, it is underexposed."""
BRIGHT_LOW = 0.8
"""Where not even the darkest hundredth is below this luma, it is overexposed, or a white thing on white."""
RARE = 0.1
"""What more pictures than this share have is how this catalogue is, not a fault of single pictures."""


@dataclass(frozen=True, slots=True)
class Pictured:
    """What is judged: where the picture is shown, and its original's size in pixels."""

    about: ImageReference
    width: int
    height: int


def judge_quality(pictures: Sequence[Pictured], traits: Traits) -> tuple[Finding, ...]:
    """A finding for each fault of each picture; what is normal in this catalogue is no fault.

    Args:
        pictures: one entry a row of `traits`.
        traits: NaN where a picture could not be measured; only its size is judged then.
    """
    findings: list[Finding] = []
    blur, low, high = traits["blur_pixels"], traits["luma_low"], traits["luma_high"]
    typical = float(np.nanmedian(blur)) if np.isfinite(blur).any() else 0.0
    soft = max(SOFT_PIXELS, SOFT_BESIDE_REST * typical)
    longer = np.array([max(one.width, one.height) for one in pictures], dtype=np.float64)
    with np.errstate(invalid="ignore"):
        findings += [_blurred(pictures[row], float(blur[row]), typical, soft) for row in _rare(blur > soft)]
        findings += [_small(pictures[row]) for row in _rare(longer < SMALL_PIXELS)]
        findings += [_dark(pictures[row], float(high[row])) for row in _rare(high < DARK_HIGH)]
        findings += [_overexposed(pictures[row], float(low[row])) for row in _rare(low > BRIGHT_LOW)]
    return tuple(findings)


def _rare(faulty: Bool[np.ndarray, " _n"]) -> list[int]:
    """Rows with a fault; none where it is so common that it is how this catalogue is."""
    rows = np.flatnonzero(faulty)
    return [] if len(rows) > max(1, RARE * len(faulty)) else rows.tolist()


def _blurred(one: Pictured, blur: float, typical: float, soft: float) -> Finding:
    return Finding(
        FindingKind.BLURRED,
        "medium",
        one.about,
        f"its sharpest edges are {blur:.1f} pixels soft, typical here are {typical:.1f}",
        score=min(1.0, blur / (2 * soft)),
        evidence={"blur_pixels": round(blur, 3), "typical_pixels": round(typical, 3), "limit_pixels": round(soft, 3)},
    )


def _small(one: Pictured) -> Finding:
    longer = max(one.width, one.height)
    return Finding(
        FindingKind.SMALL,
        "medium",
        one.about,
        f"the original has {one.width} x {one.height} pixels, at least {SMALL_PIXELS} on the longer side are useful",
        score=max(0.0, 1.0 - longer / SMALL_PIXELS),
        evidence={"width": one.width, "height": one.height, "limit_pixels": SMALL_PIXELS},
    )


def _dark(one: Pictured, high: float) -> Finding:
    return Finding(
        FindingKind.DARK,
        "medium",
        one.about,
        f"even its lightest parts are dark (luma {high:.2f} of 1)",
        score=max(0.0, 1.0 - high),
        evidence={"luma_high": round(high, 3), "limit": DARK_HIGH},
    )


def _overexposed(one: Pictured, low: float) -> Finding:
    return Finding(
        FindingKind.OVEREXPOSED,
        "medium",
        one.about,
        f"even its darkest parts are almost white (luma {low:.2f} of 1)",
        score=min(1.0, low),
        evidence={"luma_low": round(low, 3), "limit": BRIGHT_LOW},
    )
