"""Do the parts that match lie in the same arrangement? Geometric verification on feature maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.search.rank.pool import Grid, Needs, Pool

__all__ = ["GeometricVerification", "verified"]

_SCALES = (0.5, 0.71, 1.0, 1.41, 2.0)


@dataclass(frozen=True, slots=True)
class GeometricVerification:
    """Adds `weight` times the share of the query's places that one shift and scale brings onto matching places.

    The first `n` candidates only, each from its feature map; what is not verified keeps its similarity, so that a
    picture whose map cannot be had is not punished.

    Attributes:
        n: candidates that are looked at.
        weight: of the verified share, at least 0.

    Raises:
        ValueError: `n` below 1 or a negative weight.

    Reference:
        Philbin et al. 2007, "Object retrieval with large vocabularies and fast spatial matching", sec. 4: one match
        makes a hypothesis. Deviations: cells of a feature map for local features, mutual nearest neighbours for
        visual words, five scales tried for the scale of a feature.
    """

    n: int = 20
    weight: float = 0.2

    def __post_init__(self) -> None:
        if self.n < 1 or self.weight < 0:
            raise ValueError(f"verification needs n of at least 1 and weight of at least 0, received {self}")

    @property
    def needs(self) -> Needs:
        """The grids of the first `n`."""
        return Needs(grids=self.n)

    def rescore(self, pool: Pool) -> Float64[np.ndarray, " n"]:
        """Similarity plus what was verified."""
        scores = pool.similarities.astype(np.float64)
        if pool.query_grid is None:
            return scores
        for place, grid in pool.grids.items():
            if place < min(self.n, len(scores)):
                scores[place] += self.weight * verified(pool.query_grid, grid)
        return scores


def verified(query: Grid, image: Grid) -> float:
    """The share of a query's cells, weighted by similarity, that lie where one shift and scale puts them; 0 to 1.

    Pairs of cells that are each other's nearest are kept (ties to the first). Each pair in turn says where the
    picture lies, at each of five scales; a pair agrees with it that lands within one cell. The sum of the
    similarities of the agreeing pairs, of the best hypothesis, over the number of the query's cells.
    """
    if query.cells.shape[1] != image.cells.shape[1]:
        raise ValueError(f"cells of {query.cells.shape[1]} and {image.cells.shape[1]} numbers cannot be compared")
    likeness = query.cells.astype(np.float64) @ image.cells.astype(np.float64).T
    onto, back = likeness.argmax(axis=1), likeness.argmax(axis=0)
    own = np.flatnonzero(back[onto] == np.arange(len(onto)))
    weights = np.maximum(likeness[own, onto[own]], 0.0)
    if not len(own):
        return 0.0
    here = np.stack(np.divmod(own, query.columns), axis=1).astype(np.float64)
    there = np.stack(np.divmod(onto[own], image.columns), axis=1).astype(np.float64)
    best = 0.0
    for scale in _SCALES:
        shift = there - scale * here  # two pairs agree where they shift by about the same
        apart = np.abs(shift[:, np.newaxis] - shift[np.newaxis]).max(axis=2)
        best = max(best, float(((apart <= 1.0 + 1e-9) @ weights).max()))
    return min(1.0, best / len(query.cells))
