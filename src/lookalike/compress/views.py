"""Squares in other sizes and other cuts."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import UInt8

from lookalike.images import Preprocessing

__all__ = ["at_side", "cut_at_random", "mirror_by_chance"]

_LEAST_AREA = 0.35

Squares = UInt8[np.ndarray, "n side side 3"]


def at_side(squares: Squares, preprocessing: Preprocessing) -> UInt8[np.ndarray, "n _ _ 3"]:
    """The same squares as wide as a model takes them, through its own filter; those of that size themselves.

    A square made smaller differs from the picture prepared for that size by one filter more.
    """
    side = preprocessing.size_pixels
    if squares.shape[1] == side:
        return squares
    resized = Preprocessing(size_pixels=side, interpolation=preprocessing.interpolation)
    made = np.empty((len(squares), side, side, 3), np.uint8)
    for i, square in enumerate(squares):
        made[i] = resized.apply(square)
    return made


def cut_at_random(squares: Squares, generator: np.random.Generator) -> Squares:
    """A square part of each, 35% to 100% of its area, at a place of chance, made as large as the whole."""
    whole = squares.shape[1]
    resized = Preprocessing(size_pixels=whole)
    made = np.empty_like(squares)
    for i, square in enumerate(squares):
        side = round(whole * math.sqrt(generator.uniform(_LEAST_AREA, 1.0)))
        left, upper = generator.integers(0, whole - side, size=2, endpoint=True)
        made[i] = resized.apply(np.ascontiguousarray(square[upper : upper + side, left : left + side]))
    return made


def mirror_by_chance(squares: Squares, generator: np.random.Generator) -> None:
    """Mirror one in two of the squares, where they lie."""
    mirrored = generator.random(len(squares)) < 0.5
    squares[mirrored] = squares[mirrored][:, :, ::-1]
