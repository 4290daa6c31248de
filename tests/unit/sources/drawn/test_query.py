"""Photographs and scenes say truly where each product is."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.sources.drawn import LEVELS, Level, draw_query, draw_scene, product_spec
from lookalike.sources.drawn.query import box_of
from lookalike.types import Box


@pytest.mark.parametrize("level", LEVELS)
def test_a_query_shows_a_variant_of_its_product_where_it_says(level: Level) -> None:
    product = product_spec(0)
    query = draw_query(product, np.random.default_rng(3), level=level)
    assert query.variant_id in {variant.variant_id for variant in product.variants}
    assert query.mask.shape == query.pixels.shape[:2]
    assert query.mask.mean() > 0.02
    assert query.box == box_of(query.mask)


def test_the_same_generator_state_takes_the_same_photograph() -> None:
    product = product_spec(4)
    first = draw_query(product, np.random.default_rng(5))
    second = draw_query(product, np.random.default_rng(5))
    assert first.jpeg == second.jpeg
    assert first.jpeg != draw_query(product, np.random.default_rng(6)).jpeg


def test_a_box_holds_exactly_the_mask() -> None:
    mask = np.zeros((20, 30), dtype=bool)
    mask[4:9, 11:25] = True
    mask[2, 12] = True
    assert box_of(mask) == Box(11.0, 2.0, 14.0, 7.0)
    with pytest.raises(ValueError, match="at least one pixel"):
        box_of(np.zeros((4, 4), dtype=bool))


def test_objects_of_a_scene_do_not_share_pixels_and_fill_their_boxes() -> None:
    products = [product_spec(number) for number in (0, 4, 8, 2)]
    scene = draw_scene(products, np.random.default_rng(1), kind="table")
    assert len(scene.objects) >= 3
    total = np.sum([thing.mask.astype(int) for thing in scene.objects], axis=0)
    # A pixel on the border of two may be half of each.
    assert (total > 1).mean() < 0.001
    for thing in scene.objects:
        assert thing.box == box_of(thing.mask)
    assert {thing.product_id for thing in scene.objects} <= {product.product_id for product in products}


def test_a_clock_hangs_and_a_rug_lies_in_a_living_room() -> None:
    products = [product_spec(number) for number in (1, 10, 13)]
    scene = draw_scene(products, np.random.default_rng(2), kind="living room")
    boxes = {thing.product_id: thing.box for thing in scene.objects}
    chair, clock, rug = (boxes[product.product_id] for product in products)
    assert clock.y + clock.height < chair.y + chair.height / 2
    assert rug.y + rug.height > chair.y + chair.height / 2
