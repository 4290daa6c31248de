"""Two pictures with their match maps laid over them: what galleries, reports and figures show.

`overlay_pictures` is the one call for whoever has two pictures and a model and wants to see why they are alike::

    both = overlay_pictures(embedder, photograph, product_picture, side_pixels=320)
    encode_jpeg(both.query), encode_jpeg(both.image), both.similarity
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.embed.embedder import Embedder
from lookalike.explain.match import HeatMap, MatchMatrix, match
from lookalike.explain.split import split_pictures
from lookalike.images.limits import ImageLimits
from lookalike.images.regions import thumbnail
from lookalike.images.seen import Seen, see
from lookalike.images.tinting import spread_map, tinted
from lookalike.types import Box, Pixels

__all__ = ["Overlay", "overlay_map", "overlay_pictures"]

_LIMITS = ImageLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Two pictures as RGB arrays, tinted where they match, and the terms that the tint shows.

    Attributes:
        query: the query picture; warm places raise the similarity, blue ones lower it, the strongest is opaque.
        image: the other picture, on a scale of its own.
        matrix: every term; `MatchMatrix.similarity` is the cosine of the two.
    """

    query: Pixels
    image: Pixels
    matrix: MatchMatrix

    @property
    def similarity(self) -> float:
        """The cosine of the two pictures."""
        return self.matrix.similarity


def overlay_pictures(
    embedder: Embedder,
    query: bytes | Pixels,
    image: bytes | Pixels,
    *,
    crop: Box | None = None,
    side_pixels: int = 320,
    limits: ImageLimits = _LIMITS,
) -> Overlay:
    """Both pictures, upright and small, with their match maps over them.

    Args:
        embedder: any; one whose description has a projection gives exact maps, others are estimated by occlusion.
        query: bytes of a picture file, or upright sRGB pixels.
        image: likewise.
        crop: part of the query that was looked for, in pixels of the upright original.
        side_pixels: longer side of the results, at most.
        limits: what a file may cost.

    Raises:
        ImageRejected: a file cannot be used.
        InvalidQuery: the crop lies outside the query.
    """
    preprocessing = embedder.description.preprocessing
    first = see(query, preprocessing, limits=limits, box=crop)
    second = see(image, preprocessing, limits=limits)
    matrix = match(*split_pictures(embedder, [first.square, second.square]))
    return Overlay(
        _overlaid(first, matrix.query_map, side_pixels),
        _overlaid(second, matrix.image_map, side_pixels),
        matrix,
    )


def _overlaid(seen: Seen, values: Float64[np.ndarray, "rows columns"], side_pixels: int) -> Pixels:
    heat = HeatMap(values, seen.window)
    return overlay_map(seen.pixels, heat, size=(seen.width, seen.height), side_pixels=side_pixels)


def overlay_map(
    pixels: Pixels, heat: HeatMap, *, size: tuple[int, int], side_pixels: int, largest: float | None = None
) -> Pixels:
    """A picture, longer side at most `side_pixels`, with a heat map over it.

    Args:
        pixels: the picture, at any scale.
        heat: in pixels of its upright original.
        size: width and height of that original.
        side_pixels: of the result.
        largest: the value that is shown opaque; None for the largest of the map, whatever its sign.
    """
    small = thumbnail(pixels, side_pixels)
    height, width = small.shape[:2]
    x_scale, y_scale = width / size[0], height / size[1]
    left, upper, right, lower = heat.window
    window = (left * x_scale, upper * y_scale, right * x_scale, lower * y_scale)
    top = float(np.abs(heat.values).max()) if largest is None else largest
    strength = spread_map(heat.values / top if top > 0 else heat.values, window, width=width, height=height)
    return tinted(small, strength)
