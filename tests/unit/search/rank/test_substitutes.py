"""Claims about `lookalike.search.rank.substitutes`: the nearest available picture, as a plain loop finds it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike.ingest.draft import ProductDraft, VariantDraft


@pytest.fixture
def shop(tmp_path: Path):
    from lookalike.images.regions import encode_jpeg

    with lookalike.open(tmp_path / "store") as engine:
        for number in range(8):
            generator = np.random.default_rng(number // 2)
            pixels = generator.integers(0, 256, (8, 8, 3)).repeat(16, axis=0).repeat(16, axis=1)
            pixels = np.clip(pixels + 4 * (number % 2), 0, 255).astype(np.uint8)
            attributes = {"title": f"thing {number}", "price": float(number), "in_stock": number % 3 != 0}
            engine.put_product(ProductDraft(f"p{number}", (VariantDraft(None, attributes, (encode_jpeg(pixels),)),)))
        yield engine


@pytest.mark.parametrize("where", [None, "price > 3"])
def test_each_sold_out_hit_brings_the_nearest_that_is_available_within_the_filter(shop, where: str | None) -> None:
    answer = shop.search(like="p1", where=where)
    held = shop.live_vectors()
    by_product = {
        str(product): np.asarray(vector) for product, vector in zip(held.product_ids, held.vectors, strict=True)
    }
    sold_out = [hit for hit in answer.hits if hit.attributes["in_stock"] is False]
    assert sold_out
    for hit in answer.hits:
        if hit not in sold_out:
            assert hit.instead is None
            continue
        best, found = -2.0, ""
        for product_id, vector in by_product.items():
            number = int(product_id[1:])
            available = number % 3 != 0 and (where is None or number > 3)
            alike = float(by_product[str(hit.product_id)] @ vector)
            if available and alike > best:
                best, found = alike, product_id
        assert hit.instead is not None
        assert hit.instead.product_id == found
        assert hit.instead.similarity == pytest.approx(best, abs=1e-5)
