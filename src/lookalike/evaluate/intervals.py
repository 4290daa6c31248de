"""Confidence intervals that know that several photographs of one product are not independent.

docs/decisions/0006-intervals.md says which methods were measured, and how often each covered the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from lookalike.evaluate.student import t_quantile

__all__ = ["ClusterSums", "Interval", "jackknife_mean"]

_UPPER = 0.975


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95% interval, all in the unit of the estimate."""

    value: float
    low: float
    high: float

    def as_dict(self, digits: int | None = None) -> dict[str, float]:
        """JSON-ready; rounded where `digits` says to how many."""
        found = {"value": self.value, "low": self.low, "high": self.high}
        return found if digits is None else {name: round(number, digits) for name, number in found.items()}


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSums:
    """All that an interval of a mean needs to know of the values: how many there are of each cluster, and their sum.

    Attributes:
        sums: float64, of each cluster's values.
        sizes: float64, how many values each cluster has; at least 1.
    """

    sums: Float64[np.ndarray, " n_clusters"]
    sizes: Float64[np.ndarray, " n_clusters"]

    @classmethod
    def of(cls, values: Float64[np.ndarray, " n"], clusters: Sequence[object]) -> ClusterSums:
        """The sums of `values` by the cluster that each belongs to; clusters of one string are one.

        Raises:
            ValueError: not one cluster a value.
        """
        if len(values) != len(clusters):
            raise ValueError(f"expected one cluster for each of {len(values)} values, received {len(clusters)}")
        membership = membership_of(clusters)
        return cls(np.bincount(membership, weights=values), np.bincount(membership).astype(np.float64))

    @property
    def mean(self) -> float:
        """Over values, not over clusters."""
        return float(self.sums.sum() / self.sizes.sum())

    @property
    def equivalent(self) -> float:
        """How many clusters of equal size would tell as much: n / (1 + squared variation of the sizes)."""
        return float(self.sizes.sum() ** 2 / (self.sizes**2).sum())

    def standard_error(self) -> float:
        """Of the mean, by leaving out one cluster at a time (CR3); needs two clusters at least."""
        n, total = len(self.sums), self.sizes.sum()
        residuals = self.sums - self.mean * self.sizes
        return float(np.sqrt((n - 1) / n * ((residuals / (total - self.sizes)) ** 2).sum()))


def membership_of(clusters: Sequence[object]) -> Int64[np.ndarray, " n"]:
    """For each value the number of its cluster."""
    if not len(clusters):
        return np.empty(0, dtype=np.int64)
    return np.unique([str(cluster) for cluster in clusters], return_inverse=True)[1].astype(np.int64)


def jackknife_mean(
    values: Float64[np.ndarray, " n"], clusters: Sequence[object], *, bounded: bool = True, most: float = 1.0
) -> Interval:
    """The mean of `values` with a 95% interval that leaves out one whole cluster at a time.

    Args:
        values: one number a query.
        clusters: what each query belongs to (its product); queries of one cluster stand or fall together.
        bounded: whether values lie in [0, 1], as metrics do. Then the interval is symmetric in log(m / (1 - m)) and
            never leaves [0, 1]; otherwise (differences of metrics, in [-1, 1]) it is symmetric in the mean m itself.
        most: what a bounded value can be at most, where that is below 1 (of five hits one can be right): what is said
            above is then said of values / most, and the interval never leaves [0, most].

    Returns:
        Mean over queries. Let s be the jackknife's standard error over clusters, and t the quantile of Student's
        distribution with g - 1 degrees of freedom, g the number of equally large clusters that tell as much:
        logit(m) ± t s / (m (1 - m)), or m ± t s. Where the values do not vary between clusters, the bounded interval
        is Wilson's for g independent clusters (all of 30 products right is no proof of perfection), the other has no
        width. A single cluster says nothing about another: [0, 1], or [-1, 1]. No values: all three are 0.

    Raises:
        ValueError: a value that is not finite or outside of [0, `most`] while `bounded`; `most` outside of (0, 1]; not
            one cluster a value.

    Reference:
        Bell & McCaffrey 2002 (the jackknife, CR3); Carter, Schnepel & Steigerwald 2017 (effective number of clusters);
        Wilson 1927. Deviation: the logit scale together with CR3 was chosen by measured coverage.
    """
    if not 0.0 < most <= 1.0:
        raise ValueError(f"most must be above 0 and at most 1, received {most}")
    if bounded and most < 1.0:
        found = jackknife_mean(values / most, clusters)
        return Interval(found.value * most, found.low * most, found.high * most)
    least, most = (0.0, 1.0) if bounded else (-1.0, 1.0)
    if not np.isfinite(values).all() or (bounded and len(values) and not (values.min() >= 0 and values.max() <= 1)):
        raise ValueError(
            f"expected finite values{' in [0, 1]' if bounded else ''}, received {values.min()} to {values.max()}"
        )
    if len(values) == 0:
        return Interval(0.0, 0.0, 0.0)
    clustered = ClusterSums.of(values, clusters)
    mean = clustered.mean
    if len(clustered.sums) == 1:
        return Interval(mean, min(least, mean), max(most, mean))
    degrees = max(clustered.equivalent - 1.0, 1.0)
    reach = t_quantile(_UPPER, degrees)
    error = clustered.standard_error()
    if not bounded:
        return Interval(mean, mean - reach * error, mean + reach * error)
    variance = mean * (1.0 - mean)
    if variance <= 1e-12 or error <= 1e-12:
        return _wilson(mean, clustered.equivalent, reach)
    centre, width = math.log(mean / (1.0 - mean)), reach * error / variance
    return Interval(mean, _logistic(centre - width), _logistic(centre + width))


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700 else 0.0


def _wilson(mean: float, n: float, reach: float) -> Interval:
    shrink = 1.0 + reach**2 / n
    centre = (mean + reach**2 / (2.0 * n)) / shrink
    width = reach / shrink * math.sqrt(max(mean * (1.0 - mean), 0.0) / n + reach**2 / (4.0 * n * n))
    return Interval(mean, min(mean, max(0.0, centre - width)), max(mean, min(1.0, centre + width)))
