"""The query moves towards what it found: alpha-weighted query expansion, and the same for the candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.search.rank.pool import Needs, Pool
from lookalike.types import Vectors

__all__ = ["AlphaExpansion", "DatabaseAugmentation"]


@dataclass(frozen=True, slots=True)
class AlphaExpansion:
    """Scores candidates by q' = unit(q + sum of max(s_i, 0)^alpha v_i over the first `n` candidates).

    Attributes:
        n: candidates that the query is moved towards; all where there are fewer.
        alpha: how fast the less similar ones lose weight; 0 is plain average query expansion.

    Raises:
        ValueError: `n` below 1, or a negative `alpha`.

    Reference:
        Radenovic, Tolias and Chum 2018, arXiv 1711.02512, sec. 3.3 (their n 50, alpha 3 for landmarks with hundreds
        of views). Deviation: the expanded query ranks the candidates of a pool, not the whole gallery again.
    """

    n: int = 3
    alpha: float = 3.0

    def __post_init__(self) -> None:
        if self.n < 1 or self.alpha < 0:
            raise ValueError(f"expansion needs n of at least 1 and alpha of at least 0, received {self}")

    @property
    def needs(self) -> Needs:
        """Nothing: it looks at vectors alone."""
        return Needs()

    def rescore(self, pool: Pool) -> Float64[np.ndarray, " n"]:
        """Cosines of each candidate with the expanded query."""
        vectors = pool.vectors.astype(np.float64)
        weights = np.maximum(pool.similarities[: self.n].astype(np.float64), 0.0) ** self.alpha
        expanded = pool.query.astype(np.float64) + weights @ vectors[: self.n]
        length = float(np.linalg.norm(expanded))
        return vectors @ (expanded / length) if length > 0 else pool.similarities.astype(np.float64)


@dataclass(frozen=True, slots=True)
class DatabaseAugmentation:
    """Scores the query by v_i' = unit(sum of max(v_i v_j, 0)^alpha v_j over the `n` candidates nearest to v_i).

    v_i itself is the first of them. Where `expand` is given, the query is expanded too, towards the augmented
    vectors.

    Attributes:
        n: neighbours, with itself.
        alpha: as of `AlphaExpansion`.
        expand: candidates that the query is moved towards as well; 0 for none.

    Raises:
        ValueError: `n` below 1, or a negative `alpha` or `expand`.

    Reference:
        Arandjelovic and Zisserman 2012, "Three things everyone should know", sec. 4 (database-side augmentation);
        weights as in Radenovic et al. 2018. Deviation: neighbours are looked for among the candidates, not in the
        whole gallery, so that nothing has to be stored and a new product counts at once.
    """

    n: int = 3
    alpha: float = 3.0
    expand: int = 0

    def __post_init__(self) -> None:
        if self.n < 1 or self.alpha < 0 or self.expand < 0:
            raise ValueError(f"augmentation needs n of at least 1, alpha and expand of at least 0, received {self}")

    @property
    def needs(self) -> Needs:
        """Nothing: it looks at vectors alone."""
        return Needs()

    def rescore(self, pool: Pool) -> Float64[np.ndarray, " n"]:
        """Cosines of the query, expanded or not, with the augmented candidates."""
        if not len(pool):
            return np.zeros(0)
        augmented = _augmented(pool.vectors, self.n, self.alpha)
        query = pool.query.astype(np.float64)
        scores = augmented @ query
        if not self.expand:
            return scores
        first = np.argsort(-np.round(scores, 6), kind="stable")[: self.expand]
        expanded = query + np.maximum(scores[first], 0.0) ** self.alpha @ augmented[first]
        length = float(np.linalg.norm(expanded))
        return augmented @ (expanded / length) if length > 0 else scores


def _augmented(vectors: Vectors, n: int, alpha: float) -> Float64[np.ndarray, "n dimension"]:
    wide = vectors.astype(np.float64)
    likeness = wide @ wide.T
    np.fill_diagonal(likeness, 2.0)  # each is its own nearest, even beside its copy
    nearest = np.argsort(-np.round(likeness, 9), axis=1, kind="stable")[:, :n]
    np.fill_diagonal(likeness, 1.0)
    weights = np.maximum(np.take_along_axis(likeness, nearest, axis=1), 0.0) ** alpha
    moved = np.einsum("nk,nkd->nd", weights, wide[nearest])
    return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
