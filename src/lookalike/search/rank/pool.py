"""The candidates of one query, as every re-ranking sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.types import Vector, Vectors

__all__ = ["Cells", "Grid", "Needs", "Pool", "Reranker", "order_of"]

Cells: TypeAlias = Float32[np.ndarray, "cells dimension"]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """What the places of one picture look like: unit rows of ``rows x columns`` cells, row by row from upper left."""

    cells: Cells
    rows: int
    columns: int

    def __post_init__(self) -> None:
        if len(self.cells) != self.rows * self.columns:
            raise ValueError(f"a grid of {self.rows} x {self.columns} cells received {len(self.cells)} rows")


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """A query and the pictures nearest to it, by falling similarity.

    Attributes:
        query: unit vector.
        vectors: unit vectors of the candidates, row i for candidate i.
        similarities: float32, of each candidate to the query, falling.
        query_grid: what the query's places look like; None where it is no photograph, or nobody asked.
        grids: likewise, by candidate; those that cannot be had are left out.
        query_views: unit vectors of other views of the photograph, a row each, at least one; None where it is no
            photograph, or nobody asked.
    """

    query: Vector
    vectors: Vectors
    similarities: Float32[np.ndarray, " n"]
    query_grid: Grid | None = None
    grids: Mapping[int, Grid] = field(default_factory=dict[int, Grid])
    query_views: Float32[np.ndarray, "views dimension"] | None = None

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.similarities):
            raise ValueError(f"received {len(self.vectors)} vectors and {len(self.similarities)} similarities")
        views = self.query_views
        if views is not None and (views.ndim != 2 or not len(views) or views.shape[1] != len(self.query)):
            raise ValueError(f"views of the query are rows of {len(self.query)} numbers, received shape {views.shape}")

    def __len__(self) -> int:
        return len(self.similarities)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a re-ranking wants to know beside the vectors; making it costs passes of the model.

    Attributes:
        grids: of how many of the first candidates it wants the grids.
        views: names of `lookalike.images.views.QUERY_VIEWS` in which it wants to see the photograph.
    """

    grids: int = 0
    views: tuple[str, ...] = ()

    @property
    def photograph(self) -> bool:
        """Whether the query's vector is not enough."""
        return self.grids > 0 or bool(self.views)


@runtime_checkable
class Reranker(Protocol):
    """A new score for every candidate. Pure: the same pool gives the same scores."""

    @property
    def needs(self) -> Needs:
        """What it wants to know beside the vectors."""
        ...

    def rescore(self, pool: Pool) -> Float64[np.ndarray, " n"]:
        """One score a candidate, higher is better, finite. Scores of two queries cannot be compared."""
        ...


def order_of(scores: Float64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """Positions by falling score, compared at six decimals; ties keep the order they had, which is by similarity."""
    return np.argsort(-np.round(scores, 6), kind="stable").astype(np.int64)
