"""From 1,280 pooled features to 256: a principal-component projection, partly whitened.

    x -> P x + b,   P = diag((l + r m) ** (-e / 2)) V^T,   b = -P mu

with mu the weighted mean, V and l the leading eigenvectors and eigenvalues of the weighted covariance, m the mean
eigenvalue, r the shrinkage and e the exponent: 0 is plain PCA, 1 is full whitening.

Reference: Jegou & Chum, "Negative evidences and co-occurrences in image retrieval" (ECCV 2012), whitening after
centring; the partial exponent and the shrinkage are ours, chosen by cross-validation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Projection:
    """`matrix` has shape (dimension, 1280), `offset` (dimension,)."""

    matrix: np.ndarray
    offset: np.ndarray

    def __call__(self, pooled: np.ndarray) -> np.ndarray:
        return unit_rows(pooled @ self.matrix.T + self.offset)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sample_weights(origins: list[str], shares: dict[str, float]) -> np.ndarray:
    """Weights that give each origin its share of the whole, however many pictures it has; they sum to 1."""
    names = np.asarray(origins)
    weights = np.zeros(len(names))
    for origin, share in shares.items():
        weights[names == origin] = share / max(1, int(np.sum(names == origin)))
    return weights / weights.sum()


def fit(
    pooled: np.ndarray, weights: np.ndarray, *, dimension: int, exponent: float, shrinkage: float, centre: bool = True
) -> Projection:
    """Fit on rows of `pooled`; the sign of each component is fixed so that its largest entry is positive."""
    rows = pooled.astype(np.float64)
    mean = weights @ rows if centre else np.zeros(rows.shape[1])
    centred = rows - mean
    values, vectors = np.linalg.eigh((centred * weights[:, None]).T @ centred)
    values, vectors = values[::-1], vectors[:, ::-1]
    vectors = vectors * np.sign(vectors[np.argmax(np.abs(vectors), axis=0), np.arange(vectors.shape[1])])
    gains = (values[:dimension] + shrinkage * values.mean()) ** (-exponent / 2)
    matrix = gains[:, None] * vectors[:, :dimension].T
    # One scale for all is free to choose; this one gives vectors of length about 1 before they are normalised.
    matrix /= np.sqrt(weights @ np.sum((centred @ matrix.T) ** 2, axis=1))
    return Projection(matrix, -matrix @ mean)
