"""Plasma: a fractal height map, as clouds and frost have it, by midpoint displacement."""

from __future__ import annotations

import numpy as np
from PIL import Image

from lookalike.images.corruptions.light_field import Plane

__all__ = ["plasma", "stretched"]


def plasma(height: int, width: int, decay: float, generator: np.random.Generator) -> Plane:
    """Heights from 0 to 1, as rough as `decay` is low.

    Args:
        height: rows.
        width: columns.
        decay: above 1; by how much the displacement shrinks from one halving to the next. 2 gives clouds, 1.4 haze
            with grain.
        generator: source of randomness.

    Returns:
        float32, shape (height, width), minimum 0 and maximum 1.

    Reference:
        Fournier, Fussell, Carpenter 1982, "Computer rendering of stochastic models", by the diamond and square
        steps of Miller 1986, on a torus.
    """
    side = 1 << max(3, (max(height, width) - 1).bit_length())
    heights = np.zeros((side, side), dtype=np.float32)
    step, amplitude = side, np.float32(1.0)
    while step > 1:
        half = step // 2
        corners = heights[::step, ::step]
        across, down = np.roll(corners, -1, axis=1), np.roll(corners, -1, axis=0)
        centres = (corners + across + down + np.roll(across, -1, axis=0)) / 4
        heights[half::step, half::step] = centres + amplitude * _uniform(centres.shape, generator)
        centres = heights[half::step, half::step]
        upper = (corners + across + centres + np.roll(centres, 1, axis=0)) / 4
        heights[::step, half::step] = upper + amplitude * _uniform(upper.shape, generator)
        left = (corners + down + centres + np.roll(centres, 1, axis=1)) / 4
        heights[half::step, ::step] = left + amplitude * _uniform(left.shape, generator)
        step, amplitude = half, np.float32(amplitude / decay)
    heights = heights[:height, :width]
    low, high = float(heights.min()), float(heights.max())
    return ((heights - low) / max(high - low, 1e-6)).astype(np.float32)


def _uniform(shape: tuple[int, ...], generator: np.random.Generator) -> Plane:
    return (generator.random(shape, dtype=np.float32) * 2 - 1).astype(np.float32)


def stretched(plane: Plane, height: int, width: int) -> Plane:
    """`plane` resampled to another size, linearly."""
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
