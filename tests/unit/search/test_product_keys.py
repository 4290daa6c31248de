"""Claims about `lookalike.search.product_keys`: ids that have pictures have keys, in rising order, once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import lookalike
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.search.product_keys import keys_of_products


def test_products_without_pictures_in_the_view_have_no_key(tmp_path: Path) -> None:
    with lookalike.open(tmp_path / "store") as engine:
        for number in range(4):
            grey = np.full((64, 64, 3), 60 * number, dtype=np.uint8)
            pictures = () if number == 2 else (encode_jpeg(grey), encode_jpeg(grey[:, :48] // 2))
            engine.put_product(ProductDraft(f"p{number}", (VariantDraft(None, {}, pictures),)))
        catalog = engine._readable()
        view = catalog.view(())
        details = catalog.details(view.image_keys.tolist()).values()
        keys = {str(detail.product_id): detail.product_key for detail in details}
        found = keys_of_products(catalog, view, ["p3", "p2", "nobody", "p0", "p3"])
        assert found.tolist() == [keys["p0"], keys["p3"]]
        assert keys_of_products(catalog, view, []).tolist() == []
        grey = np.full((64, 64, 3), 250, dtype=np.uint8)
        engine.put_product(ProductDraft("late", (VariantDraft(None, {}, (encode_jpeg(grey),)),)))
        assert keys_of_products(catalog, view, ["p0", "late"]).tolist() == [keys["p0"]]  # the view is older
