"""Measures the live index of a store on its own vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.selection import columns_of
from lookalike.errors import DimensionMismatch, StoreNotFound
from lookalike.evaluate.index_quality import IndexQuality, measure_index, missed, perturbed
from lookalike.index.vector_index import Subset
from lookalike.search.live import LiveRelease
from lookalike.types import Vector, Vectors

__all__ = ["bench", "missed_by_live"]

_NOISE = 0.3
_PAGE = 10
_ASKED_FOR = 33  # pictures that a search for ten products asks the index for


def bench(
    catalog: Catalog, live: LiveRelease, *, queries: Vectors | int, k: int, shares: Sequence[float], seed: int
) -> IndexQuality:
    """See `lookalike.engine.engine.Engine.bench`."""
    release, index = live.current()
    generator = np.random.default_rng(seed)
    keys = np.unique(live.view().picture_keys)
    if not len(keys):
        raise StoreNotFound("the store holds no pictures: run `lookalike index SOURCE` first")
    clusters: Sequence[int] | None = None
    if isinstance(queries, int):
        chosen = generator.choice(keys, size=queries, replace=queries > len(keys))
        stored = catalog.vectors_of(release.release_id, np.unique(chosen).tolist())
        place_of = {key: place for place, key in enumerate(stored.keys.tolist())}
        clusters = [key for key in chosen.tolist() if key in place_of]  # the model may have no vector of some
        moved = stored.vectors[np.asarray([place_of[key] for key in clusters], dtype=np.int64)]
        queries = perturbed(moved, noise=_NOISE, generator=generator)
    elif queries.ndim != 2 or queries.shape[1] != release.dimension:
        raise DimensionMismatch(
            f"received query vectors of shape {queries.shape}, release {release.release_id} needs {release.dimension} "
            "numbers each: give vectors that its model made"
        )
    return measure_index(index, keys, queries, k=k, shares=shares, generator=generator, clusters=clusters)


def missed_by_live(catalog: Catalog, live: LiveRelease, vector: Vector, where: str | None) -> tuple[int, int]:
    """See `lookalike.engine.engine.Engine.missed`."""
    _, index = live.current()
    subset = None
    if where is not None:
        selection = catalog.parse(where)
        subset = Subset(live.view(columns_of(selection)).subset(selection).keys)
        if not len(subset.keys):
            return 0, 0
    found = index.search(vector[np.newaxis], _ASKED_FOR, subset)
    true = index.search(vector[np.newaxis], _PAGE, subset, exact=True)
    return missed(found.similarities[0, :_PAGE], true.similarities[0])
