"""An embedding as a sum over the locations of its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float, Float64

from lookalike.embed.embedder import Embedder
from lookalike.embed.heads import head_gains
from lookalike.errors import ModelDamaged
from lookalike.explain.pooling import Pooling, pooling_of
from lookalike.types import Pixels

__all__ = ["FeatureMaps", "Method", "Split", "split_by_occlusion", "split_features", "split_pictures"]

Method: TypeAlias = Literal["exact", "occlusion"]
"""Whether the terms add up to the embedding, or are estimated by covering one place after the other."""

_OCCLUSION_CELLS = 7


@runtime_checkable
class FeatureMaps(Embedder, Protocol):
    """An embedder that gives its feature maps, and how they become the embedding."""

    def features(
        self, batch: np.ndarray, names: Sequence[str] | None = None
    ) -> Mapping[str, Float[np.ndarray, "n ..."]]:
        """Inner tensors by name, row i for picture i."""
        ...

    def projection(self) -> tuple[Float[np.ndarray, "dimension channels"], Float[np.ndarray, " dimension"]] | None:
        """The constants P and b of the embedding, which `head_gains` makes of P p + b, p the pooled features."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The unit embedding of a picture, split over the cells of a grid that covers the model's square.

    Attributes:
        terms: one vector a cell, row by row from the upper left.
        rows: of the grid.
        columns: of the grid.
        whole: the embedding; what the terms lack of it is not attributed to any place.
        method: how the terms were found.
        attention: how much the model's own attention lets each cell count, the average cell 1; None where it has none.

    Raises:
        ValueError: shapes that do not fit together.
    """

    terms: Float64[np.ndarray, "cells dimension"]
    rows: int
    columns: int
    whole: Float64[np.ndarray, " dimension"]
    method: Method
    attention: Float64[np.ndarray, "rows columns"] | None = None

    def __post_init__(self) -> None:
        if self.terms.shape != (self.rows * self.columns, len(self.whole)) or not len(self.terms):
            raise ValueError(
                f"a split of {self.rows} x {self.columns} cells needs as many terms of dimension {len(self.whole)}, "
                f"received {self.terms.shape}"
            )


def split_features(
    features: Float[np.ndarray, "channels rows columns"],
    matrix: Float[np.ndarray, "dimension channels"],
    offset: Float[np.ndarray, " dimension"],
    pooling: Pooling,
    heads: Sequence[tuple[int, float]] = (),
) -> Split:
    """The embedding unit(P p + b) as the exact sum of y_i = (P s_i + b) / (n |P p + b|) over the n locations.

    s_i is the location's share of the pooled features (`Pooling`), whose mean is p. The offset b belongs to every
    location alike. A head fitted on centred features has b = -P m, with m the mean features of pictures, so that
    P s_i + b = P (s_i - m): a location that looks like nothing in particular contributes nothing, and no remainder is
    left that nobody could point at. Of several heads, each part is divided by its own length (`head_gains`).

    Args:
        features: the feature map that is pooled.
        matrix: P.
        offset: b.
        pooling: how the features were pooled.
        heads: length and share of each unit vector in the embedding; empty for one.

    Raises:
        ModelDamaged: the projection of the pooled features is zero or not finite.

    Reference:
        Stylianou, Souvenir and Pless 2019, arXiv 1901.00536, sec. 3. They have no offset; the projection, the
        normalisation and the offset are carried through here.
    """
    channels, rows, columns = features.shape
    shares = pooling.shares(features.reshape(channels, rows * columns).T)
    projected = shares @ matrix.T.astype(np.float64) + offset.astype(np.float64)
    whole = projected.mean(axis=0)
    gains = head_gains(whole[np.newaxis], heads)[0]
    if not (np.isfinite(whole).all() and np.isfinite(gains).all()):
        raise ModelDamaged("the pooled features of a picture have no length after the projection: no direction")
    return Split(projected * gains / len(projected), rows, columns, whole * gains, "exact")


def split_by_occlusion(embedder: Embedder, square: Pixels, *, cells: int = _OCCLUSION_CELLS) -> Split:
    """An estimate for any embedder: a cell's term is what the embedding loses when the cell is covered.

    y_i = e(x) - e(x without cell i), where a covered cell has the mean colour of the square. This is a
    linearisation: the terms do not add up to the embedding, and what is missing is left to the remainder.

    Args:
        embedder: any.
        square: a picture that went through its preprocessing.
        cells: on each side of the grid; the embedder is asked for ``cells ** 2 + 1`` pictures.

    Reference:
        Zeiler and Fergus 2014, arXiv 1311.2901, sec. 4.2; of the vector, where they occlude for one class score.
    """
    size = len(square)
    edges = np.linspace(0, size, cells + 1).round().astype(int)
    neutral = square.reshape(-1, 3).mean(axis=0).round().astype(np.uint8)
    covered = np.repeat(square[np.newaxis], cells * cells + 1, axis=0)
    for cell in range(cells * cells):
        row, column = divmod(cell, cells)
        covered[cell + 1, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = neutral
    vectors = embedder.embed(covered).astype(np.float64)
    return Split(vectors[0] - vectors[1:], cells, cells, vectors[0], "occlusion")


def split_pictures(embedder: Embedder, squares: Sequence[Pixels]) -> tuple[Split, ...]:
    """One split a picture: exact where the model's description says how it is made, by occlusion elsewhere.

    Args:
        embedder: of the live release.
        squares: pictures that went through its preprocessing.

    Returns:
        all of the same method.
    """
    if not squares:
        return ()
    description = embedder.description
    if isinstance(embedder, FeatureMaps) and description.map in description.features:
        projection = embedder.projection()
        if projection is not None:
            wanted = [description.map, *((description.attention,) if description.attention else ())]
            found = embedder.features(np.stack(squares), wanted)
            pooling = pooling_of(description)
            splits = [split_features(each, *projection, pooling, description.heads) for each in found[description.map]]
            if description.attention:
                weights = found[description.attention][:, 0].astype(np.float64)
                weights /= weights.mean(axis=(1, 2), keepdims=True)
                splits = [replace(split, attention=one) for split, one in zip(splits, weights, strict=True)]
            return tuple(splits)
    return tuple(split_by_occlusion(embedder, square) for square in squares)
