"""Squares in other sizes and other cuts."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import UInt8
from PIL import Image

__all__ = ["at_side", "cut_at_random"]

_LEAST_AREA = 0.35

Squares = UInt8[np.ndarray, "n side side 3"]


def at_side(squares: UInt8[np.ndarray, "n side side 3"], side: int) -> UInt8[np.ndarray, "n _ _ 3"]:
    """The same squares `side` pixels wide, through an antialiased bicubic filter; those of that size themselves.

    A square made smaller differs from the picture prepared for that size by one filter more.
    """
    if len(squares) == 0 or squares.shape[1] == side:
        return squares if squares.shape[1] == side else np.zeros((0, side, side, 3), np.uint8)
    return np.stack([_resized(Image.fromarray(square), side) for square in squares])


def cut_at_random(squares: Squares, generator: np.random.Generator) -> Squares:
    """A square part of each, 35% to 100% of its area, at a place of chance, made as large as the whole."""
    made = np.empty_like(squares)
    whole = squares.shape[1]
    for i, square in enumerate(squares):
        side = whole * math.sqrt(generator.uniform(_LEAST_AREA, 1.0))
        left, upper = generator.uniform(0.0, whole - side, size=2)
        made[i] = _resized(Image.fromarray(square), whole, (left, upper, left + side, upper + side))
    return made


def _resized(image: Image.Image, side: int, box: tuple[float, float, float, float] | None = None) -> np.ndarray:
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box))
