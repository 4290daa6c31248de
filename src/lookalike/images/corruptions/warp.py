"""Pictures pulled out of shape: elastically, and in perspective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from lookalike.images.corruptions.light_field import Plane, unit_pixels
from lookalike.types import Pixels

__all__ = ["Corner", "elastic", "perspective"]

_ELASTIC = ((2.0, 0.02), (3.5, 0.03), (5.0, 0.04), (7.0, 0.05), (10.0, 0.06))
"""Standard deviation of the local displacement in pixels of 224, and of the affine part as a share of the side."""
_GRID = 8
Corner = tuple[float, float]


def elastic(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Every place moved by a smooth random field, and the whole slightly sheared.

    Reference:
        Hendrycks & Dietterich 2019, after Simard, Steinkraus, Platt 2003. Deviation: their five severities are of
        three different kinds (large and soft, then small and fine), which are not ordered; ours are one field, on a
        grid of 8 x 8, of rising amplitude.
    """
    amplitude, shear = _ELASTIC[severity - 1]
    height, width = pixels.shape[:2]
    unit = unit_pixels(pixels)
    matrix = generator.standard_normal((2, 2)) * shear
    fields = [_smooth(height, width, generator) * np.float32(amplitude * unit) for _ in range(2)]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    up, left = y - height / 2, x - width / 2
    return _sampled(
        pixels,
        (y + fields[0] + matrix[0, 0] * up + matrix[0, 1] * left).astype(np.float32),
        (x + fields[1] + matrix[1, 0] * up + matrix[1, 1] * left).astype(np.float32),
    )


def _smooth(height: int, width: int, generator: np.random.Generator) -> Plane:
    """A random field of standard deviation about 1, smooth over an eighth of the side."""
    coarse = generator.standard_normal((_GRID, _GRID), dtype=np.float32)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)).astype(np.float32)


def _sampled(pixels: Pixels, y: Plane, x: Plane) -> Pixels:
    """`pixels` at these places, linearly between neighbours, mirrored beyond the border."""
    height, width = pixels.shape[:2]
    y, x = _mirrored(y, height), _mirrored(x, width)
    row, column = np.minimum(y.astype(np.int64), height - 2), np.minimum(x.astype(np.int64), width - 2)
    down, right = (y - row)[..., None], (x - column)[..., None]
    upper = pixels[row, column] * (1 - right) + pixels[row, column + 1] * right
    lower = pixels[row + 1, column] * (1 - right) + pixels[row + 1, column + 1] * right
    return np.clip(upper * (1 - down) + lower * down + 0.5, 0, 255).astype(np.uint8)


def _mirrored(places: Plane, side: int) -> Plane:
    last = side - 1
    folded = np.abs(places) % (2 * last)
    return np.where(folded > last, 2 * last - folded, folded).astype(np.float32)


def _corners(height: int, width: int) -> tuple[Corner, ...]:
    return (0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))


def perspective(pixels: Pixels, corners: Sequence[Corner], fill: tuple[int, int, int]) -> Pixels:
    """`pixels` seen so that its corners come to `corners`, in a picture of the same size.

    Args:
        pixels: what is seen.
        corners: where upper left, upper right, lower right and lower left come to, as shares of width and height.
        fill: colour of what the picture does not cover.

    Raises:
        ValueError: not four corners, or corners of which three lie on a line.
    """
    if len(corners) != 4:
        raise ValueError(f"perspective needs four corners, received {len(corners)}")
    height, width = pixels.shape[:2]
    rows: list[list[float]] = []
    wanted: list[float] = []
    for (x_share, y_share), (u, v) in zip(corners, _corners(height, width), strict=True):
        x, y = x_share * width, y_share * height
        rows.append([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y])
        rows.append([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y])
        wanted += [u, v]
    try:
        solved = np.linalg.solve(np.asarray(rows), np.asarray(wanted))
    except np.linalg.LinAlgError as error:
        raise ValueError(f"no perspective brings the corners to {corners}: three of them lie on a line") from error
    coefficients = tuple(float(value) for value in solved)
    image = Image.fromarray(pixels)
    seen = image.transform(
        (width, height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC, fillcolor=fill
    )
    return np.asarray(seen)
