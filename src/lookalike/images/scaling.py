"""A picture, or a rectangle of one, at a size of one's own choice."""

from __future__ import annotations

import numpy as np
from PIL import Image

from lookalike.types import Pixels

__all__ = ["fitted_size", "scaled"]


def scaled(pixels: Pixels, width: int, height: int, edges: tuple[float, float, float, float] | None = None) -> Pixels:
    """`pixels` at that width and height, whatever the proportions, by Pillow's antialiased bicubic filter.

    Args:
        pixels: a picture.
        width: of the result, in pixels.
        height: of the result, in pixels.
        edges: left, upper, right and lower edge of the part to take, inside the picture; None for all of it.

    Returns:
        shape (height, width, 3), contiguous.
    """
    image = Image.fromarray(pixels)
    return np.array(image.resize((width, height), Image.Resampling.BICUBIC, box=edges, reducing_gap=3.0))


def fitted_size(width: int, height: int, *, area_pixels: int, multiple: int) -> tuple[int, int]:
    """Width and height near `area_pixels` in the proportions of a picture, each a multiple of `multiple`.

    Proportions beyond 4 to 1 are taken for 4 to 1, so that no side becomes too short to hold anything.

    Args:
        width: of the picture.
        height: of the picture.
        area_pixels: of the result, about.
        multiple: what both sides are multiples of; at least one of it.
    """
    ratio = min(4.0, max(0.25, width / height))
    across, down = (area_pixels * ratio) ** 0.5, (area_pixels / ratio) ** 0.5
    return max(multiple, round(across / multiple) * multiple), max(multiple, round(down / multiple) * multiple)
