"""Barcodes and two-dimensional codes that are printed on what a picture shows; the one door for their reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.types import Box, Pixels

__all__ = ["PrintedCode", "read_codes"]

_MOST = 16


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """One code that was read.

    Attributes:
        text: what it says; EAN and UPC as 13 digits (EAN-8 as 8), with their check digit.
        kind: its symbology, for example ``EAN-13``, ``QR Code``.
        box: where it is, in pixels of the picture that was read.
    """

    text: str
    kind: str
    box: Box


def read_codes(pixels: Pixels) -> tuple[PrintedCode, ...]:
    """Every code in upright pixels that can be read without doubt (check digits and error correction agree).

    Returns:
        at most 16, from top to bottom; turned, mirrored and inverted ones too; none for a picture without.
    """
    import zxingcpp

    grey = np.ascontiguousarray(pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)).astype(np.uint8)
    found: list[PrintedCode] = []
    for code in zxingcpp.read_barcodes(grey):
        corners = (
            code.position.top_left,
            code.position.top_right,
            code.position.bottom_right,
            code.position.bottom_left,
        )
        if code.valid and code.text:
            left, width = _within([corner.x for corner in corners], grey.shape[1])
            upper, height = _within([corner.y for corner in corners], grey.shape[0])
            found.append(PrintedCode(code.text, str(code.format), Box(left, upper, width, height)))
    return tuple(sorted(found, key=lambda code: (code.box.y, code.box.x, code.text)))[:_MOST]


def _within(places: Sequence[int], side_pixels: int) -> tuple[float, float]:
    """Where corners begin along a side and how far they reach; those of a code that the edge cuts lie beyond it."""
    low = min(max(0, min(places)), side_pixels - 1)
    high = min(max(low + 1, *places), side_pixels)
    return float(low), float(high - low)
