"""A second release from the kept copies, while the catalogue changes beneath it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.tiny_model import described

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.embed.description import ModelDescription
from lookalike.errors import NoVector
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.reembedding import embed_kept
from lookalike.types import ProductId, Vectors


class Meddling:
    """An embedder during whose work a product is deleted by somebody else."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.description: ModelDescription = described(b"meddling", dimension=4)

    def embed(self, batch: np.ndarray) -> Vectors:
        if self._catalog.product("p1") is not None:
            self._catalog.delete_product("p1")
        return np.tile(np.array([1, 0, 0, 0], np.float32), (len(batch), 1))


def test_a_product_that_is_deleted_meanwhile_does_not_end_it(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        for number, sha256 in enumerate(("a" * 64, "b" * 64, "c" * 64)):
            catalog.kept.put(sha256, encode_jpeg(np.full((40, 40, 3), 80 * number, np.uint8)))
            image = ImageEntry("x.jpg", sha256)
            catalog.apply(
                SyncBatch(
                    variants=(VariantEntry(ProductId(f"p{number}"), None, {}, (image,)),),
                    pictures=(PictureEntry(sha256, 40, 40, "jpeg", kept=True),),
                )
            )
        release = catalog.begin_release(fingerprint="f" * 64, model="meddling", dimension=4, description={})
        done = embed_kept(catalog, release, Meddling(catalog), IngestOptions(n_workers=1))
        assert (done.embedded, done.missing) == (2, 0)
        assert catalog.vector_counts(release.release_id) == (2, 0)


class Faint:
    """Has no vector of a dark picture."""

    description: ModelDescription = described(b"faint", dimension=4)

    def embed(self, batch: np.ndarray) -> Vectors:
        dark = batch.mean(axis=(1, 2, 3)) < 8
        if dark.any():
            raise NoVector("nothing comes of it", places=tuple(np.flatnonzero(dark).tolist()))
        return np.tile(np.array([1, 0, 0, 0], np.float32), (len(batch), 1))


def test_a_picture_without_a_vector_is_missing_and_the_others_are_there(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        for number, sha256 in enumerate(("a" * 64, "b" * 64, "c" * 64)):
            catalog.kept.put(sha256, encode_jpeg(np.full((40, 40, 3), 80 * number, np.uint8)))
            image = ImageEntry("x.jpg", sha256)
            catalog.apply(
                SyncBatch(
                    variants=(VariantEntry(ProductId(f"p{number}"), None, {}, (image,)),),
                    pictures=(PictureEntry(sha256, 40, 40, "jpeg", kept=True),),
                )
            )
        release = catalog.begin_release(fingerprint="f" * 64, model="faint", dimension=4, description={})
        done = embed_kept(catalog, release, Faint(), IngestOptions(n_workers=1))
        assert (done.embedded, done.missing) == (2, 1)
