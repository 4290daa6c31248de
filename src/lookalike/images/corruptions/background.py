"""Another background behind the object, where its outline is known or can be seen."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from PIL import Image, ImageDraw, ImageFilter

from lookalike.images.corruptions.backdrop import Outline, foreground
from lookalike.images.corruptions.light_field import from_light, to_light
from lookalike.images.corruptions.plasma import plasma
from lookalike.types import Pixels

__all__ = ["background_exchange", "placed_before", "scenery"]


def background_exchange(
    pixels: Pixels, severity: int, generator: np.random.Generator, outline: Outline | None = None
) -> Pixels | None:
    """The object before another background: 1 plain, 2 shaded, 3 mottled, 4 a table before a wall, 5 clutter.

    Args:
        pixels: the picture.
        severity: 1 to 5.
        generator: source of randomness.
        outline: where the object is; None to look for it before an even backdrop.

    Returns:
        None where no outline was given and none could be seen.
    """
    outline = foreground(pixels) if outline is None else outline
    if outline is None:
        return None
    return placed_before(pixels, outline, scenery(pixels.shape[0], pixels.shape[1], severity, generator))


def placed_before(pixels: Pixels, outline: Outline, behind: Pixels) -> Pixels:
    """The object of `pixels` before `behind`, its edge softened by a pixel."""
    mask = Image.fromarray(outline.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(0.8))
    share = (np.asarray(mask).astype(np.float32) / 255)[..., None]
    return from_light((to_light(pixels) * share + to_light(behind) * (1 - share)).astype(np.float32))


def scenery(height: int, width: int, severity: int, generator: np.random.Generator) -> Pixels:
    """A background of that kind, see `background_exchange`."""
    first, second = _paint(generator), _paint(generator)
    match severity:
        case 1:
            field = np.zeros((height, width), dtype=np.float32)
        case 2:
            y, x = np.mgrid[:height, :width].astype(np.float32)
            field = (0.6 * y / height + 0.4 * x / width).astype(np.float32)
        case 3:
            field = plasma(height, width, 1.6, generator)
        case 4:
            field = (plasma(height, width, 1.4, generator) * 0.35).astype(np.float32)
            field[round(height * generator.uniform(0.45, 0.7)) :] += np.float32(0.6)
        case _:
            return _clutter(height, width, generator)
    mixed = first + field[..., None] * (second - first)
    return from_light(mixed.astype(np.float32))


def _paint(generator: np.random.Generator) -> Float32[np.ndarray, " 3"]:
    """A colour as walls, tables and things have them: some brightness, little of a hue."""
    return np.clip(generator.uniform(0.15, 0.9) + generator.normal(0, 0.12, 3), 0.05, 0.97).astype(np.float32)


def _clutter(height: int, width: int, generator: np.random.Generator) -> Pixels:
    """Boxes and disks of many colours before a mottled wall."""
    image = Image.fromarray(scenery(height, width, 3, generator))
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y = generator.uniform(0, width), generator.uniform(0, height)
        across, down = generator.uniform(0.05, 0.22, 2) * min(height, width)
        red, green, blue = (int(255 * value) for value in _paint(generator))
        box = (x - across, y - down, x + across, y + down)
        if generator.random() < 0.5:
            draw.ellipse(box, fill=(red, green, blue))
        else:
            draw.rectangle(box, fill=(red, green, blue))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(min(height, width) / 200)))
