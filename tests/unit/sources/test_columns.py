from __future__ import annotations

import pytest

from lookalike.errors import SourceError
from lookalike.sources.columns import plan_columns


def test_the_formats_own_names_are_found_and_others_are_extras() -> None:
    plan = plan_columns("t.csv", ["product_id", "image", "price", "material"])
    assert plan.roles == {"product_id": ("product_id",), "image": ("image",), "price": ("price",)}
    assert plan.extras == ("material",)


@pytest.mark.parametrize("name", ["Product ID", "productId", "PRODUCT_ID", "product-id", " product_id "])
def test_another_spelling_of_a_name_is_that_name(name: str) -> None:
    assert plan_columns("t.csv", [name, "Image"]).roles["product_id"] == (name,)


@pytest.mark.parametrize("name", ["images", "image_url", "Image Link", "imagePath"])
def test_columns_that_can_only_be_pictures_are(name: str) -> None:
    assert plan_columns("t.csv", ["product_id", name]).roles["image"] == (name,)


def test_an_exact_name_wins_over_other_spellings() -> None:
    plan = plan_columns("t.csv", ["product_id", "image", "image_url", "Title", "title"])
    assert plan.roles["image"] == ("image",)
    assert plan.roles["title"] == ("title",)
    assert plan.extras == ("image_url", "Title")


def test_two_columns_that_could_be_the_same_are_an_error() -> None:
    with pytest.raises(SourceError, match=r"several columns that could be 'image': 'images', 'image_url'"):
        plan_columns("t.csv", ["product_id", "images", "image_url"])


def test_missing_columns_are_named_with_what_was_found_and_what_may_be_meant() -> None:
    with pytest.raises(SourceError) as caught:
        plan_columns("t.csv", ["sku", "photo", "name"])
    message = str(caught.value)
    for part in (
        "t.csv",
        "'product_id'",
        "'image'",
        "'sku', 'photo', 'name'",
        "'sku' is the product_id",
        "'photo' is the image",
    ):
        assert part in message
    with pytest.raises(SourceError, match="'product_ids' is the product_id"):
        plan_columns("t.csv", ["product_ids", "image"])


def test_a_google_merchant_feed_is_understood() -> None:
    names = [
        "id",
        "item_group_id",
        "title",
        "link",
        "image_link",
        "additional_image_link",
        "availability",
        "price",
        "gtin",
    ]
    plan = plan_columns("feed.tsv", names)
    assert plan.roles["product_id"] == ("item_group_id", "id")
    assert plan.roles["variant_id"] == ("id",)
    assert plan.roles["image"] == ("image_link", "additional_image_link")
    assert plan.roles["in_stock"] == ("availability",)
    assert plan.roles["url"] == ("link",)
    assert plan.extras == ("gtin",)
