"""The fine texture of a picture on a fixed grid: what overlays of several pictures are recognised by."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int8
from PIL import Image, ImageFilter

from lookalike.types import Pixels

__all__ = ["TEXTURE_SIDE", "fine_texture"]

TEXTURE_SIDE = 96
"""Rows and columns of the grid that every picture is brought to, whatever its proportions."""

_SURROUNDING = 3
_MOST = 12


def fine_texture(pixels: Pixels) -> Int8[np.ndarray, "side side"]:
    """Luma less its surroundings, -12 to 12, on a grid of `TEXTURE_SIDE`: strokes stay, shapes and shading go.

    Args:
        pixels: a picture.
    """
    size = (TEXTURE_SIDE, TEXTURE_SIDE)
    grey = Image.fromarray(np.ascontiguousarray(pixels)).convert("L").resize(size, Image.Resampling.BOX)
    around = np.asarray(grey.filter(ImageFilter.BoxBlur(_SURROUNDING)), dtype=np.int16)
    return np.clip(np.asarray(grey, dtype=np.int16) - around, -_MOST, _MOST).astype(np.int8)
