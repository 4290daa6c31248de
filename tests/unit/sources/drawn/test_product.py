"""Products follow from seed and number, differ from each other, and vary in colour alone."""

from __future__ import annotations

import itertools

import numpy as np

from lookalike.sources.drawn import draw_product, draw_titles, product_spec
from lookalike.sources.drawn.categories import CATEGORIES


def test_the_same_seed_and_number_give_the_same_picture() -> None:
    product = product_spec(3, seed=7)
    first, _ = draw_product(product, product.views[0], side_pixels=64)
    product_spec.cache_clear()
    again = product_spec(3, seed=7)
    second, _ = draw_product(again, again.views[0], side_pixels=64)
    np.testing.assert_array_equal(first, second)


def test_another_seed_gives_another_picture() -> None:
    first, second = product_spec(0, seed=7), product_spec(0, seed=8)
    one, _ = draw_product(first, first.views[0], side_pixels=64)
    other, _ = draw_product(second, second.views[0], side_pixels=64)
    assert np.abs(one.astype(int) - other).mean() > 2


def test_variants_share_their_outline_and_differ_in_color() -> None:
    seen = 0
    for number in range(len(CATEGORIES)):
        product = product_spec(number)
        pictures = []
        masks = []
        for variant in product.variants:
            pixels, mask = draw_product(product, product.views[0], look=variant.look, side_pixels=64)
            pictures.append(pixels.astype(int))
            masks.append(mask)
        for (one, mask), (other, other_mask) in itertools.combinations(zip(pictures, masks, strict=True), 2):
            np.testing.assert_array_equal(mask, other_mask)
            assert np.abs(one - other)[mask].mean() > 3, product.product_id
            seen += 1
        colors = [variant.attributes["color"] for variant in product.variants]
        materials = [variant.attributes["material"] for variant in product.variants]
        assert len(set(zip(colors, materials, strict=True))) == len(colors)
    assert seen > 5


def test_no_two_products_of_a_category_look_nearly_the_same() -> None:
    for start in (0, 1, 6, 13):
        pictures = []
        for number in range(start, start + 6 * len(CATEGORIES), len(CATEGORIES)):
            product = product_spec(number)
            pixels, mask = draw_product(product, product.views[0], side_pixels=48)
            assert 0.04 < mask.mean() < 0.9
            pictures.append(pixels.astype(int))
        for one, other in itertools.combinations(pictures, 2):
            assert np.abs(one - other).mean() > 3


def test_a_product_lies_within_its_picture_where_it_is_not_a_close_up() -> None:
    for number in range(len(CATEGORIES)):
        product = product_spec(number)
        _, mask = draw_product(product, product.views[0], side_pixels=64)
        border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert not border.any(), product.category.name


def test_every_product_has_two_to_four_views_and_one_to_four_variants() -> None:
    for number in range(2 * len(CATEGORIES)):
        product = product_spec(number)
        assert 2 <= len(product.views) <= 4
        assert 1 <= len(product.variants) <= 4


def test_titles_are_distinct_repeatable_and_independent_of_how_many() -> None:
    many = list(draw_titles(3_000, seed=7))
    assert list(draw_titles(40, seed=7)) == many[:40]
    assert len({str(row["title"]) for row in many}) == len(many)
    assert len({str(row["product_id"]) for row in many}) == len(many)
    assert list(draw_titles(40, seed=8)) != many[:40]
    assert {"title", "description", "category", "price", "color", "material", "brand", "in_stock"} <= set(many[0])
