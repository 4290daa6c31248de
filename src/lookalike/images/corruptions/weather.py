"""Weather before the lens: snow, frost, fog.

Reference:
    Hendrycks & Dietterich 2019 (arXiv 1903.12261); severities are theirs. Deviation: frost is drawn (ridges of two
    plasmas, thicker towards the border) where theirs overlays photographs of frosted panes.
"""

from __future__ import annotations

import math

import numpy as np

from lookalike.images.corruptions.convolution import convolve, streak
from lookalike.images.corruptions.light_field import Light, Plane, from_light, to_light, unit_pixels
from lookalike.images.corruptions.plasma import plasma, stretched
from lookalike.types import Pixels

__all__ = ["fog", "frost", "snow"]

_SNOW = (
    (0.1, 0.3, 3.0, 0.5, 10.0, 4.0, 0.8),
    (0.2, 0.3, 2.0, 0.5, 12.0, 4.0, 0.7),
    (0.55, 0.3, 4.0, 0.9, 12.0, 8.0, 0.7),
    (0.55, 0.3, 4.5, 0.85, 12.0, 8.0, 0.65),
    (0.55, 0.3, 2.5, 0.85, 12.0, 12.0, 0.55),
)
"""Mean and deviation of the flakes, their size, from which brightness on they count, length and deviation of their
fall, how much of the picture is left."""
_FROST = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
"""How much of the picture is left, and how much frost comes upon it."""
_FOG = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))
"""How much fog, and how smooth."""
_ICE = (0.86, 0.93, 1.0)


def snow(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Falling flakes, and a picture that pales."""
    mean, deviation, size, least, length, sigma, left = _SNOW[severity - 1]
    height, width = pixels.shape[:2]
    unit = unit_pixels(pixels)
    # Flakes are as large as a pixel of a picture of 224 / size.
    small = (max(2, round(height / (size * unit))), max(2, round(width / (size * unit))))
    flakes = (generator.standard_normal(small, dtype=np.float32) * deviation + mean).astype(np.float32)
    layer = stretched(flakes, height, width).copy()
    layer[layer < least] = 0.0
    fall = streak(length * unit, sigma * unit, math.radians(generator.uniform(45, 135)))
    layer = convolve(np.repeat(np.clip(layer, 0, 1)[..., None], 3, axis=2), fall)
    light = to_light(pixels)
    pale = np.maximum(light, _grey(light)[..., None] * np.float32(1.5) + np.float32(0.5))
    light = np.float32(left) * light + np.float32(1 - left) * pale
    return from_light(light + layer + layer[::-1, ::-1])


def frost(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Crystals of ice on the pane in front of the lens."""
    left, amount = _FROST[severity - 1]
    height, width = pixels.shape[:2]
    coarse = _ridges(plasma(height, width, 1.8, generator), 5)
    fine = _ridges(plasma(height, width, 1.35, generator), 3)
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    border = np.clip(0.45 + 0.75 * np.maximum(np.abs(x), np.abs(y)) ** 2, 0, 1)
    ice = np.clip(0.15 + 0.9 * coarse + 0.5 * coarse * fine + 0.25 * fine, 0, 1) * border
    tinted = ice[..., None] * np.asarray(_ICE)
    return from_light((left * to_light(pixels) + amount * tinted).astype(np.float32))


def _ridges(heights: Plane, sharpness: int) -> Plane:
    """1 along the contour of middle height, falling off to both sides."""
    return ((1 - np.abs(2 * heights - 1)) ** sharpness).astype(np.float32)


def fog(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Fog in clouds, brighter than the picture, whose range shrinks to make room for it."""
    amount, decay = _FOG[severity - 1]
    light = to_light(pixels)
    brightest = float(light.max())
    cloud = plasma(pixels.shape[0], pixels.shape[1], decay, generator)[..., None] * np.float32(amount)
    return from_light((light + cloud) * np.float32(brightest / (brightest + amount)))


def _grey(light: Light) -> Plane:
    return (light @ np.asarray((0.299, 0.587, 0.114), dtype=np.float32)).astype(np.float32)
