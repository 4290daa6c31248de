"""Is one model better than another on the same queries: a difference, its interval, and a p-value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.evaluate.intervals import Interval, bootstrap_mean

__all__ = ["Comparison", "compare", "holm"]

_FLIPS = 4_000
_FLIPS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same queries.

    Attributes:
        difference: mean of first minus second, with its 95% interval.
        p_value: of the hypothesis that neither is better, two-sided; 1.0 where nothing differs.
    """

    difference: Interval
    p_value: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.p_value <= 1.0:
            raise ValueError(f"a p-value lies in [0, 1], received {self.p_value}")


def compare(
    first: Float64[np.ndarray, " n"],
    second: Float64[np.ndarray, " _n"],
    clusters: Sequence[object],
    *,
    generator: np.random.Generator,
) -> Comparison:
    """Whether `first` is better than `second`, query by query, on queries that belong together by `clusters`.

    Args:
        first: one number a query, for example recall@1 of the new model.
        second: the same queries' numbers of the other model.
        clusters: what each query belongs to (its product); their signs are flipped together.
        generator: source of randomness.

    Raises:
        ValueError: not one number of each and one cluster a query.
    """
    if not len(first) == len(second) == len(clusters):
        raise ValueError(
            f"expected as many numbers of each model as clusters, received {len(first)}, {len(second)} "
            f"and {len(clusters)}"
        )
    differences = first - second
    interval = bootstrap_mean(differences, clusters, generator=generator)
    return Comparison(interval, _sign_flip(differences, clusters, generator))


def _sign_flip(
    differences: Float64[np.ndarray, " n"], clusters: Sequence[object], generator: np.random.Generator
) -> float:
    """If neither model is better, each cluster's difference might as well have the other sign."""
    if not differences.any():
        return 1.0
    _, membership = np.unique([str(cluster) for cluster in clusters], return_inverse=True)
    sums = np.bincount(membership, weights=differences)
    sums = sums[sums != 0.0]
    if len(sums) == 0:
        return 1.0
    seen = abs(float(sums.sum())) - 1e-9
    reached = 0
    for _ in range(_FLIPS // _FLIPS_AT_ONCE):
        signs = generator.integers(0, 2, size=(_FLIPS_AT_ONCE, len(sums))) * 2.0 - 1.0
        reached += int(np.count_nonzero(np.abs(signs @ sums) >= seen))
    return (1 + reached) / (1 + _FLIPS)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values corrected for being several: call those below 0.05 different, and at most 5% of families are wrong.

    Args:
        p_values: one a comparison, in any order; NaN is refused.

    Returns:
        In the same order, the i-th smallest of n multiplied by n - i + 1, never below a smaller one's, at most 1.

    Raises:
        ValueError: a value outside [0, 1].

    Reference:
        Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    wrong = [value for value in p_values if not 0.0 <= value <= 1.0]
    if wrong:
        raise ValueError(f"p-values lie in [0, 1], received {wrong}")
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for place, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        least = max(least, min(1.0, p_values[i] * (len(p_values) - place)))
        adjusted[i] = least
    return tuple(adjusted)
