"""From rows of the view to what a hit shows, and to the vectors behind it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.view import View
from lookalike.types import FoldBy, Hit, ImageKey, Vectors

__all__ = ["Describer"]


class Describer:
    """Reads what the catalogue says of rows. Safe to use from several threads.

    Args:
        catalog: says it.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def hits(
        self,
        view: View,
        rows: Int64[np.ndarray, " n"],
        similarities: Float32[np.ndarray, " n"],
        by: FoldBy,
        lanes: Mapping[str, Float32[np.ndarray, " n"]],
    ) -> dict[int, Hit]:
        """Hits by the place of their row; those that are gone since are left out."""
        keys = [int(key) for key in view.image_keys[rows]]
        details = self._catalog.details(keys)
        variants = (
            self._catalog.variants_of(list({detail.product_key for detail in details.values()}))
            if by == "product"
            else {}
        )
        hits: dict[int, Hit] = {}
        for place, (key, similarity) in enumerate(zip(keys, similarities, strict=True)):
            detail = details.get(key)
            if detail is None:
                continue  # removed by somebody else between ranking and describing
            hits[place] = Hit(
                product_id=detail.product_id,
                variant_id=detail.variant_id,
                image=detail.location,
                image_key=ImageKey(key),
                title=detail.title,
                similarity=float(np.clip(np.round(float(similarity), 6), -1.0, 1.0)),
                attributes=detail.attributes,
                variants=tuple(variants.get(detail.product_key, ())),
                lanes={name: round(float(shares[place]), 6) for name, shares in lanes.items()},
            )
        return hits

    def vectors(self, release: Release, view: View, rows: Int64[np.ndarray, " n"]) -> Vectors:
        """The vector of the picture at each row; zeros where it is gone since."""
        keys = view.picture_keys[rows]
        stored = self._catalog.vectors_of(release.release_id, np.unique(keys).tolist())
        places = np.minimum(np.searchsorted(stored.keys, keys), max(len(stored.keys) - 1, 0))
        vectors = np.zeros((len(rows), release.dimension), dtype=np.float32)
        if len(stored.keys):
            held = stored.keys[places] == keys
            vectors[held] = stored.vectors[places[held]]
        return vectors
