"""Claims about `lookalike.search.current`: made once while the catalogue stands, anew when it moves."""

from __future__ import annotations

from pathlib import Path

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import SyncBatch, VariantEntry
from lookalike.search.current import Current
from lookalike.types import ProductId


def test_a_value_is_made_again_when_the_catalogue_or_the_key_is_another(tmp_path: Path) -> None:
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return f"{key} {catalog.counts().products}"

    with Catalog.create(tmp_path / "store") as catalog:
        current = Current(catalog, make)
        assert [current.of("a"), current.of("a")] == ["a 0", "a 0"]
        assert made == ["a"]
        catalog.apply(SyncBatch(variants=(VariantEntry(ProductId("p"), None, {}, ()),)))
        assert current.of("a") == "a 1"
        assert current.of("b") == "b 1"
        assert made == ["a", "a", "b"]


def test_a_change_while_it_is_made_makes_it_anew(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:

        def make(key: None) -> int:
            seen = catalog.counts().products
            if not seen:
                catalog.apply(SyncBatch(variants=(VariantEntry(ProductId("p"), None, {}, ()),)))
            return seen

        current = Current(catalog, make)
        assert (current.of(None), current.of(None)) == (0, 1)
