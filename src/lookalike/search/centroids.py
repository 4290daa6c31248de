"""How long the mean vector of a product's pictures is: what a similarity to its centroid is divided by."""

from __future__ import annotations

from hashlib import blake2b

from lookalike.catalog.catalog import Catalog
from lookalike.errors import NotFound
from lookalike.search.evidence import mean_length
from lookalike.types import Keys

__all__ = ["MeanLengths"]

_MOST = 100_000
"""Lengths that are kept, some 150 bytes each; where there are more, all are forgotten."""


class MeanLengths:
    """Lengths by release and pictures, read from the store once. Safe to call from several threads.

    A picture's vector in a release never changes, so that what was read stays true.

    Args:
        catalog: keeps the vectors.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: dict[tuple[str, bytes], float] = {}

    def of(self, release_id: str, keys: Keys) -> float | None:
        """The length; None where the release, or one of the pictures, was removed by somebody else meanwhile.

        Args:
            release_id: whose vectors.
            keys: of pictures, rising; at least one.
        """
        name = release_id, blake2b(keys.tobytes(), digest_size=16).digest()
        length = self._kept.get(name)
        if length is None:
            length = self._read(release_id, keys)
            if length is not None:
                if len(self._kept) >= _MOST:
                    self._kept.clear()
                self._kept[name] = length
        return length

    def _read(self, release_id: str, keys: Keys) -> float | None:
        try:
            vectors = self._catalog.vectors_of(release_id, keys.tolist()).vectors
        except NotFound:
            return None
        return mean_length(vectors) if len(vectors) == len(keys) else None
