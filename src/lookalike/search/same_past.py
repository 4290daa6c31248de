"""Whether an index that was saved is of the past that its store has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lookalike.index.graph import GraphIndex
from lookalike.types import Keys, Vectors

__all__ = ["is_of_same_past"]

_COMPARED = 256
"""Newest vectors of a snapshot that are compared with the store's."""
_SAME = np.float32(0.999)


def is_of_same_past(index: GraphIndex, stored: Callable[[Keys], tuple[Keys, Vectors]]) -> bool:
    """Whether the newest vectors of a snapshot are those that the store has under their keys.

    They are not where an older copy of the database was put back beside the snapshot and has gone on since: it has
    given the same keys and sequence numbers to others.

    Args:
        index: as it was saved.
        stored: the vectors that the store has of these keys, rising, with the keys of those that it has.
    """
    rows, _ = index.seen()
    living = rows.living()
    newest = living[np.argsort(rows.keys[living])[-_COMPARED:]]
    keys = rows.keys[newest]
    found, vectors = stored(keys)
    held = np.searchsorted(keys, found)
    cosines = np.einsum("nd,nd->n", rows.vectors[newest[held]], vectors)
    return bool(np.all(cosines >= _SAME * np.linalg.norm(vectors, axis=1)))
