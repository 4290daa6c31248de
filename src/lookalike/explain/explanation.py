"""Why a picture of the catalogue is as alike to a query as a search says: maps, matched parts, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.explain.match import HeatMap, MatchMatrix
from lookalike.explain.parts import pair_parts
from lookalike.explain.split import Method
from lookalike.explain.tiles import Tile
from lookalike.images.seen import Seen
from lookalike.types import Box

__all__ = ["Explanation", "MatchedPair", "explain_match", "tile_box"]

_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class MatchedPair:
    """A part of the query, a part of the catalogue's picture, and how much of the similarity lies between them.

    Attributes:
        query_box: in pixels of the upright query picture, also where only a crop of it was looked for.
        image_box: in pixels of the upright original of the catalogue's picture.
        contribution: signed, in units of the similarity.
    """

    query_box: Box
    image_box: Box
    contribution: float


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A similarity taken apart. `pairs` and `remainder` add up to `similarity`.

    Attributes:
        similarity: what a search shows for this query and picture.
        pairs: by falling size of the contribution; their boxes cover what the model saw of each picture.
        remainder: what no pair of parts is given: `colour`, `copy_difference`, and parts that lie in the padding.
        colour: what the colours of the two subjects bring to `similarity`, part of the remainder; 0 where they were not
            compared.
        copy_difference: `similarity` minus that of the picture that was at hand to be explained. A kept copy is
            smaller than the original that was indexed, so its embedding differs a little; 0 where it does not.
        method: ``exact``, or ``occlusion`` for a model whose embedding cannot be split, whose terms are estimates that
            add up to it.
        query_map: what each place of the query brings.
        image_map: what each place of the catalogue's picture brings.
        query_size: width and height of the upright query picture, in pixels.
        image_size: width and height of the upright original of the catalogue's picture, in pixels.
        query_attention: how much the model's own attention lets each place of the query count, the average place 1;
            None where it has none, or where it could not be seen.
        image_attention: the same of the catalogue's picture.

    Raises:
        ValueError: pairs and remainder do not add up to the similarity.
    """

    similarity: float
    pairs: tuple[MatchedPair, ...]
    remainder: float
    copy_difference: float
    method: Method
    query_map: HeatMap
    image_map: HeatMap
    query_size: tuple[int, int]
    image_size: tuple[int, int]
    query_attention: HeatMap | None = None
    image_attention: HeatMap | None = None
    colour: float = 0.0

    def __post_init__(self) -> None:
        total = sum(pair.contribution for pair in self.pairs) + self.remainder
        if not abs(total - self.similarity) <= _TOLERANCE:
            raise ValueError(f"pairs and remainder add up to {total}, not to the similarity {self.similarity}")

    def beside(self, shown: Sequence[MatchedPair]) -> float:
        """What all other pairs of parts than those `shown` bring together."""
        parts = self.similarity - self.colour - self.copy_difference
        return parts - sum(pair.contribution for pair in shown)


def explain_match(
    matrix: MatchMatrix,
    query: Seen,
    image: Seen,
    *,
    similarity: float | None = None,
    image_size: tuple[int, int] | None = None,
    attention: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
    looks_share: float = 1.0,
    colour: float = 0.0,
) -> Explanation:
    """An explanation in pixels of the two original pictures.

    Args:
        matrix: the terms of the two squares.
        query: the query as the model saw it.
        image: the catalogue's picture as the model saw it.
        similarity: what a search shows, where it was made of another copy of the picture; None for the matrix's.
        image_size: width and height of the picture's original, where `image` is a smaller copy of it.
        attention: of the two squares, as `Split` has it.
        looks_share: what a cosine counts for in the similarity, below 1 where colours count too.
        colour: what these bring.
    """
    shown = looks_share * matrix.similarity + colour if similarity is None else similarity
    width, height = (image.width, image.height) if image_size is None else image_size
    x_scale, y_scale = width / image.width, height / image.height
    left, upper, right, lower = image.window
    window = (left * x_scale, upper * y_scale, right * x_scale, lower * y_scale)
    pairs: list[MatchedPair] = []
    for pair in pair_parts(matrix):
        query_box = tile_box(pair.query, matrix.query_shape, query.window, (query.width, query.height))
        image_box = tile_box(pair.image, matrix.image_shape, window, (width, height))
        # A part that lies in the padding has no pixels to point at; what it brings stays in the remainder.
        if query_box is not None and image_box is not None:
            pairs.append(MatchedPair(query_box, image_box, looks_share * pair.contribution))
    return Explanation(
        similarity=shown,
        pairs=tuple(pairs),
        remainder=shown - float(np.sum([pair.contribution for pair in pairs])),
        copy_difference=shown - colour - looks_share * matrix.similarity,
        colour=colour,
        method=matrix.method,
        query_map=HeatMap(looks_share * matrix.query_map, query.window),
        image_map=HeatMap(looks_share * matrix.image_map, window),
        query_size=(query.width, query.height),
        image_size=(width, height),
        query_attention=None if attention[0] is None else HeatMap(attention[0], query.window),
        image_attention=None if attention[1] is None else HeatMap(attention[1], window),
    )


def tile_box(
    tile: Tile, shape: tuple[int, int], window: tuple[float, float, float, float], size: tuple[int, int]
) -> Box | None:
    """Where a part of a grid lies in the picture, in pixels; None where it lies beyond it.

    Args:
        tile: in cells.
        shape: rows and columns of the grid.
        window: edges of the grid in pixels of the picture.
        size: width and height of the picture.
    """
    top, left, bottom, right = tile
    cell_width, cell_height = (window[2] - window[0]) / shape[1], (window[3] - window[1]) / shape[0]
    x, x_end = max(0.0, window[0] + left * cell_width), min(float(size[0]), window[0] + right * cell_width)
    y, y_end = max(0.0, window[1] + top * cell_height), min(float(size[1]), window[1] + bottom * cell_height)
    if x_end - x < 1e-9 or y_end - y < 1e-9:
        return None
    return Box(x, y, x_end - x, y_end - y)
