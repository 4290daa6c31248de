"""A product picture as a shopper's phone would have taken it: tilted, badly lit, before another wall, sent as JPEG."""

from __future__ import annotations

import numpy as np

from lookalike.images.corruptions.backdrop import backdrop_colour, foreground
from lookalike.images.corruptions.background import placed_before, scenery
from lookalike.images.corruptions.blur import soften
from lookalike.images.corruptions.compression import recompressed
from lookalike.images.corruptions.framing import smaller
from lookalike.images.corruptions.light_field import from_light, to_light, unit_pixels
from lookalike.images.corruptions.warp import perspective
from lookalike.images.regions import crop
from lookalike.types import Box, Pixels

__all__ = ["phone_photograph"]

_TILT = 0.13
"""By which share of the side a corner may come to lie elsewhere."""


def phone_photograph(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """A distorted copy: another background where the outline can be seen, perspective, crop, light, blur, noise, JPEG.

    Args:
        pixels: upright sRGB, at least 32 pixels each way.
        generator: source of randomness; the same state gives the same photograph.

    Returns:
        a picture of the same proportions give or take a tenth, 75% to 95% of the side; what was done to the picture
        is what phones do, but a copy stays easier than a photograph of the thing itself from another side.
    """
    outline = foreground(pixels)
    if outline is not None:
        behind = scenery(pixels.shape[0], pixels.shape[1], int(generator.integers(2, 6)), generator)
        pixels = placed_before(pixels, outline, behind)
    elif generator.random() < 0.3:
        pixels = smaller(pixels, 1, generator)
    pixels = _tilted(pixels, generator)
    pixels = _off_centre(pixels, generator)
    pixels = _lit(pixels, generator)
    pixels = soften(pixels, float(generator.uniform(0.2, 1.2)) * unit_pixels(pixels))
    grain = generator.standard_normal(pixels.shape, dtype=np.float32) * np.float32(generator.uniform(0.005, 0.03))
    return recompressed(from_light(to_light(pixels) + grain), int(generator.integers(45, 86)))


def _tilted(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    moves = generator.uniform(-_TILT, _TILT, (4, 2))
    at = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    corners = [(float(x + move[0]), float(y + move[1])) for (x, y), move in zip(at, moves, strict=True)]
    red, green, blue = (int(value) for value in backdrop_colour(pixels))
    return perspective(pixels, corners, (red, green, blue))


def _off_centre(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    shares = generator.uniform(0.75, 0.95, 2)
    down, across = shares[0] * height, shares[1] * width
    box = Box(float(generator.random() * (width - across)), float(generator.random() * (height - down)), across, down)
    return crop(pixels, box)


def _lit(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """Exposure, the colour of the lamp, and light that falls from one side."""
    light = to_light(pixels) ** np.float32(generator.uniform(0.75, 1.35))
    lamp = generator.uniform(0.88, 1.12, 3).astype(np.float32) * np.float32(generator.uniform(0.75, 1.15))
    angle = generator.uniform(0, 2 * np.pi)
    height, width = pixels.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    side = 1 + generator.uniform(0.0, 0.3) * (np.cos(angle) * x + np.sin(angle) * y)
    return from_light((light * lamp * side[..., None].astype(np.float32)).astype(np.float32))
