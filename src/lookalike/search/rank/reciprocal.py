"""Two pictures are alike if they are among each other's neighbours, and so are their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from lookalike.search.rank.pool import Needs, Pool

__all__ = ["KReciprocal"]


@dataclass(frozen=True, slots=True)
class KReciprocal:
    """k-reciprocal encoding: a candidate's score is (1 - weight) J + weight s.

    s is its similarity to the query, and J in [0, 1] the Jaccard likeness of the two sets of neighbours, each
    neighbour weighted by exp(-squared distance) = exp(2 s - 2).

    Attributes:
        k: neighbours that must be mutual (k1); fewer where the pool has fewer.
        n_averaged: nearest members whose sets are averaged (k2); 1 for none but itself.
        weight: of the similarity itself (lambda), in [0, 1].

    Raises:
        ValueError: `k` or `n_averaged` below 1, or a weight outside [0, 1].

    Reference:
        Zhong, Zheng, Cao and Li 2017, arXiv 1701.08398, eqs. 2 to 12. Deviations: neighbours are looked for among the
        query and its candidates; distances are not scaled by the largest one, so that a score does not depend on the
        least similar candidate; k1 is smaller than their 20, because few products have twenty pictures.
    """

    k: int = 10
    n_averaged: int = 3
    weight: float = 0.3

    def __post_init__(self) -> None:
        if self.k < 1 or self.n_averaged < 1 or not 0.0 <= self.weight <= 1.0:
            raise ValueError(f"k and n_averaged must be at least 1, weight in [0, 1], received {self}")

    @property
    def needs(self) -> Needs:
        """Nothing: it looks at vectors alone."""
        return Needs()

    def rescore(self, pool: Pool) -> Float64[np.ndarray, " n"]:
        """Scores in [-weight, 1]."""
        if not len(pool):
            return np.zeros(0)
        members = np.concatenate([pool.query[np.newaxis], pool.vectors]).astype(np.float64)
        likeness = members @ members.T
        own = likeness.copy()
        np.fill_diagonal(own, 3.0)  # each is its own nearest, even beside its copy
        nearest = np.argsort(-np.round(own, 9), axis=1, kind="stable")
        encoded = self._expanded(nearest) * np.exp(np.minimum(2.0 * likeness - 2.0, 0.0))
        encoded /= encoded.sum(axis=1, keepdims=True)
        if self.n_averaged > 1:
            encoded = encoded[nearest[:, : self.n_averaged]].mean(axis=1)
        shared = np.minimum(encoded[0], encoded[1:]).sum(axis=1)
        jaccard = shared / (2.0 - shared)  # rows add up to 1, so max adds up to 2 - min
        return (1.0 - self.weight) * jaccard + self.weight * likeness[0, 1:]

    def _expanded(self, nearest: np.ndarray) -> Bool[np.ndarray, "m m"]:
        """R*: the k-reciprocal sets, each with those of its members (at half of k) that lie by two thirds within."""
        reciprocal = _mutual(nearest, self.k)
        half = _mutual(nearest, max(1, round(self.k / 2)))
        counts = half.astype(np.float64)
        inside = reciprocal.astype(np.float64) @ counts.T
        joining = reciprocal & (3.0 * inside >= 2.0 * counts.sum(axis=1))
        return reciprocal | (joining.astype(np.float64) @ counts > 0)


def _mutual(nearest: np.ndarray, k: int) -> Bool[np.ndarray, "m m"]:
    """Where each of two is among the other's `k` nearest, beside itself."""
    among = np.zeros(nearest.shape, dtype=np.bool_)
    np.put_along_axis(among, nearest[:, : k + 1], True, axis=1)
    return among & among.T
