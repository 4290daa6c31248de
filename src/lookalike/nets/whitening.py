"""Principal components with partial whitening: where a head starts, fitted on rows of features in closed form."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Float32

__all__ = ["principal_projection"]

Projection: TypeAlias = tuple[Float32[np.ndarray, "dimension channels"], Float32[np.ndarray, " dimension"]]


def principal_projection(
    rows: Float[np.ndarray, "n channels"], *, dimension: int, whitening: float, shrinkage: float
) -> Projection:
    """P and b of x -> P x + b, with P = diag((l + r m)^(-e / 2)) V^T and b = -P mean.

    V and l are the leading eigenvectors and eigenvalues of the covariance of `rows`, m its mean eigenvalue, r the
    shrinkage, e the whitening: 0 is plain principal components, 1 is full whitening. The sign of a component makes
    its largest entry positive; one scale for all makes the mean square length of the result 1.

    Args:
        rows: features, finite.
        dimension: how many components, at most the channels.
        whitening: e, 0 to 1.
        shrinkage: r, above 0, so that directions in which the rows do not differ are not blown up.

    Returns:
        P, the component of the largest eigenvalue first, and b.

    Raises:
        ValueError: fewer than two rows, rows that do not differ, or more components than channels.

    Reference:
        Jégou & Chum 2012, "Negative evidences and co-occurrences in image retrieval"; partial whitening and shrinkage
        are ours.
    """
    n, channels = rows.shape
    if not 1 <= dimension <= channels:
        raise ValueError(f"dimension must be 1 to the {channels} channels of the rows, received {dimension}")
    if n < 2:
        raise ValueError(f"principal components need at least two rows, received {n}")
    exact = rows.astype(np.float64)
    mean = exact.mean(axis=0)
    centred = exact - mean
    few = dimension < n < channels
    values, vectors = np.linalg.eigh((centred @ centred.T if few else centred.T @ centred) / n)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    if not values[0] > 0.0:
        raise ValueError(f"the {n} rows are all alike, or not finite: they have no principal components")
    if few:
        # Those of the small matrix of products give those of the large covariance, which has no others but 0.
        vectors = centred.T @ vectors[:, :dimension]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=0), 1e-300)
    vectors = vectors * np.sign(vectors[np.argmax(np.abs(vectors), axis=0), np.arange(vectors.shape[1])])
    gains = (values[:dimension] + shrinkage * values.sum() / channels) ** (-whitening / 2)
    matrix = gains[:, np.newaxis] * vectors[:, :dimension].T
    matrix /= np.sqrt(np.mean(np.sum((centred @ matrix.T) ** 2, axis=1)))
    return matrix.astype(np.float32), (-matrix @ mean).astype(np.float32)
