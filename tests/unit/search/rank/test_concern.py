"""Claims about `lookalike.search.rank.concern`: which hits a rule is about, and that knowing it costs no pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike.catalog import view as views
from lookalike.engine.engine import Engine
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.search.rank.concern import Concern, touched
from lookalike.search.rank.rules import ShopRule

IDS = ("mug-1", "MUG-1", "Jug", "bowl")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Engine]:
    with lookalike.open(tmp_path / "store") as engine:
        for number, product_id in enumerate(IDS):
            grey = np.full((64, 64, 3), 20 + 60 * number, dtype=np.uint8)
            variant = VariantDraft(None, {"price": 10.0 * number}, (encode_jpeg(grey),))
            engine.put_product(ProductDraft(product_id, (variant,)))
        yield engine


@pytest.mark.parametrize(
    ("products", "where", "about"),
    [
        (("mug-1",), None, {"mug-1"}),
        (("MUG-1", "nobody"), None, {"MUG-1"}),
        (("Mug-1",), None, {"mug-1", "MUG-1"}),
        (("mug-1", "MUG-1"), None, {"mug-1", "MUG-1"}),
        (("JUG", "mug-1"), None, {"Jug", "mug-1"}),
        (("nobody",), None, set()),
        ((), "price > 15", {"Jug", "bowl"}),
        (("jug", "MUG-1"), "price > 15", {"Jug"}),
    ],
)
def test_an_id_in_another_case_counts_unless_a_product_is_called_just_so(
    shop: Engine, products: tuple[str, ...], where: str | None, about: set[str]
) -> None:
    catalog = shop._readable()
    concern = Concern.of(ShopRule("one", "bury", products, where), catalog.parse)
    view = catalog.view(concern.columns)
    rows = np.arange(len(view.image_keys))[::-1].astype(np.int64)
    details = catalog.details(view.image_keys[rows].tolist())
    ids = [str(details[key].product_id) for key in view.image_keys[rows].tolist()]
    (hits,) = touched([concern], catalog, view, rows)
    assert {one for one, hit in zip(ids, hits.tolist(), strict=True) if hit} == about
    # Of hits that lack the product that is called just so, those in another case are still not meant
    (fewer,) = touched([concern], catalog, view, rows[[one not in products for one in ids]])
    kept = [one for one in ids if one not in products]
    assert {one for one, hit in zip(kept, fewer.tolist(), strict=True) if hit} == about - set(products)


def test_many_rules_ask_for_no_pass_over_the_catalogue(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [
        {"name": f"rule {number}", "action": "boost", "within": 2.0, "products": [f"other-{number}", "bowl"]}
        for number in range(100)
    ]
    rules += [
        {"name": f"dear {number}", "action": "boost", "within": 2.0, "where": f"price > {number % 25}"}
        for number in range(100)
    ]
    shop.set_shop_rules({"rules": rules})
    evaluated: list[object] = []
    true_evaluate = views.evaluate
    monkeypatch.setattr(views, "evaluate", lambda *given: evaluated.append(given) or true_evaluate(*given))
    answer = shop.search(like="Jug", k=3)
    assert [len(hit.rules) for hit in answer.hits if hit.product_id == "bowl"] == [200]
    assert evaluated == []
