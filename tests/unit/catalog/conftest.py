"""A small store, and the words to fill it with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.columns import ColumnType
from lookalike.catalog.sync import ImageEntry, PictureEntry, RejectionEntry, SyncBatch, VariantEntry
from lookalike.types import AttributeValue, ProductId, Reason, Rejection, VariantId, Vectors

DIMENSION = 8


class Words:
    """Short ways to say what a shop has. A content is a word; its bytes, hash and vector follow from it."""

    dimension = DIMENSION

    @staticmethod
    def sha256(content: str) -> str:
        return hashlib.sha256(content.encode()).hexdigest()

    def vectors(self, contents: Sequence[str]) -> Vectors:
        rows = [np.random.default_rng(int(self.sha256(c)[:8], 16)).normal(size=DIMENSION) for c in contents]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32).reshape(-1, DIMENSION)

    def variant(
        self,
        product: str,
        variant_id: str | None = None,
        images: Mapping[str, str] | None = None,
        **attributes: AttributeValue,
    ) -> VariantEntry:
        """A variant; `images` maps locations to contents."""
        entries = [
            ImageEntry(at, self.sha256(content), position=n, validator=f"v:{content}")
            for n, (at, content) in enumerate((images or {}).items())
        ]
        named = VariantId(variant_id) if variant_id is not None else None
        return VariantEntry(ProductId(product), named, attributes, tuple(entries))

    def batch(
        self,
        *variants: VariantEntry,
        contents: Sequence[str] = (),
        rejections: Sequence[RejectionEntry] = (),
        columns: Mapping[str, ColumnType] | None = None,
        replace: bool = False,
    ) -> SyncBatch:
        """A batch that brings these variants, and these contents with their vectors."""
        shown = sorted(set(contents))
        return SyncBatch(
            variants=tuple(variants),
            pictures=tuple(PictureEntry(self.sha256(c), 100, 80, "jpeg", perceptual_hash=2**64 - 1) for c in shown),
            vector_sha256s=tuple(map(self.sha256, shown)),
            vectors=self.vectors(shown) if shown else None,
            runtime="test",
            precision="float32",
            rejections=tuple(rejections),
            columns=dict(columns or {}),
            replace=replace,
        )

    @staticmethod
    def rejection(
        location: str,
        reason: Reason = Reason.CORRUPT,
        product: str | None = None,
        *,
        validator: str | None = None,
        drops_image: bool = False,
    ) -> RejectionEntry:
        named = ProductId(product) if product is not None else None
        return RejectionEntry(
            Rejection(location, reason, f"{location} cannot be used", named, line=3), validator, None, drops_image
        )


@pytest.fixture(scope="session")
def words() -> Words:
    return Words()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty store with one release, `r1`, of dimension 8."""
    with Catalog.create(tmp_path / "store") as made:
        made.begin_release(fingerprint="f" * 64, model="test", dimension=DIMENSION, description={"name": "test"})
        yield made
