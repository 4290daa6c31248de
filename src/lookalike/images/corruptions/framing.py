"""How the photographer stood: turned, too far away, too near, with something in the way."""

from __future__ import annotations

import numpy as np
from PIL import Image

from lookalike.images.corruptions.backdrop import backdrop_colour
from lookalike.types import Pixels

__all__ = ["CROPS", "DEGREES", "OCCLUSIONS", "SCALES", "cropped", "occlusion", "rotation", "smaller"]

DEGREES = (10, 20, 45, 90, 180)
SCALES = (0.8, 0.6, 0.45, 0.35, 0.25)
CROPS = (0.9, 0.75, 0.6, 0.45, 0.3)
OCCLUSIONS = (0.1, 0.2, 0.3, 0.4, 0.5)


def _fill(pixels: Pixels) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in backdrop_colour(pixels))
    return red, green, blue


def rotation(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Turned by 10, 20, 45, 90 or 180 degrees either way; the corners get the colour of the border."""
    degrees = DEGREES[severity - 1] * (1 if generator.random() < 0.5 else -1)
    image = Image.fromarray(pixels)
    return np.asarray(image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=_fill(pixels)))


def smaller(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """The whole picture at 80% to 25% of its side, somewhere on a ground of the colour of its border."""
    height, width = pixels.shape[:2]
    scale = SCALES[severity - 1]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, upper = (
        int(generator.random() * (side - inner + 1)) for side, inner in zip((width, height), size, strict=True)
    )
    ground = np.empty_like(pixels)
    ground[:] = backdrop_colour(pixels)
    image = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    ground[upper : upper + size[1], left : left + size[0]] = np.asarray(image)
    return ground


def cropped(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """90% to 30% of the area, somewhere, in the proportions of the whole, enlarged to its size."""
    height, width = pixels.shape[:2]
    side = CROPS[severity - 1] ** 0.5
    left, upper = generator.random(2) * (1 - side)
    box = (left * width, upper * height, (left + side) * width, (upper + side) * height)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC, box=box))


def occlusion(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """10% to 50% of the area behind a rectangle of one colour, wholly inside the picture."""
    height, width = pixels.shape[:2]
    area = OCCLUSIONS[severity - 1]
    shape = generator.uniform(0.75, 1.33)
    across = min(1.0, (area * shape) ** 0.5)
    down = min(1.0, area / across)
    left, upper = generator.random() * (1 - across), generator.random() * (1 - down)
    hidden = pixels.copy()
    rows = slice(round(upper * height), round((upper + down) * height))
    columns = slice(round(left * width), round((left + across) * width))
    hidden[rows, columns] = generator.integers(0, 256, 3, dtype=np.uint8)
    return hidden
