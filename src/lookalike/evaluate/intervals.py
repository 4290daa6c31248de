"""Confidence intervals that know that several photographs of one product are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

__all__ = ["Interval", "bootstrap_mean"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95% interval, all in the unit of the estimate."""

    value: float
    low: float
    high: float


def bootstrap_mean(
    values: Float64[np.ndarray, " n"],
    clusters: Sequence[object],
    *,
    generator: np.random.Generator,
    n_resamples: int = 2_000,
) -> Interval:
    """The mean of `values` with a percentile bootstrap that resamples whole clusters.

    Args:
        values: one number a query.
        clusters: what each query belongs to (its product); queries of one cluster are drawn together.
        generator: source of randomness.
        n_resamples: bootstrap samples.

    Returns:
        Mean over queries, and the 2.5th and 97.5th percentile of the means of the resamples. With a single
        cluster nothing is known about the spread, and the interval is [min, max] of the values' possible range
        that was seen; with none, all three are 0.

    Reference:
        Field & Welsh 2007, "Bootstrapping clustered data" (cluster bootstrap).
    """
    if len(values) == 0:
        return Interval(0.0, 0.0, 0.0)
    _, membership = np.unique([str(cluster) for cluster in clusters], return_inverse=True)
    n_clusters = int(membership.max()) + 1
    sums = np.bincount(membership, weights=values, minlength=n_clusters)
    sizes = np.bincount(membership, minlength=n_clusters)
    mean = float(values.mean())
    if n_clusters == 1:
        return Interval(mean, float(values.min()), float(values.max()))
    drawn = generator.integers(0, n_clusters, size=(n_resamples, n_clusters))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(mean, min(float(low), mean), max(float(high), mean))
