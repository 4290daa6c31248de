"""Colours of pictures that came in before anybody looked at them."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.images.colouring import stored_colouring, unpack_colourings
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.colours import fill_colours
from lookalike.ingest.options import IngestOptions
from lookalike.types import ProductId, VariantId


def test_every_kept_copy_is_looked_at_once_and_others_stay_without(tmp_path):
    red = np.full((40, 40, 3), (200, 30, 30), np.uint8)
    entries = []
    with Catalog.create(tmp_path / "store") as catalog:
        for number, sha256 in enumerate(("a" * 64, "b" * 64, "c" * 64)):
            kept = number != 1
            if kept:
                catalog.kept.put(sha256, encode_jpeg(red) if number == 0 else b"no picture")
            entries.append(PictureEntry(sha256, 40, 40, "jpeg", kept=kept))
        images = tuple(ImageEntry(f"{number}.jpg", entry.sha256) for number, entry in enumerate(entries))
        applied = catalog.apply(
            SyncBatch(variants=(VariantEntry(ProductId("p"), VariantId("red"), {}, images),), pictures=tuple(entries))
        )
        assert catalog.colourings_of(list(applied.picture_keys.values())) == {}
        assert fill_colours(catalog, IngestOptions()) == 0  # no product has variants: there is nothing to choose
        catalog.apply(SyncBatch(variants=(VariantEntry(ProductId("p"), VariantId("blue"), {}, images),)))
        assert fill_colours(catalog, IngestOptions()) == 1
        found = catalog.colourings_of(list(applied.picture_keys.values()))
        assert list(found) == [applied.picture_keys["a" * 64]]
        (vector,) = unpack_colourings(list(found.values()))
        assert float(vector @ stored_colouring(red)) == pytest.approx(1, abs=0.05)
        assert fill_colours(catalog, IngestOptions()) == 0
