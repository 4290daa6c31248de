"""Vectors of several parts of one photograph at the cost of a few: the more parts, the smaller each is seen."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.embed.embedder import Embedder
from lookalike.embed.tensors import finite_unit_rows
from lookalike.errors import NoVector
from lookalike.images.scaling import scaled
from lookalike.search.scenes.packaged_detector import AnySize
from lookalike.types import Pixels, Vectors

__all__ = ["part_vectors", "side_of_parts"]

_SHARES = (1.0, 6 / 7, 5 / 7, 4 / 7)
"""Sides of the square that a part is seen at, in sides of the model's own."""

_MULTIPLE = 32


def side_of_parts(n_parts: int, own_side: int, budget: float) -> int:
    """The largest side at which `n_parts` squares together have at most `budget` times the area of the model's own.

    Below four sevenths of its own side a model no longer tells products apart, so that is the least, whatever the
    budget (of `lite0`, the right product came first for 0.72 of drawn things seen at 128 pixels, 0.60 at 96).

    Args:
        n_parts: at least 1.
        own_side: of the square that the model takes.
        budget: in forward passes of that square.
    """
    sides = [max(_MULTIPLE, round(share * own_side / _MULTIPLE) * _MULTIPLE) for share in _SHARES]
    return next((side for side in sides if n_parts * side**2 <= budget * own_side**2), sides[-1])


def part_vectors(
    embedder: Embedder, pixels: Pixels, boxes: Float32[np.ndarray, "parts 4"], *, budget: float
) -> tuple[Vectors, Int64[np.ndarray, " n"]]:
    """The unit vector of each part that has one, its box squashed to a square, and their places, rising.

    Args:
        embedder: of the live release; one that takes pictures of its own size only sees every part at that.
        pixels: the photograph.
        boxes: left, upper, right and lower edge of each part, inside the photograph.
        budget: in forward passes over a whole photograph, for all parts together.
    """
    places = np.arange(len(boxes), dtype=np.int64)
    while True:
        try:
            return _vectors(embedder, pixels, boxes[places], budget), places
        except NoVector as error:
            # The others may be seen larger, as they are fewer.
            places = np.delete(places, error.places)


def _vectors(embedder: Embedder, pixels: Pixels, boxes: Float32[np.ndarray, "n 4"], budget: float) -> Vectors:
    description = embedder.description
    if not len(boxes):
        return np.empty((0, description.dimension), np.float32)
    side = description.preprocessing.size_pixels
    free = isinstance(embedder, AnySize) and embedder.takes_any_size
    if free:
        side = side_of_parts(len(boxes), side, budget)
    squares = np.stack([scaled(pixels, side, side, tuple(map(float, box))) for box in boxes])  # pyright: ignore[reportArgumentType]
    if free and isinstance(embedder, AnySize):
        return finite_unit_rows(embedder.look(squares, (description.output,))[description.output], description)
    return embedder.embed(squares)
