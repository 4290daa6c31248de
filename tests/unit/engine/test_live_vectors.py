"""Claims about `lookalike.engine.live_vectors`."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike.engine.live_vectors import LiveVectors
from lookalike.errors import StoreNotFound


def test_every_image_has_its_vector_and_its_product(drawn, drawn_store: Path) -> None:
    with lookalike.open(drawn_store) as shop:
        live = shop.live_vectors()
        release = shop.release
        with drawn.catalog.open(encoding="utf-8") as file:
            expected = Counter(
                row["product_id"] for row in csv.DictReader(file) for _ in row["image"].split("|") if row["image"]
            )
        assert Counter(live.product_ids) == expected
        assert (live.release, live.model) == (release, "lite0")
        np.testing.assert_allclose(np.linalg.norm(live.vectors, axis=1), 1, atol=1e-5)
        for row in (0, len(live.vectors) // 2, len(live.vectors) - 1):
            first = shop.search(vector=live.vectors[row], k=1).hits[0]
            assert first.similarity == pytest.approx(1, abs=1e-5)
            best = [live.product_ids[at] for at in np.flatnonzero(live.vectors @ live.vectors[row] > 1 - 1e-5)]
            assert first.product_id in best


def test_a_store_without_a_release_has_none(tmp_path: Path) -> None:
    with lookalike.open(tmp_path / "none") as shop, pytest.raises(StoreNotFound):
        shop.live_vectors()


def test_vectors_without_products_are_refused() -> None:
    with pytest.raises(ValueError, match="2 vectors of 1 products"):
        LiveVectors(np.zeros((2, 3), np.float32), ("a",), "r1", "lite0")
