"""Where the object stands in pictures that have an even backdrop: what background replacement needs to know."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from lookalike.images.corruptions.backdrop import Outline, foreground, reached_from_border

__all__ = ["outlines_of"]

_WHITE = 240
_LEAST_PLATE = 0.1
_DIRECTIONS = 48
_LOOKED_AT = 128
"""Sides from twice this on are looked at in every second, third, … pixel."""


def outlines_of(
    pictures: UInt8[np.ndarray, "n height width 3"],
    *,
    plates: bool = False,
    into: UInt8[np.ndarray, "n height width"] | None = None,
) -> UInt8[np.ndarray, "n height width"]:
    """How much of each pixel belongs to the object, 255 all of it; 255 throughout where there is no even backdrop.

    An honest answer for catalogue pictures before white or a plain colour, and no answer for photographs: those keep
    their background. An object of the backdrop's own colour loses what touches the border through that colour. A
    millisecond or two a picture: find them once.

    Args:
        pictures: upright sRGB.
        plates: whether the objects are plates without holes or notches, drawn before white, as signs are: their outline
            is then the smallest convex one around what white leaves; where that is little, all of the picture.
        into: what is filled and given back, such as room in a file; None for a new array.
    """
    shares = np.empty(pictures.shape[:3], dtype=np.uint8) if into is None else into
    step = max(1, min(pictures.shape[1:3]) // _LOOKED_AT)
    for picture, share in zip(pictures, shares, strict=True):
        reduced = np.ascontiguousarray(picture[::step, ::step])
        outline = _plate(reduced) if plates else foreground(reduced)
        if outline is None:
            share[:] = 255
        else:
            whole = outline.repeat(step, axis=0).repeat(step, axis=1)[: share.shape[0], : share.shape[1]]
            share[:] = _softened(whole.astype(np.float32) * 255)
    return shares


def _plate(picture: np.ndarray) -> Outline | None:
    """The convex hull of what is not white, or lies where white does not reach from the border."""
    outline = ~reached_from_border(picture.min(axis=2) >= _WHITE)
    if float(outline.mean()) < _LEAST_PLATE:
        return None
    return _convex(outline)


def _convex(outline: Outline) -> Outline:
    """What no straight line in any of 48 directions can cut off: the convex hull, to a pixel or so."""
    y, x = np.indices(outline.shape)
    # Their first and last in each row are enough.
    there = np.flatnonzero(outline.any(axis=1))
    first, last = outline[there].argmax(axis=1), outline.shape[1] - 1 - outline[there, ::-1].argmax(axis=1)
    rows, columns = np.concatenate([there, there]), np.concatenate([first, last])
    inside = np.ones_like(outline)
    for angle in np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS:
        across, down = np.cos(angle), np.sin(angle)
        inside &= x * across + y * down <= (columns * across + rows * down).max() + 1e-6
    return inside


def _softened(mask: np.ndarray) -> np.ndarray:
    """The mean over 3 x 3, so that the edge is soft by a pixel."""
    rows = np.pad(mask, 1, mode="edge")
    columns = rows[:-2] + rows[1:-1] + rows[2:]
    return ((columns[:, :-2] + columns[:, 1:-1] + columns[:, 2:]) / 9 + 0.5).astype(np.uint8)
