"""What every location of one picture has in common with every location of another: the similarity, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.explain.split import Method, Split

__all__ = ["HeatMap", "MatchMatrix", "match"]


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
        method: ``exact`` where the terms add up to it.

    Raises:
        ValueError: shapes that do not fit together.
    """

    terms: Float64[np.ndarray, "query_cells image_cells"]
    query_shape: tuple[int, int]
    image_shape: tuple[int, int]
    similarity: float
    method: Method

    def __post_init__(self) -> None:
        expected = (self.query_shape[0] * self.query_shape[1], self.image_shape[0] * self.image_shape[1])
        if self.terms.shape != expected:
            raise ValueError(f"expected {expected} terms for these grids, received {self.terms.shape}")

    @property
    def remainder(self) -> float:
        """What the terms leave of the similarity: zero but for rounding where they are exact."""
        return self.similarity - float(self.terms.sum())

    @property
    def query_map(self) -> Float64[np.ndarray, "rows columns"]:
        """What each cell of the query brings: the terms summed over the other picture."""
        return self.terms.sum(axis=1).reshape(self.query_shape)

    @property
    def image_map(self) -> Float64[np.ndarray, "rows columns"]:
        """What each cell of the other picture brings: the terms summed over the query."""
        return self.terms.sum(axis=0).reshape(self.image_shape)


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
    )
