"""Barcodes and two-dimensional codes that are printed on what a picture shows; the one door for their reader."""

from __future__ import annotations

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
        across, down = [corner.x for corner in corners], [corner.y for corner in corners]
        width, height = max(1, max(across) - min(across)), max(1, max(down) - min(down))
        if code.valid and code.text:
            box = Box(float(min(across)), float(min(down)), float(width), float(height))
            found.append(PrintedCode(code.text, str(code.format), box))
    return tuple(sorted(found, key=lambda code: (code.box.y, code.box.x, code.text)))[:_MOST]
