"""Names of variants: what several products call alike is told apart, in files of queries too."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.catalog.inventory import Inventory
from lookalike.evaluate.questions import questions_in
from lookalike.evaluate.variant_names import VariantNames, names_of


@pytest.fixture
def inventory() -> Inventory:
    rows = [("mug", "red"), ("mug", "blue"), ("cup", "red"), ("cup", "red"), ("jug", None), ("jar", "jar-1")]
    held = object.__new__(Inventory)
    for name, values in zip(("product_ids", "variant_ids"), zip(*rows, strict=True), strict=True):
        object.__setattr__(held, name, values)
    return held


def test_a_shared_id_is_called_with_its_product_and_another_by_itself(inventory: Inventory) -> None:
    assert list(names_of(inventory, "variant")) == ["mug/red", "blue", "cup/red", "cup/red", None, "jar-1"]
    assert list(names_of(inventory, "product")) == ["mug", "mug", "cup", "cup", "jug", "jar"]


def _read(folder: Path, text: str, inventory: Inventory) -> list[object]:
    path = folder / "queries.csv"
    path.write_text(text, encoding="utf-8")
    questions = questions_in(path, "variant", VariantNames.of(inventory))
    return [
        *((sorted(one.answers), one.cluster, dict(one.grades)) for one in questions.items),
        *(one.detail for one in questions.rejected),
    ]


def test_queries_tell_shared_ids_by_their_product_or_by_name(tmp_path: Path, inventory: Inventory) -> None:
    text = "image,variant_id,product_id,grades\na.jpg,red,mug,3\nb.jpg,cup/red,,\nc.jpg,blue|red,mug|cup,1|2\n"
    assert _read(tmp_path, text, inventory) == [
        (["mug/red"], "mug", {"mug/red": 3.0}),
        (["cup/red"], "cup", {}),
        (["blue", "cup/red", "mug/red"], "cup|mug", {"blue": 1.0, "mug/red": 2.0, "cup/red": 2.0}),
    ]


def test_a_product_without_the_variant_adds_no_right_answer(tmp_path: Path, inventory: Inventory) -> None:
    text = "image,variant_id,product_id\na.jpg,red,mug|jug\nb.jpg,red,jug\nc.jpg,jar-1,mug\n"
    assert _read(tmp_path, text, inventory) == [
        (["mug/red"], "mug", {}),
        (["jug/red"], "jug/red", {}),
        (["jar-1"], "jar", {}),
    ]


def test_a_shared_id_alone_is_rejected_with_what_to_write(tmp_path: Path, inventory: Inventory) -> None:
    assert _read(tmp_path, "image,variant_id\na.jpg,red\n", inventory) == [
        "variants of 2 products are called 'red': expected a column product_id beside it, or cup/red, say"
    ]


def test_a_variant_that_no_other_is_called_like_may_be_written_with_its_product_too(
    tmp_path: Path, inventory: Inventory
) -> None:
    text = "image,variant_id\na.jpg,mug/blue\nb.jpg,cup/blue\nc.jpg,jar/jar-1|mug/red\n"
    assert _read(tmp_path, text, inventory) == [
        (["blue"], "mug", {}),
        (["cup/blue"], "cup/blue", {}),
        (["jar-1", "mug/red"], "jar|mug", {}),
    ]
