"""Many location terms become a few pairs of parts that a person can look at, without losing any of them.

Each picture is cut into rectangles that cover it, and a pair's contribution is the sum of the terms between its two
rectangles. All pairs together are all terms: nothing is chosen away, a small pair is merely listed late.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.explain.match import MatchMatrix
from lookalike.explain.tiles import MOST_TILES, Tile, cut_tiles

__all__ = ["PartPair", "pair_parts"]


@dataclass(frozen=True, slots=True)
class PartPair:
    """A part of the query, a part of the other picture, and how much of the similarity lies between them."""

    query: Tile
    image: Tile
    contribution: float


def pair_parts(matrix: MatchMatrix, *, parts: int = MOST_TILES) -> tuple[PartPair, ...]:
    """Every pair of a part of the one and a part of the other picture, by falling size of the contribution.

    The contributions add up to the sum of all terms. Ties keep the order of the parts (row by row).

    Args:
        matrix: all terms.
        parts: rectangles a picture, at most; fewer where the grid has fewer cells or nothing more to tell apart. Of a
            picture whose split has parts of its own (`Split.parts`) it is those.
    """
    queries, images = matrix.query_parts, matrix.image_parts
    if queries is None:
        queries = cut_tiles(matrix.terms.reshape(*matrix.query_shape, -1), parts)
    if images is None:
        images = cut_tiles(np.ascontiguousarray(matrix.terms.T).reshape(*matrix.image_shape, -1), parts)
    of_query, of_image = _membership(queries, matrix.query_shape), _membership(images, matrix.image_shape)
    sums = of_query @ matrix.terms @ of_image.T
    order = np.argsort(-np.abs(sums), axis=None, kind="stable")
    pairs = (divmod(int(position), len(images)) for position in order)
    return tuple(PartPair(queries[a], images[b], float(sums[a, b])) for a, b in pairs)


def _membership(tiles: tuple[Tile, ...], shape: tuple[int, int]) -> Float64[np.ndarray, "tiles cells"]:
    """1 where a cell lies in a tile, else 0."""
    of_tile = np.zeros((len(tiles), *shape))
    for place, (top, left, bottom, right) in enumerate(tiles):
        of_tile[place, top:bottom, left:right] = 1.0
    return of_tile.reshape(len(tiles), -1)
