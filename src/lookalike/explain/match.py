"""What every location of one picture has in common with every location of another: the similarity, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float64

from lookalike.explain.split import Method, Split
from lookalike.explain.tiles import Tile

__all__ = ["HeatMap", "MatchMatrix", "match", "placed", "spread_over_field"]

_FIELD_CELLS = 0.9
"""Standard deviation, in cells, of where in the picture a cell of the last feature map looks."""


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """How much of a similarity each cell of a picture brings; signed, in units of the similarity.

    Attributes:
        values: shape (rows, columns), row by row from the upper left.
        window: left, upper, right and lower edge of the grid in pixels of the upright original; beyond the picture
            where the model's square was padded.
    """

    values: Float64[np.ndarray, "rows columns"]
    window: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class MatchMatrix:
    """The cosine of two embeddings as signed terms, one for each pair of locations, and what they leave.

    Attributes:
        terms: entry (i, j) is y_i . z_j for cell i of the query and cell j of the other picture.
        query_shape: rows and columns of the query's grid.
        image_shape: rows and columns of the other one's.
        similarity: the cosine of the two embeddings.
        method: how the terms were found, see `Split`.
        query_parts: of the query's grid, where its split has some; None where any cut is as good.
        image_parts: likewise.

    Raises:
        ValueError: shapes that do not fit together.
    """

    terms: Float64[np.ndarray, "query_cells image_cells"]
    query_shape: tuple[int, int]
    image_shape: tuple[int, int]
    similarity: float
    method: Method
    query_parts: tuple[Tile, ...] | None = None
    image_parts: tuple[Tile, ...] | None = None

    def __post_init__(self) -> None:
        expected = (self.query_shape[0] * self.query_shape[1], self.image_shape[0] * self.image_shape[1])
        if self.terms.shape != expected:
            raise ValueError(f"expected {expected} terms for these grids, received {self.terms.shape}")

    @property
    def remainder(self) -> float:
        """What the terms leave of the similarity: zero but for rounding."""
        return self.similarity - float(self.terms.sum())

    @property
    def query_map(self) -> Float64[np.ndarray, "rows columns"]:
        """What each place of the query brings: the terms summed over the other picture, `placed`."""
        return placed(self.terms.sum(axis=1).reshape(self.query_shape), self.method)

    @property
    def image_map(self) -> Float64[np.ndarray, "rows columns"]:
        """What each place of the other picture brings: the terms summed over the query, `placed`."""
        return placed(self.terms.sum(axis=0).reshape(self.image_shape), self.method)


def placed(values: Float64[np.ndarray, "rows columns"], method: Method) -> Float64[np.ndarray, "rows columns"]:
    """What cells bring, where in the picture it comes from; it adds up to the same.

    Args:
        values: of cells, row by row from the upper left.
        method: what a cell is: of the last feature map (``exact``), which looks around (`spread_over_field`), or a
            place that was covered, and nothing around it.
    """
    return spread_over_field(values) if method == "exact" else values


def spread_over_field(values: Float64[np.ndarray, "rows columns"]) -> Float64[np.ndarray, "rows columns"]:
    """What cells of the last feature map bring, at the places that they looked at; it adds up to the same.

    A cell sees far more of the picture than the square under it, and most of what is near its middle. Each value goes
    to the cells around it by a Gaussian of 0.9 cells, mirrored at the edges. On drawn products covering the highest 20%
    of such a map takes more of the similarity than of the bare one, on groceries as much
    (`benchmarks/explanations.py`).

    Args:
        values: of cells, row by row from the upper left.

    Reference:
        Luo, Li, Urtasun and Zemel 2016, arXiv 1701.04128: the effective receptive field is Gaussian and a fraction of
        the theoretical one. Its width here is chosen by deletion on drawn and grocery photographs, not derived.
    """
    rows, columns = values.shape
    return _field(rows) @ values @ _field(columns).T


@cache
def _field(n: int) -> Float64[np.ndarray, "n n"]:
    """Share of cell j's value that goes to cell i; rows and columns add up to 1."""
    reach = 4
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _FIELD_CELLS) ** 2)
    weights /= weights.sum()
    shares = np.zeros((n, n))
    for cell in range(n):
        for step, weight in zip(range(-reach, reach + 1), weights, strict=True):
            place = (cell + step) % (2 * n)
            shares[min(place, 2 * n - 1 - place), cell] += weight
    return shares


def match(query: Split, image: Split) -> MatchMatrix:
    """Every pair's term y_i . z_j, O(cells^2 dimension): some microseconds for 49 cells each.

    Args:
        query: the one picture.
        image: the other one.

    Raises:
        ValueError: splits of other models.

    Reference:
        Stylianou, Souvenir and Pless 2019, arXiv 1901.00536, eq. 2.
    """
    if len(query.whole) != len(image.whole):
        raise ValueError(f"splits of dimensions {len(query.whole)} and {len(image.whole)} have nothing in common")
    return MatchMatrix(
        terms=query.terms @ image.terms.T,
        query_shape=(query.rows, query.columns),
        image_shape=(image.rows, image.columns),
        similarity=float(query.whole @ image.whole),
        method="exact" if query.method == image.method == "exact" else "occlusion",
        query_parts=query.parts,
        image_parts=image.parts,
    )
