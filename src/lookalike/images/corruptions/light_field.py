"""Pixels as the corruptions calculate with them: float32 from 0 to 1, and lengths in units of the picture's size."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float32

from lookalike.types import Pixels

__all__ = ["Light", "Plane", "from_light", "to_light", "unit_pixels"]

Light: TypeAlias = Float32[np.ndarray, "_height _width 3"]
"""Brightness of each channel, 0 to 1; values outside are cut off by `from_light`."""
Plane: TypeAlias = Float32[np.ndarray, "_height _width"]
"""One number a pixel."""

_REFERENCE_SIDE = 224


def to_light(pixels: Pixels) -> Light:
    """`pixels` as float32, 0 to 1."""
    return pixels.astype(np.float32) * np.float32(1 / 255)


def from_light(light: Light) -> Pixels:
    """Rounded to uint8; what lies outside 0 to 1 is cut off."""
    return (np.clip(light, 0.0, 1.0) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def unit_pixels(pixels: Pixels | Light) -> float:
    """Pixels of this picture to one pixel of a picture with a shorter side of 224, for which lengths are published."""
    return min(pixels.shape[:2]) / _REFERENCE_SIDE
