"""What the places of pictures look like, for geometric verification: the cells of their feature maps, as vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.embed.embedder import Embedder
from lookalike.embed.heads import head_gains
from lookalike.errors import ImageRejected
from lookalike.images.limits import ImageLimits
from lookalike.images.seen import see
from lookalike.search.rank.pool import Grid
from lookalike.search.recent import Recent
from lookalike.types import Pixels

__all__ = ["Grids", "MapEmbedder", "grids_of"]

_REMEMBERED = 1_024
_AT_ONCE = 8


@runtime_checkable
class MapEmbedder(Embedder, Protocol):
    """An embedder that gives its feature maps, and how they become the embedding."""

    def features(
        self, batch: np.ndarray, names: Sequence[str] | None = None
    ) -> Mapping[str, Float[np.ndarray, "n ..."]]:
        """Inner tensors by name, row i for picture i."""
        ...

    def projection(self) -> tuple[Float[np.ndarray, "dimension channels"], Float[np.ndarray, " dimension"]] | None:
        """The constants P and b of the embedding, which `head_gains` makes of P p + b, p the pooled features."""
        ...


def grids_of(embedder: Embedder, squares: Sequence[Pixels]) -> list[Grid] | None:
    """The cells of each picture, each cell's features projected as the embedding is; None where there is no map.

    Args:
        embedder: of the release.
        squares: pictures that went through its preprocessing.
    """
    description = embedder.description
    if not isinstance(embedder, MapEmbedder) or description.map not in description.features:
        return None
    projection = embedder.projection()
    if projection is None:
        return None
    matrix, offset = projection
    found: list[Grid] = []
    for start in range(0, len(squares), _AT_ONCE):
        maps = embedder.features(np.stack(squares[start : start + _AT_ONCE]), [description.map])[description.map]
        for each in maps:
            channels, rows, columns = each.shape
            cells = each.reshape(channels, rows * columns).T @ matrix.T + offset
            cells = np.nan_to_num(cells * head_gains(cells, description.heads), posinf=0.0, neginf=0.0)
            found.append(Grid(cells.astype(np.float32), rows, columns))
    return found


class Grids:
    """Grids of the catalogue's pictures, made of their kept copies when first asked for. Safe from several threads.

    Args:
        catalog: knows and keeps the pictures.
        embedder_of: opens a release's embedder in a form that gives feature maps.
        limits: what a picture may cost.
    """

    def __init__(self, catalog: Catalog, embedder_of: Callable[[Release], Embedder], limits: ImageLimits) -> None:
        self._catalog = catalog
        self._embedder_of = embedder_of
        # A copy may be smaller than what the shop asks of originals.
        self._limits = replace(limits, min_side_pixels=1)
        self._looked_at: Recent[tuple[str, str], Grid] = Recent(_REMEMBERED)

    def of_square(self, release: Release, square: Pixels) -> Grid | None:
        """The grid of a picture as the model sees it; None where the model gives no map."""
        found = grids_of(self._embedder_of(release), [square])
        return None if found is None else found[0]

    def of_images(self, release: Release, image_keys: Sequence[int]) -> dict[int, Grid]:
        """The grids of images, by position; those without a kept copy are left out."""
        found: dict[int, Grid] = {}
        new: list[tuple[int, str, Pixels]] = []
        embedder = self._embedder_of(release)
        for place, image_key in enumerate(image_keys):
            source = self._catalog.image(image_key)
            if source is None:
                continue
            name = (release.fingerprint, source.sha256)
            grid = self._looked_at.get(name)
            if grid is not None:
                found[place] = grid
                continue
            copy = self._catalog.kept.get(source.sha256)
            if copy is None:
                continue
            try:
                square = see(copy, embedder.description.preprocessing, limits=self._limits).square
            except ImageRejected:
                continue  # a damaged copy: the similarity alone counts
            new.append((place, source.sha256, square))
        made = grids_of(embedder, [square for *_, square in new]) if new else []
        for (place, sha256, _), grid in zip(new, made or [], strict=False):
            found[place] = grid
            self._looked_at.put((release.fingerprint, sha256), grid)
        return found
