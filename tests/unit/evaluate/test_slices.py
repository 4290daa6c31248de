"""Slices against plain loops: who is in which, and what is measured there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.product import ImageInfo, Product, Variant
from lookalike.errors import NotFound
from lookalike.evaluate.questions import Question
from lookalike.evaluate.slices import slices_of, traits_of, worst_gaps
from lookalike.images.regions import encode_jpeg
from lookalike.types import ImageKey, ProductId


class FakeShelf:
    """Forty products: two categories, prices 0 to 39, one to five images."""

    def product(self, product_id: str) -> Product:
        if not product_id.isdigit():
            raise NotFound(f"there is no {product_id}")
        number = int(product_id)
        images = tuple(ImageInfo(ImageKey(10 * number + i + 1), f"{i}.jpg", 64, 64) for i in range(1 + number % 5))
        attributes = {"category": "Mugs" if number % 4 else "Hats", "price": float(number), "in_stock": number < 20}
        return Product(ProductId(product_id), (Variant(None, attributes, images),))


def question(number: int | str, image: Path | None = None) -> Question:
    like = ProductId("x") if image is None else None
    return Question(image, like, frozenset({str(number)}), str(number), line=2)


def test_every_query_is_in_the_slice_of_its_right_product() -> None:
    traits = traits_of(
        [*(question(i) for i in range(40)), question("gone")], FakeShelf(), ["category", "price", "views"]
    )
    assert traits["category"] == ["Mugs" if i % 4 else "Hats" for i in range(40)] + [None]
    assert traits["price"] == ["up to 13" if i <= 13 else "13 to 26" if i <= 26 else "above 26" for i in range(40)] + [
        None
    ]
    assert traits["views"] == ["1" if i % 5 == 0 else "2-3" if i % 5 < 3 else "4-7" for i in range(40)] + [None]


def test_prices_of_millions_are_written_out() -> None:
    class Rupiah(FakeShelf):
        def product(self, product_id: str) -> Product:
            (variant,) = super().product(product_id).variants
            dear = replace(variant, attributes={"price": 1_250_000.0 + 1_000 * int(product_id)})
            return Product(ProductId(product_id), (dear,))

    traits = traits_of([question(i) for i in range(40)], Rupiah(), ["price"])
    assert set(traits["price"]) == {"up to 1263000", "1263000 to 1276000", "above 1276000"}


def test_flags_are_values_and_unknown_columns_slice_nothing() -> None:
    traits = traits_of([question(19), question(20)], FakeShelf(), ["in_stock", "no such column"])
    assert traits == {"in_stock": ["True", "False"], "no such column": [None, None]}


def test_the_querys_picture_gives_brightness_and_size(tmp_path: Path) -> None:
    asked = []
    for i, (level, side) in enumerate([(10, 64), (120, 128), (240, 256)]):
        path = tmp_path / f"{i}.jpg"
        path.write_bytes(encode_jpeg(np.full((side, side + 8, 3), level, dtype=np.uint8), quality=90))
        asked.append(question(i, path))
    traits = traits_of([*asked, question(3, tmp_path / "gone.jpg")], FakeShelf(), ["brightness", "size"])
    assert traits["size"][3] is None
    for column in ("brightness", "size"):
        first, _, last, _ = traits[column]
        assert str(first).startswith("up to")
        assert str(last).startswith("above")
        assert len(set(traits[column][:3])) == 3


def test_a_slice_has_the_mean_of_its_queries_and_the_worst_is_told_against_the_rest() -> None:
    generator = np.random.default_rng(0)
    names = [str(generator.choice(["a", "b", "c", "rare"], p=[0.4, 0.3, 0.27, 0.03])) for _ in range(200)]
    hits = np.array([float(generator.random() < {"a": 0.9, "b": 0.4, "c": 0.8, "rare": 0.0}[name]) for name in names])
    clusters = [i // 2 for i in range(200)]
    slices = slices_of({"recall@1": hits}, clusters, {"kind": names})
    assert set(slices["kind"]) == {"a", "b", "c"}  # fewer than ten queries say nothing
    for name, part in slices["kind"].items():
        own = [hit for hit, one in zip(hits, names, strict=True) if one == name]
        assert part.n == len(own)
        assert part.metrics["recall@1"].value == pytest.approx(sum(own) / len(own))
    worst = worst_gaps({"recall@1": hits}, clusters, {"kind": names}, slices)["kind"]
    rest = [hit for hit, one in zip(hits, names, strict=True) if one != "b"]
    assert (worst.value, worst.n) == ("b", names.count("b"))
    assert worst.gap.value == pytest.approx(np.mean(rest) - slices["kind"]["b"].metrics["recall@1"].value)
    assert 0 < worst.gap.low < worst.gap.value < worst.gap.high


def test_one_value_alone_has_no_gap() -> None:
    slices = slices_of({"recall@1": np.ones(20)}, list(range(20)), {"kind": ["a"] * 20})
    assert worst_gaps({"recall@1": np.ones(20)}, list(range(20)), {"kind": ["a"] * 20}, slices) == {}
