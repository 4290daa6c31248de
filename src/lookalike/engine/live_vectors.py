"""The live release in plain arrays: every image's vector and whose it is, for whoever computes on all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.types import Vectors

__all__ = ["LiveVectors", "read_live_vectors"]


@dataclass(frozen=True, slots=True, eq=False)
class LiveVectors:
    """Vectors of one release as of one moment, one row an image.

    Attributes:
        vectors: unit vectors, float32, shape (n, dimension).
        product_ids: whose image each row is.
        release: whose vectors they are.
        model: name or path that opens the model which made them.
    """

    vectors: Vectors
    product_ids: tuple[str, ...]
    release: str
    model: str

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.product_ids):
            raise ValueError(f"received {len(self.vectors)} vectors of {len(self.product_ids)} products")


def read_live_vectors(catalog: Catalog, release: Release) -> LiveVectors:
    """Every image that has a vector, by rising image key; a picture that two products show comes twice."""
    inventory, stored = catalog.inventory(), catalog.load_vectors(release.release_id)
    rows = np.searchsorted(stored.keys, inventory.picture_keys)
    held = np.flatnonzero(np.isin(inventory.picture_keys, stored.keys))
    return LiveVectors(
        vectors=stored.vectors[rows[held]],
        product_ids=tuple(inventory.product_ids[row] for row in held),
        release=release.release_id,
        model=str(release.description.get("origin") or release.model),
    )
