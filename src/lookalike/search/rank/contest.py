"""What an order is measured on: a question's candidates with their names, before anything is done to their order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.search.folding import fold
from lookalike.search.rank.arranging import rescored
from lookalike.search.rank.pool import Grid, order_of
from lookalike.search.rank.sight import Sight
from lookalike.types import Vector, Vectors

__all__ = ["Contest", "Standing"]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Hits in an order.

    Attributes:
        pictures: positions of the pictures that stand for them, in the contest.
        scores: falling.
    """

    pictures: Int64[np.ndarray, " m"]
    scores: Float64[np.ndarray, " m"]


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """A query and its nearest pictures, by falling similarity.

    Attributes:
        query: unit vector.
        rows: of the catalogue's view.
        similarities: float32, falling.
        extra: what else, beside the vectors, adds to the similarity of each picture; zeros for nothing.
        vectors: unit rows.
        groups: which hit each picture belongs to.
        names: of the product (or variant, or image) of each picture.
        products: id of the product of each picture.
        sight: what else can be found out about its pictures.
    """

    query: Vector
    rows: Int64[np.ndarray, " n"]
    similarities: Float32[np.ndarray, " n"]
    extra: Float64[np.ndarray, " n"]
    vectors: Vectors
    groups: Int64[np.ndarray, " n"]
    names: tuple[str, ...]
    products: tuple[str, ...]
    sight: Sight

    def standing(self, method: str | None) -> Standing:
        """The hits as a method orders them; None for similarity alone."""
        if method is None:
            plain = self.similarities.astype(np.float64) + self.extra
            order = order_of(plain)
            first = fold(self.groups[order])
            return Standing(order[first], plain[order][first])
        order, scores = rescored(
            method, self.query, self.vectors, self.similarities, extra=self.extra, sight=self.sight
        )
        first = fold(self.groups[order])
        return Standing(order[first], scores[first])

    def kept(self, keep: Bool[np.ndarray, " n"]) -> Contest:
        """The same without the candidates that are not to be kept."""
        places = np.flatnonzero(keep)
        grids = self.sight.grids

        def some(n: int) -> dict[int, Grid]:
            found = grids(int(places[n - 1]) + 1) if n else {}
            return {place: found[old] for place, old in enumerate(places[:n].tolist()) if old in found}

        return replace(
            self,
            rows=self.rows[places],
            similarities=self.similarities[places],
            extra=self.extra[places],
            vectors=self.vectors[places],
            groups=self.groups[places],
            names=tuple(self.names[place] for place in places.tolist()),
            products=tuple(self.products[place] for place in places.tolist()),
            sight=replace(self.sight, grids=some),
        )

    def names_of(self, standing: Standing, k: int = 10) -> tuple[str, ...]:
        """Names of the first `k` hits."""
        return tuple(self.names[place] for place in standing.pictures[:k].tolist())
