"""The even backdrop of a product picture, and what stands before it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Shaped, UInt8

from lookalike.types import Pixels

__all__ = ["Outline", "backdrop_colour", "foreground", "reached_from_border"]

Outline = Bool[np.ndarray, "_height _width"]
"""True where the object is."""

_TOLERANCE = 18
"""By how much a channel of the backdrop may differ from its fitted shade: texture and JPEG stay below."""
_EVEN_SHARE = 0.85
_LEAST, _MOST = 0.03, 0.95


def backdrop_colour(pixels: Pixels) -> UInt8[np.ndarray, " 3"]:
    """Median colour of the picture's border, 2% wide."""
    return np.median(_rim(pixels), axis=0).astype(np.uint8)


def _rim(values: Shaped[np.ndarray, "_height _width 3"]) -> Shaped[np.ndarray, "_n 3"]:
    """What lies within 2% of the border, in one row after the other."""
    rim = max(1, round(0.02 * min(values.shape[:2])))
    parts = (values[:rim], values[-rim:], values[rim:-rim, :rim], values[rim:-rim, -rim:])
    return np.concatenate([part.reshape(-1, 3) for part in parts])


def foreground(pixels: Pixels) -> Outline | None:
    """Where the object is, if the picture shows one before an even backdrop; None where it does not.

    The backdrop's shade is a plane fitted to the border, each channel by itself, so that a lamp from one side does no
    harm. The backdrop is what is within 18 of 255 of that shade in every channel, and connected with the border
    through pixels that are. It is taken for one where 85% of the border belong to it, and where it leaves between 3%
    and 95% of the picture to the object.
    """
    border = _rim(pixels).astype(np.float32)
    near = _furthest(border - np.median(border, axis=0)) <= 3 * _TOLERANCE
    if float(near.mean()) < _EVEN_SHARE:
        # Most photographs end here, before anything of the size of the picture is made.
        return None
    height, width = pixels.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    places = np.stack([np.ones_like(x), x, y], axis=-1).astype(np.float32)
    border_places = _rim(places)
    # Twice: the second fit leaves out what the first found to be no backdrop, such as an object that is cut off.
    planes = np.zeros((3, 3), dtype=np.float32)
    for _ in range(2):
        if float(near.mean()) < _EVEN_SHARE:
            return None
        planes = np.linalg.lstsq(border_places[near], border[near], rcond=None)[0]
        near = _furthest(border - border_places @ planes) <= _TOLERANCE
    if float(near.mean()) < _EVEN_SHARE:
        return None
    outline = ~reached_from_border(_furthest(pixels - places @ planes) <= _TOLERANCE)
    share = float(outline.mean())
    return outline if _LEAST <= share <= _MOST else None


def _furthest(differences: Float32[np.ndarray, "... 3"]) -> Float32[np.ndarray, ...]:
    """The largest of the three channels without its sign; as maxima of whole planes, which numpy finds far faster."""
    red, green, blue = np.moveaxis(np.abs(differences), -1, 0)
    return np.maximum(np.maximum(red, green), blue)


def reached_from_border(open_: Outline) -> Outline:
    """Those of the open pixels that a path of open neighbours joins with the border."""
    reached = np.zeros_like(open_)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        reached[edge] = open_[edge]
    n_before = -1
    while (n_reached := int(reached.sum())) != n_before:
        n_before = n_reached
        reached = _along_rows(open_, reached)
        reached = np.ascontiguousarray(_along_rows(open_.T, reached.T).T)
    return reached


def _along_rows(open_: Outline, reached: Outline) -> Outline:
    """Whole runs of open pixels in a row, where any of the run is reached."""
    cut = np.ones(open_.shape, dtype=np.bool_)
    cut[:, 1:] = open_[:, 1:] != open_[:, :-1]
    starts = np.flatnonzero(cut.ravel())
    any_reached = np.logical_or.reduceat(np.ascontiguousarray(reached).ravel(), starts)
    lengths = np.diff(np.append(starts, cut.size))
    return np.repeat(any_reached, lengths).reshape(open_.shape) & open_
