"""Why one product is above another: the difference of two similarities, by place of the query."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookalike.explain.explanation import tile_box
from lookalike.explain.match import HeatMap, placed
from lookalike.explain.split import Method, Split
from lookalike.explain.tiles import MOST_TILES, cut_tiles
from lookalike.images.seen import Seen
from lookalike.types import Box, Vector

__all__ = ["Contrast", "QueryPart", "contrast"]


@dataclass(frozen=True, slots=True)
class QueryPart:
    """A part of the query, in pixels of the upright picture, and how much it speaks for the first product."""

    query_box: Box
    contribution: float


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """The difference of two similarities of one query; `parts` and `remainder` add up to `difference`.

    Attributes:
        difference: similarity to the first minus similarity to the second picture.
        parts: by falling size; positive ones speak for the first, negative ones for the second.
        remainder: what no part is given: the colours, rounding, and parts that lie in the padding.
        method: how the query was split.
        query_map: what each place of the query brings to the difference.
        colour: what colours bring to the first similarity more than to the second; part of the remainder.
    """

    difference: float
    parts: tuple[QueryPart, ...]
    remainder: float
    method: Method
    query_map: HeatMap
    colour: float = 0.0


def contrast(
    query: Split,
    seen: Seen,
    first: Vector,
    second: Vector,
    *,
    scale: tuple[float, float] = (1.0, 1.0),
    colour: float = 0.0,
) -> Contrast:
    """Take s q . a - t q . b apart into y_i . (a - b), with y_i the query's terms.

    The vectors are those that were searched, so nothing but the query's own split can be inexact.

    Args:
        query: the query's embedding, split.
        seen: the query as the model saw it.
        first: unit vector of the one picture.
        second: unit vector of the other.
        scale: s and t, what each cosine counts for in its similarity.
        colour: what colours bring to the first similarity more than to the second; it stays in the remainder.
    """
    apart = scale[0] * first.astype(np.float64) - scale[1] * second.astype(np.float64)
    values = (query.terms @ apart).reshape(query.rows, query.columns)
    parts: list[QueryPart] = []
    for tile in query.parts or cut_tiles(values[..., np.newaxis], MOST_TILES):
        box = tile_box(tile, values.shape, seen.window, (seen.width, seen.height))
        if box is not None:
            top, left, bottom, right = tile
            parts.append(QueryPart(box, float(values[top:bottom, left:right].sum())))
    parts.sort(key=lambda part: -abs(part.contribution))
    difference = float(query.whole @ apart) + colour
    return Contrast(
        difference=difference,
        parts=tuple(parts),
        remainder=difference - sum(part.contribution for part in parts),
        method=query.method,
        query_map=HeatMap(placed(values, query.method), seen.window),
        colour=colour,
    )
