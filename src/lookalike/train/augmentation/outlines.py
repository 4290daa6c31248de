"""Where the object stands in pictures that have an even backdrop: what background replacement needs to know."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from lookalike.images.corruptions.backdrop import foreground

__all__ = ["outlines_of"]

_LOOKED_AT = 128
"""Sides from twice this on are looked at in every second, third, … pixel."""


def outlines_of(pictures: UInt8[np.ndarray, "n height width 3"]) -> UInt8[np.ndarray, "n height width"]:
    """How much of each pixel belongs to the object, 255 all of it; 255 throughout where there is no even backdrop.

    An honest answer for catalogue pictures before white or a plain colour, and no answer for photographs: those keep
    their background. An object of the backdrop's own colour loses what touches the border through that colour. A
    millisecond or two a picture: find them once.

    Args:
        pictures: upright sRGB.
    """
    shares = np.full(pictures.shape[:3], 255, dtype=np.uint8)
    step = max(1, min(pictures.shape[1:3]) // _LOOKED_AT)
    for picture, share in zip(pictures, shares, strict=True):
        outline = foreground(np.ascontiguousarray(picture[::step, ::step]))
        if outline is not None:
            whole = outline.repeat(step, axis=0).repeat(step, axis=1)[: share.shape[0], : share.shape[1]]
            share[:] = _softened(whole.astype(np.float32) * 255)
    return shares


def _softened(mask: np.ndarray) -> np.ndarray:
    """The mean over 3 x 3, so that the edge is soft by a pixel."""
    rows = np.pad(mask, 1, mode="edge")
    columns = rows[:-2] + rows[1:-1] + rows[2:]
    return ((columns[:, :-2] + columns[:, 1:-1] + columns[:, 2:]) / 9 + 0.5).astype(np.uint8)
