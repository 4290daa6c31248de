"""Measures the live index of a store on its own vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.errors import DimensionMismatch, StoreNotFound
from lookalike.evaluate.index_quality import IndexQuality, measure_index, perturbed
from lookalike.search.live import LiveRelease
from lookalike.types import Vectors

__all__ = ["bench"]

_NOISE = 0.3


def bench(
    catalog: Catalog, live: LiveRelease, *, queries: Vectors | int, k: int, shares: Sequence[float], seed: int
) -> IndexQuality:
    """See `lookalike.engine.engine.Engine.bench`."""
    release, index = live.current()
    generator = np.random.default_rng(seed)
    keys = np.unique(live.view().picture_keys)
    if not len(keys):
        raise StoreNotFound("the store holds no pictures: run `lookalike index SOURCE` first")
    if isinstance(queries, int):
        chosen = generator.choice(keys, size=queries, replace=queries > len(keys))
        stored = catalog.vectors_of(release.release_id, np.unique(chosen).tolist())
        place = generator.integers(0, len(stored.keys), size=queries)
        queries = perturbed(stored.vectors[place], noise=_NOISE, generator=generator)
    elif queries.ndim != 2 or queries.shape[1] != release.dimension:
        raise DimensionMismatch(
            f"received query vectors of shape {queries.shape}, release {release.release_id} needs {release.dimension} "
            "numbers each: give vectors that its model made"
        )
    return measure_index(index, keys, queries, k=k, shares=shares, generator=generator)
