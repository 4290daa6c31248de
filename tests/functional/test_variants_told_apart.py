"""Variants that several products call alike ("red", "M") are different answers to every measurement."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike.evaluate.golden.renaming import as_called
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.draft import ProductDraft, VariantDraft

_COLOURS = {"red": (200, 30, 30), "blue": (30, 30, 200)}


def _picture(number: int, colour: str, *, noise: int) -> bytes:
    """Stripes that a product has of its own, in a colour."""
    place = np.arange(96)
    stripes = ((place[:, None] * (number + 1) + place[None, :] * number) // 12 % 2)[..., None]
    noisy = stripes * np.array(_COLOURS[colour]) + np.random.default_rng(noise).integers(0, 40, (96, 96, 3))
    return encode_jpeg(np.clip(noisy, 0, 255).astype(np.uint8), 90)


@pytest.fixture
def shop_folder(tmp_path: Path) -> Path:
    with lookalike.open(tmp_path / "store") as shop:
        for number, product in enumerate(("mug", "cup", "jug")):
            variants = tuple(VariantDraft(colour, {}, (_picture(number, colour, noise=1),)) for colour in _COLOURS)
            shop.put_product(ProductDraft(product, variants))
    return tmp_path


def _queries(folder: Path, rows: list[tuple[int, str, str]]) -> Path:
    """Photographs of a colour of the product of that number, and the product that is said to be right."""
    path = folder / "queries.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "variant_id", "product_id"))
        for place, (number, colour, product) in enumerate(rows):
            (folder / f"{place}.jpg").write_bytes(_picture(number, colour, noise=2))
            writer.writerow((f"{place}.jpg", colour, product))
    return path


def test_another_products_variant_of_the_same_name_is_wrong(shop_folder: Path) -> None:
    right = [(0, "red", "mug"), (1, "red", "cup"), (2, "blue", "jug"), (0, "blue", "mug")]
    wrong = [(0, "red", "cup"), (1, "red", "jug"), (2, "blue", "mug")]
    with lookalike.open(shop_folder / "store") as shop:
        found = shop.evaluate(_queries(shop_folder, right), by="variant")
        assert found.metrics["recall@1"].value == 1.0
        assert found.asked[0].retrieved[0] == "mug/red"
        # Two colours of the mug are one product, of which the intervals leave out all.
        assert [one.question.cluster for one in found.asked] == ["mug", "cup", "jug", "mug"]
        queries = _queries(shop_folder, wrong)
        assert shop.evaluate(queries, by="variant").metrics["recall@1"].value == 0.0
        assert shop.rules_cost(queries, by="variant").without["recall@1"].value == 0.0
        assert shop.rerank(queries, by="variant", keep=False).choice.baseline["recall@1"].value == 0.0
        assert shop.compare("r1", "r1", queries, by="variant").flips == (0, 0, 0, 3)


def test_a_golden_set_of_variants_asks_for_each_of_them(shop_folder: Path) -> None:
    with lookalike.open(shop_folder / "store") as shop:
        made = shop.make_golden(by="variant").golden
        assert sorted(query.cluster for query in made.queries) == [
            f"{product}/{colour}" for product in ("cup", "jug", "mug") for colour in ("blue", "red")
        ]
        assert shop.evaluate(golden="default").metrics["recall@10"].value == 1.0
        brought = shop.make_golden(_queries(shop_folder, [(0, "red", "cup")]), name="brought", by="variant").golden
        assert brought.queries[0].answers == ("cup/red",)
        assert shop.robustness(golden="default", n_queries=1).n_queries == 1


def test_a_golden_set_goes_on_when_another_product_gets_a_variant_of_the_same_name(shop_folder: Path) -> None:
    with lookalike.open(shop_folder / "store") as shop:
        for product in ("cup", "jug"):
            shop.delete_product(product)
        made = shop.make_golden(by="variant").golden
        assert sorted(query.answers for query in made.queries) == [("blue",), ("red",)]
        shop.put_product(ProductDraft("cup", (VariantDraft("red", {}, (_picture(1, "red", noise=1),)),)))
        found = shop.evaluate(golden="default")
        assert [sorted(one.question.answers) for one in found.asked] == [[one] for one in ("mug/red", "blue")]
        assert found.metrics["recall@10"].value == 1.0
        assert shop.robustness(golden="default", n_queries=2).n_queries == 2
        shop.delete_product("cup")
        assert len(shop.evaluate(golden="default").asked) == 2


def test_a_golden_set_of_before_asks_for_the_products_that_its_pictures_are_of(shop_folder: Path) -> None:
    with lookalike.open(shop_folder / "store") as shop:
        made = shop.make_golden(by="variant").golden
        old = replace(
            made,
            queries=tuple(
                replace(one, answers=(one.answers[0].split("/")[1],), cluster=one.cluster.split("/")[1])
                for one in made.queries
            ),
        )
        inventory = shop._readable().inventory()
        called = as_called(old, inventory)
        assert called == as_called(made, inventory)
        assert [query.answers for query in called.queries] == [query.answers for query in made.queries]
        # Two colours of a product are not independent, whatever asks the set: the gate, corruptions, searches.
        assert [query.cluster for query in called.queries] == [one.answers[0].split("/")[0] for one in called.queries]
        brought = replace(old, queries=tuple(replace(one, kind="photograph", left_out=()) for one in old.queries[:1]))
        (query,) = as_called(brought, shop._readable().inventory()).queries
        assert query.answers == ("cup/red", "jug/red", "mug/red")
