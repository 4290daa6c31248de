"""Blur: out of focus, through frosted glass, in motion, while zooming.

Reference:
    Hendrycks & Dietterich 2019 (arXiv 1903.12261); severities are theirs, lengths scaled with the picture. Deviation:
    frosted glass moves all pixels of a round at once by a random field, where theirs swaps neighbours one by one.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from lookalike.images.corruptions.convolution import convolve, disk, streak
from lookalike.images.corruptions.light_field import from_light, to_light, unit_pixels
from lookalike.types import Pixels

__all__ = ["defocus_blur", "glass_blur", "motion_blur", "soften", "zoom_blur"]

_DEFOCUS = (3.0, 4.0, 6.0, 8.0, 10.0)
_GLASS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))
"""Standard deviation of the blur, reach of a move, rounds."""
_MOTION = ((10.0, 3.0), (15.0, 5.0), (15.0, 8.0), (15.0, 12.0), (20.0, 15.0))
"""Length and standard deviation of the path."""
_ZOOM = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))
"""Furthest zoom and step."""


def soften(pixels: Pixels, sigma_pixels: float) -> Pixels:
    """Gaussian blur."""
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma_pixels)))


def defocus_blur(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Every point a disk of radius 3 to 10 (of 224)."""
    del generator
    return from_light(convolve(to_light(pixels), disk(_DEFOCUS[severity - 1] * unit_pixels(pixels))))


def glass_blur(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Pixels strewn among their neighbours, between two slight blurs."""
    sigma, reach, rounds = _GLASS[severity - 1]
    unit = unit_pixels(pixels)
    reach = max(1, round(reach * unit))
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    strewn = soften(pixels, sigma * unit)
    for _ in range(rounds):
        moves = generator.integers(-reach, reach + 1, size=(2, height, width))
        strewn = strewn[np.clip(rows + moves[0], 0, height - 1), np.clip(columns + moves[1], 0, width - 1)]
    return soften(np.ascontiguousarray(strewn), sigma * unit)


def motion_blur(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """The camera moved by 10 to 20 (of 224) in one direction, at most 45 degrees from level."""
    length, sigma = _MOTION[severity - 1]
    unit = unit_pixels(pixels)
    angle = math.radians(generator.uniform(-45, 45))
    return from_light(convolve(to_light(pixels), streak(length * unit, sigma * unit, angle)))


def zoom_blur(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """The mean of the picture and of its centre at rising zoom, up to 1.11 to 1.31."""
    del generator
    furthest, step = _ZOOM[severity - 1]
    image = Image.fromarray(pixels)
    width, height = image.size
    zooms = np.arange(1.0, furthest, step)
    total = to_light(pixels)
    for zoom in zooms:
        box = (width * (1 - 1 / zoom) / 2, height * (1 - 1 / zoom) / 2)
        inner = (*box, width - box[0], height - box[1])
        total = total + to_light(np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, box=inner)))
    return from_light(total / np.float32(len(zooms) + 1))
