"""The inventory has one row an image, whosever it is."""

from __future__ import annotations

from lookalike.catalog.catalog import Catalog


def test_every_image_is_there_once_with_what_it_shows_and_whose_it_is(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(
            words.variant("p", "p-red", {"a.jpg": "A", "b.jpg": "B"}, category="Mugs", price=3.5),
            words.variant("q", None, {"c.jpg": "A"}),
            contents=["A", "B"],
        ),
        "r1",
    )
    told = catalog.inventory()
    assert len(told) == 3
    assert told.product_ids == ("p", "p", "q")
    assert told.variant_ids == ("p-red", "p-red", None)
    assert told.sha256s == (words.sha256("A"), words.sha256("B"), words.sha256("A"))
    assert told.picture_keys[0] == told.picture_keys[2] != told.picture_keys[1]
    assert told.product_keys[0] == told.product_keys[1] != told.product_keys[2]
    assert set(told.perceptual_hashes.tolist()) == {2**64 - 1}
    assert told.categories == ("Mugs", "Mugs", None)
    assert told.prices == (3.5, 3.5, None)


def test_an_empty_store_has_an_empty_inventory(catalog: Catalog) -> None:
    told = catalog.inventory()
    assert len(told) == 0
    assert told.product_ids == ()
