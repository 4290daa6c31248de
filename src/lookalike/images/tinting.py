"""Numbers laid over a picture as colour: a grid of values becomes a tint that says where they are high or low."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from PIL import Image

from lookalike.types import Pixels

__all__ = ["AGAINST", "FOR", "spread_map", "tinted"]

FOR = ((255, 214, 92), (240, 122, 40), (200, 20, 84))
"""Colours of positive values, from small to large: yellow, orange, crimson; lightness falls all the way."""
AGAINST = ((150, 196, 255), (60, 118, 222), (20, 48, 140))
"""Colours of negative values, from small to large."""

_OPAQUE = 0.78
_FADED = 0.65


def spread_map(
    values: Float[np.ndarray, "rows columns"],
    window: tuple[float, float, float, float],
    *,
    width: int,
    height: int,
) -> Float32[np.ndarray, "height width"]:
    """A grid of values at every pixel of a picture: interpolated linearly between the cells' centres.

    Args:
        values: row by row from the upper left.
        window: left, upper, right and lower edge of the grid, in pixels of the picture; may reach beyond it.
        width: of the picture.
        height: of the picture.

    Returns:
        0 outside of the window.
    """
    rows, columns = values.shape
    left, upper, right, lower = window
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    across = _weights((x - left) / (right - left) * columns - 0.5, columns)
    down = _weights((y - upper) / (lower - upper) * rows - 0.5, rows)
    across[:, (x < left) | (x > right)] = 0.0
    down[:, (y < upper) | (y > lower)] = 0.0
    return (down.T @ values.astype(np.float64) @ across).astype(np.float32)


def _weights(position: Float[np.ndarray, " n"], n_cells: int) -> Float[np.ndarray, "n_cells n"]:
    """How much each cell counts at each position, in cells from the first one's centre; the outer ones go on."""
    place = np.clip(position, 0, n_cells - 1)
    return np.maximum(0.0, 1.0 - np.abs(np.arange(n_cells)[:, None] - place[None, :]))


def tinted(pixels: Pixels, strength: Float[np.ndarray, "height width"]) -> Pixels:
    """The picture, faded, with colour where `strength` is not 0: warm where it is positive, blue where negative.

    Args:
        pixels: a picture of that height and width.
        strength: -1 to 1; what lies beyond is cut.
    """
    bounded = np.clip(strength.astype(np.float32), -1.0, 1.0)
    size = np.abs(bounded)[..., None]
    # Most of the colour goes and the picture is lightened, so that the tint is not taken for the picture's own.
    grey = np.asarray(Image.fromarray(pixels).convert("L"), dtype=np.float32)[..., None]
    faded = grey + (pixels.astype(np.float32) - grey) * (1 - _FADED)
    faded = 255 - (255 - faded) * 0.82
    colour = np.where(bounded[..., None] >= 0, _ramp(size, FOR), _ramp(size, AGAINST))
    opacity = _OPAQUE * size**0.85
    return np.clip(faded * (1 - opacity) + colour * opacity + 0.5, 0, 255).astype(np.uint8)


def _ramp(
    size: Float32[np.ndarray, "height width 1"], colours: tuple[tuple[int, int, int], ...]
) -> Float32[np.ndarray, "height width 3"]:
    stops = np.linspace(0.0, 1.0, len(colours))
    channels = [np.interp(size[..., 0], stops, [colour[channel] for colour in colours]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)
