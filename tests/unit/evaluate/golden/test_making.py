"""Queries that a catalogue is asked by are right for everything that shows their picture."""

from __future__ import annotations

import numpy as np

from lookalike.catalog.inventory import Inventory
from lookalike.catalog.vectors import StoredVectors
from lookalike.evaluate.golden.making import make_from_catalogue
from lookalike.images.regions import encode_jpeg


def inventory_of(*images: tuple[str, int]) -> Inventory:
    """One row for each variant and picture; the variants are products too."""
    names = list(dict.fromkeys(name for name, _ in images))
    keys = np.array([names.index(name) for name, _ in images], dtype=np.int64)
    n, pictures = len(images), np.array([picture for _, picture in images], dtype=np.int64)
    named = tuple(name for name, _ in images)
    return Inventory(
        image_keys=np.arange(n, dtype=np.int64),
        picture_keys=pictures,
        product_keys=keys,
        variant_keys=keys,
        product_ids=named,
        variant_ids=named,
        sha256s=tuple(f"picture {picture}" for picture in pictures.tolist()),
        perceptual_hashes=np.zeros(n, dtype=np.uint64),
        kept=np.ones(n, dtype=np.bool_),
        widths=np.full(n, 64, dtype=np.int64),
        heights=np.full(n, 64, dtype=np.int64),
        categories=(None,) * n,
        prices=(None,) * n,
    )


def vectors_of(inventory: Inventory) -> StoredVectors:
    keys = np.unique(inventory.picture_keys)
    return StoredVectors(keys, np.eye(len(keys), dtype=np.float32), 1)


def test_sizes_that_share_their_pictures_are_all_right_for_a_held_out_view() -> None:
    inventory = inventory_of(("red S", 0), ("red S", 1), ("red M", 0), ("red M", 1), ("blue", 2), ("blue", 3))
    made = make_from_catalogue(
        inventory,
        vectors_of(inventory),
        lambda _: None,
        by="variant",
        n_queries=10,
        generator=np.random.default_rng(0),
    )
    assert {query.answers for query in made.queries} == {("red M", "red S"), ("blue",)}
    # They are one thing to the interval: what one says of the model the other says again.
    assert {query.cluster for query in made.queries} == {"red M|red S", "blue"}


def test_who_has_no_other_picture_than_the_one_held_out_is_no_answer_to_it() -> None:
    inventory = inventory_of(("alone", 0), ("several", 0), ("several", 1))
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    held_out: set[tuple[str, ...]] = set()
    for seed in range(6):
        made = make_from_catalogue(
            inventory,
            vectors_of(inventory),
            lambda _: encode_jpeg(pixels, 90),
            by="product",
            n_queries=10,
            generator=np.random.default_rng(seed),
        )
        held_out |= {query.answers for query in made.queries if query.kind == "view"}
    assert held_out == {("several",)}


def test_a_picture_that_many_products_show_is_no_question() -> None:
    shop = [(f"product {number}", picture) for number in range(30) for picture in (1000, 2 * number, 2 * number + 1)]
    inventory = inventory_of(*shop)
    made = make_from_catalogue(
        inventory,
        vectors_of(inventory),
        lambda _: None,
        by="product",
        n_queries=30,
        generator=np.random.default_rng(0),
    )
    assert len(made.queries) == 30
    assert all(len(query.answers) == 1 for query in made.queries)
