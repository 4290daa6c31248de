"""An embedding as a sum over the locations of its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float64

from lookalike.embed.embedder import Embedder
from lookalike.embed.heads import head_gains
from lookalike.errors import ModelDamaged, NoVector
from lookalike.explain.pooling import Pooling, pooling_of
from lookalike.explain.tiles import MOST_TILES, Tile, cut_tiles
from lookalike.images.neutral import mean_coloured
from lookalike.types import Pixels

__all__ = ["FeatureMaps", "Method", "Split", "split_by_occlusion", "split_features", "split_pictures"]

Method: TypeAlias = Literal["exact", "occlusion"]
"""Whether the terms are the embedding's own, or estimated by covering places; either way they add up to it."""

_OCCLUSION_CELLS = 6
"""On each side of the grid: with the parts' own pictures, 50 pictures are asked for."""


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
        parts: rectangles of cells whose sums mean more than those of others, as they were measured; None where all do.

    Raises:
        ValueError: shapes that do not fit together.
    """

    terms: Float64[np.ndarray, "cells dimension"]
    rows: int
    columns: int
    whole: Float64[np.ndarray, " dimension"]
    method: Method
    attention: Float64[np.ndarray, "rows columns"] | None = None
    parts: tuple[Tile, ...] | None = None

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


def split_by_occlusion(
    embedder: Embedder, square: Pixels, *, cells: int = _OCCLUSION_CELLS, parts: int = MOST_TILES
) -> Split:
    """An estimate for any embedder, by covering places with the mean colour of the square; its terms add up.

    First each cell is covered alone: d_i = e(x) - e(x without i). What cells have in common counts in each of them, so
    that the d_i may add up to several times the embedding, or to its opposite. So the cells are cut into a few parts
    where d changes most, and each part P is asked for twice: what it brings where nothing else is seen, and what is
    lost when it alone is covered,

        s_P = (e(P) - e(nothing) + e(x) - e(x without P)) / 2.

    Where the model has no vector of a covered square, as of one without anything in it, that counts as zero.

    What the s_P lack of e(x), e(nothing) among it, is shared equally by the parts, and y_i is the i-th cell's share of
    its part and how far d_i is from the mean of the part's. Of groceries what the s_P bring to a similarity
    correlates to 0.98 with the parts' Shapley values, the mean over all orders in which parts can be uncovered; what
    sums of the d_i bring to 0.53 (docs/how-to/explain.md).

    Args:
        embedder: any.
        square: a picture that went through its preprocessing.
        cells: on each side of the grid.
        parts: at most; the embedder is asked for ``cells ** 2 + 2 * parts + 2`` pictures.

    Raises:
        NoVector: the model has none of the square as it is.

    Reference:
        Zeiler and Fergus 2014, arXiv 1311.2901, sec. 4.2; of the vector, where they occlude for one class score.
        Shapley 1953, "A value for n-person games"; of its mean over orders the first and the last place are taken
        here. Ruiz, Valenciano and Zarzuelo 1998, "The family of least square values for transferable utility games":
        sharing equally what is lacking.
    """
    alone = np.zeros((cells * cells + 1, cells, cells), np.bool_)
    alone.reshape(len(alone), -1)[np.arange(1, len(alone)), np.arange(cells * cells)] = True
    first = _embed_uncovered(embedder, square, ~alone)
    whole = first[0]
    lost = (whole - first[1:]).reshape(cells, cells, -1)
    tiles = cut_tiles(lost, parts)
    members = np.zeros((len(tiles) + 1, cells, cells), np.bool_)
    for place, (top, left, bottom, right) in enumerate(tiles, start=1):
        members[place, top:bottom, left:right] = True
    second = _embed_uncovered(embedder, square, np.concatenate([members, ~members[1:]]))
    nothing, only, without = second[0], second[1 : len(tiles) + 1], second[len(tiles) + 1 :]
    brought = (only - nothing + whole - without) / 2
    brought += (whole - brought.sum(axis=0)) / len(tiles)
    terms = np.empty_like(lost)
    for member, share in zip(members[1:], brought, strict=True):
        terms[member] = share / member.sum() + lost[member] - lost[member].mean(axis=0)
    return Split(terms.reshape(cells * cells, -1), cells, cells, whole, "occlusion", parts=tiles)


def _embed_uncovered(
    embedder: Embedder, square: Pixels, uncovered: Bool[np.ndarray, "n cells cells"]
) -> Float64[np.ndarray, "n dimension"]:
    """Vectors of the square with all but the named cells in its mean colour."""
    size, cells = len(square), uncovered.shape[1]
    edges = np.linspace(0, size, cells + 1).round().astype(int)
    cell_of = np.repeat(np.arange(cells), np.diff(edges))
    kept = uncovered[:, cell_of][:, :, cell_of, np.newaxis]
    covered = np.where(kept, square, mean_coloured(square))
    try:
        return embedder.embed(covered).astype(np.float64)
    except NoVector as error:
        blank = np.isin(np.arange(len(covered)), error.places)
        if bool((blank & uncovered.all(axis=(1, 2))).any()):
            raise
        vectors = np.zeros((len(covered), embedder.description.dimension))
        vectors[~blank] = embedder.embed(covered[~blank])
        return vectors


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
