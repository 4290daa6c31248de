"""Is one model better than another on the same queries: a difference, its interval, and a p-value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from lookalike.evaluate.intervals import ClusterSums, Interval, jackknife_mean

__all__ = ["Comparison", "compare", "holm"]

_FLIPS = 4_000
_FLIPS_AT_ONCE = 500
_ALL_FLIPS_OF = 12


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
        first: one number a query in [0, 1], for example recall@1 of the new model.
        second: the same queries' numbers of the other model.
        clusters: what each query belongs to (its product); their signs are flipped together.
        generator: source of randomness, used where there are more ways to flip signs than can be tried.

    Returns:
        The difference with `jackknife_mean`'s interval, and the p-value of a sign-flip test over clusters: if neither
        model is better, each cluster's difference might as well have the other sign. It is a mid-p-value (outcomes as
        extreme as the one seen count half), because with few differing products the usual one calls too little
        different. It needs about five products that differ to go below 0.05.

    Raises:
        ValueError: not one number of each and one cluster a query; a number that is not finite.

    Reference:
        Fisher 1935 (sign flips); Lancaster 1961 (mid-p).
    """
    if not len(first) == len(second) == len(clusters):
        raise ValueError(
            f"expected as many numbers of each model as clusters, received {len(first)}, {len(second)} "
            f"and {len(clusters)}"
        )
    differences = first - second
    interval = jackknife_mean(differences, clusters, bounded=False)
    return Comparison(interval, _sign_flip(ClusterSums.of(differences, clusters).sums, generator))


def _sign_flip(sums: Float64[np.ndarray, " n"], generator: np.random.Generator) -> float:
    sums = sums[np.abs(sums) > 1e-12]
    if len(sums) == 0:
        return 1.0
    seen = abs(float(sums.sum()))
    beyond = as_far = total = 0
    for signs in _flips(len(sums), generator):
        reached = np.abs(signs @ sums)
        beyond += int(np.count_nonzero(reached > seen + 1e-9))
        as_far += int(np.count_nonzero(np.abs(reached - seen) <= 1e-9))
        total += len(signs)
    if len(sums) > _ALL_FLIPS_OF:  # the outcome that was seen is one of the possible ones
        as_far, total = as_far + 1, total + 1
    return (beyond + as_far / 2.0) / total


def _flips(n: int, generator: np.random.Generator) -> Iterator[NDArray[np.floating]]:
    """All signs of `n` numbers where they are few, random ones where they are many, a block at a time."""
    if n <= _ALL_FLIPS_OF:
        yield ((np.arange(2**n)[:, None] >> np.arange(n)) & 1) * 2.0 - 1.0
        return
    for _ in range(_FLIPS // _FLIPS_AT_ONCE):
        yield generator.integers(0, 2, size=(_FLIPS_AT_ONCE, n)) * 2.0 - 1.0


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
