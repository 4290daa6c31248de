"""The ratio of two means over the same queries, with an interval that knows that queries come in clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from lookalike.evaluate.intervals import Interval, jackknife_mean

__all__ = ["bootstrap_ratio"]

_ALIKE = 1e-9
"""Spread of ratios below which they are one number, but for rounding."""


def bootstrap_ratio(
    values: Float64[np.ndarray, " n"],
    bases: Float64[np.ndarray, " n"],
    clusters: Sequence[object],
    *,
    generator: np.random.Generator,
    n_resamples: int = 2_000,
) -> Interval:
    """Mean of `values` over mean of `bases`, with a percentile bootstrap that resamples whole clusters, both alike.

    Args:
        values: one number a query, 0 to 1.
        bases: the same queries' numbers that they are relative to, not negative.
        clusters: what each query belongs to; queries of one cluster are drawn together.
        generator: source of randomness.
        n_resamples: bootstrap samples.

    Returns:
        The ratio and the 2.5th and 97.5th percentile of the resamples'. Resamples whose base is 0 are left out; where
        the base itself is 0, or there are no queries, nothing can be said: 0 with the interval [0, 0]. Where resamples
        do not differ (everything or nothing is kept, or there is one cluster), they say nothing of chance: the bounds
        are those of the mean of `values` where the base is not 0 (`jackknife_mean`), over the base there.

    Reference:
        Field & Welsh 2007, "Bootstrapping clustered data" (cluster bootstrap), of a ratio of means.
    """
    if len(values) == 0 or float(bases.sum()) == 0.0:
        return Interval(0.0, 0.0, 0.0)
    _, membership = np.unique([str(cluster) for cluster in clusters], return_inverse=True)
    above = np.bincount(membership, weights=values)
    below = np.bincount(membership, weights=bases)
    ratio = float(values.sum() / bases.sum())
    drawn = generator.integers(0, len(above), size=(n_resamples, len(above)))
    divisors = below[drawn].sum(axis=1)
    usable = divisors > 0
    ratios = above[drawn].sum(axis=1)[usable] / divisors[usable]
    if not len(ratios) or np.ptp(ratios) < _ALIKE:
        asked = np.flatnonzero(bases > 0)
        mean = jackknife_mean(values[asked], [clusters[row] for row in asked.tolist()])
        base = float(bases[asked].mean())
        return Interval(ratio, min(mean.low / base, ratio), max(mean.high / base, ratio))
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Interval(ratio, min(float(low), ratio), max(float(high), ratio))
