"""How long the mean vector of a product's pictures is: what a similarity to its centroid is divided by."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.errors import NotFound
from lookalike.search.evidence import mean_length
from lookalike.types import Keys

__all__ = ["MeanLengths"]

_MOST = 65_536
"""Sets of pictures that are remembered: some hundred bytes each, more for many pictures."""


class MeanLengths:
    """Lengths by release and pictures, read from the store once. Safe to call from several threads.

    A picture's vector in a release never changes, so that what was read stays true.

    Args:
        catalog: keeps the vectors.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept = lru_cache(_MOST)(self._read)

    def of(self, release_id: str, keys: Keys) -> float | None:
        """The length; None where the release, or every picture, was removed by somebody else meanwhile.

        Args:
            release_id: whose vectors.
            keys: of pictures, rising.
        """
        return self._kept(release_id, keys.tobytes())

    def _read(self, release_id: str, keys: bytes) -> float | None:
        pictures: list[int] = np.frombuffer(keys, dtype=np.int64).tolist()
        try:
            vectors = self._catalog.vectors_of(release_id, pictures).vectors
        except NotFound:
            return None
        return mean_length(vectors) if len(vectors) else None
