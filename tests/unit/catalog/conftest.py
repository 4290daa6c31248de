"""A small store, and the words to fill it with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.types import AttributeValue, ProductId, VariantId, Vectors

DIMENSION = 8


def sha256_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def vector_of(content: str) -> np.ndarray:
    vector = np.random.default_rng(int(sha256_of(content)[:8], 16)).normal(size=DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)


def vectors_of(contents: list[str]) -> Vectors:
    return np.stack([vector_of(content) for content in contents])


def variant(
    product: str,
    variant_id: str | None = None,
    images: Mapping[str, str] | None = None,
    **attributes: AttributeValue,
) -> VariantEntry:
    """A variant; `images` maps locations to contents."""
    entries = [
        ImageEntry(at, sha256_of(content), position=n, validator=f"v:{content}")
        for n, (at, content) in enumerate((images or {}).items())
    ]
    named = VariantId(variant_id) if variant_id is not None else None
    return VariantEntry(ProductId(product), named, attributes, tuple(entries))


def batch_of(*variants: VariantEntry, contents: list[str] | None = None, **more: object) -> SyncBatch:
    """A batch that brings these variants with their pictures and vectors; `contents` are those that images show."""
    shown = sorted(set(contents or []))
    return SyncBatch(
        variants=tuple(variants),
        pictures=tuple(PictureEntry(sha256_of(c), 100, 80, "jpeg", perceptual_hash=2**64 - 1) for c in shown),
        vector_sha256s=tuple(sha256_of(c) for c in shown),
        vectors=vectors_of(shown) if shown else None,
        runtime="test",
        precision="float32",
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def words() -> Mapping[str, Callable[..., object]]:
    """The functions above, for tests that live in other files."""
    return {"sha256": sha256_of, "vector": vector_of, "variant": variant, "batch": batch_of}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty store with one release, `r1`, of dimension 8."""
    with Catalog.create(tmp_path / "store") as made:
        made.begin_release(fingerprint="f" * 64, model="test", dimension=DIMENSION, description={"name": "test"})
        yield made
