"""Principal components with whitening of all or of what labels share: where a head starts, in closed form."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64

__all__ = ["principal_projection", "within_projection"]

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


def within_projection(
    rows: Float[np.ndarray, "n channels"], labels: Int64[np.ndarray, " n"], *, dimension: int, shrinkage: float
) -> Projection:
    """P and b of x -> P x + b that count the less what changes within a label, such as between looks of a picture.

    With S the pooled covariance within labels and s its mean eigenvalue, W = (S + r s I)^(-1/2), r the shrinkage; P is
    V^T W, V the leading principal components of W x over all rows, and b = -P mean. Signs and scale as for
    `principal_projection`.

    Args:
        rows: features, finite.
        labels: of each row; one with a single row says nothing of S.
        dimension: how many components, at most the channels.
        shrinkage: r, above 0: directions in which nothing changes are not blown up.

    Returns:
        P and b.

    Raises:
        ValueError: no label has two rows that differ, or more components than channels.

    Reference:
        Hatch, Kajarekar & Stolcke 2006, "Within-class covariance normalization for SVM-based speaker recognition";
        shrinkage towards the identity, and principal components behind it, are ours.
    """
    exact = rows.astype(np.float64)
    within = _within(exact, labels)
    mean_value = float(np.trace(within)) / len(within)
    if not mean_value > 0.0:
        raise ValueError(f"none of the {len(np.unique(labels))} labels has two rows that differ")
    values, vectors = np.linalg.eigh(within)
    whitened = (vectors * (np.maximum(values, 0.0) + shrinkage * mean_value) ** -0.5) @ vectors.T
    # Components of nothing but the whitened rows: no whitening of their own.
    matrix, _ = principal_projection(exact @ whitened, dimension=dimension, whitening=0.0, shrinkage=1.0)
    matrix = matrix.astype(np.float64) @ whitened
    return matrix.astype(np.float32), (-matrix @ exact.mean(axis=0)).astype(np.float32)


def _within(rows: Float64[np.ndarray, "n channels"], labels: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, "c c"]:
    """Covariance of rows about the means of their labels, over as many degrees of freedom as are left."""
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.argsort(numbers, kind="stable")
    means = np.add.reduceat(rows[order], np.concatenate([[0], np.cumsum(counts)[:-1]])) / counts[:, np.newaxis]
    apart = rows - means[numbers]
    return apart.T @ apart / max(1, len(rows) - len(counts))
