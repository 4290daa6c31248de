"""Claims about `lookalike.explain.figure`."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lookalike.explain.contrast import Contrast, QueryPart
from lookalike.explain.explainer import ExplainedHit, HitSide
from lookalike.explain.explanation import Explanation, MatchedPair
from lookalike.explain.figure import draw_explanation
from lookalike.explain.match import HeatMap
from lookalike.explain.split import Method
from lookalike.images.drawing import Words, as_png
from lookalike.images.seen import Seen
from lookalike.types import Box, ImageKey, ProductId

SIDE = HitSide(ProductId("mug"), None, "mug.jpg", ImageKey(1), "A mug", 0.8, None, np.ones(2, np.float32))


def seen(width: int, height: int) -> Seen:
    pixels = np.full((height, width, 3), 128, np.uint8)
    return Seen(pixels, pixels, width, height, pixels, (0.0, 0.0, float(width), float(height)))


def explained(
    size: tuple[int, int], part: Box, *, method: Method = "exact", colour: float = 0.0, copy_difference: float = 0.0
) -> ExplainedHit:
    """A photograph of that size, of which that part matched all of a square picture, and another a little."""
    heat = HeatMap(np.full((2, 2), 0.2), (0.0, 0.0, *(float(side) for side in size)))
    pairs = tuple(MatchedPair(part, Box(0.0, 0.0, 40.0, 40.0), contribution) for contribution in (0.48, 0.016))
    explanation = Explanation(
        similarity=0.8,
        pairs=pairs,
        remainder=0.304,
        copy_difference=copy_difference,
        colour=colour,
        method=method,
        query_map=heat,
        image_map=HeatMap(heat.values, (0.0, 0.0, 40.0, 40.0)),
        query_size=size,
        image_size=(40, 40),
    )
    contrast = Contrast(0.5, (QueryPart(part, 0.5),), 0.0, "exact", heat)
    return ExplainedHit(SIDE, explanation, seen(*size), seen(40, 40), None, SIDE, contrast, "r1")


@pytest.mark.parametrize(
    ("size", "part"),
    [
        ((1000, 1000), Box(400.0, 400.0, 3.0, 3.0)),
        ((1000, 1000), Box(997.0, 0.0, 3.0, 900.0)),
        ((4000, 100), Box(10.0, 10.0, 500.0, 8.0)),
    ],
)
def test_a_part_that_is_smaller_than_its_outline_is_drawn(size: tuple[int, int], part: Box) -> None:
    with Image.open(io.BytesIO(as_png(draw_explanation(explained(size, part)), scale=1.0))) as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(2**24) or ()}
    assert (36, 70, 216) in colours


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("exact", "the lines are 60% of it, all other pairs of parts together 28%, colours 10%"),
        (
            "occlusion",
            ("estimated by occlusion; the lines are 60% of it, all other pairs of parts together 28%, colours 10%"),
        ),
    ],
)
def test_colours_and_a_smaller_copy_are_no_pairs_of_parts(method: Method, said: str) -> None:
    found = explained((100, 100), Box(0.0, 0.0, 50.0, 50.0), method=method, colour=0.08, copy_difference=0.016)
    assert said in [shape.text for shape in draw_explanation(found).shapes if isinstance(shape, Words)]
