"""Noise on a taste, so that it hardly tells whether any one event was there: the Gaussian mechanism on a clipped mean.

Only the long-term vector is blurred; it is what would be kept or sent. The guarantee is for one release of one vector
and one event of one shopper; blurring anew spends the budget again (epsilons add up).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.types import Vector, Vectors

__all__ = ["DELTA", "Privacy", "blurred_mean", "noise_deviation"]

DELTA = 1e-5
"""Probability with which the guarantee may fail."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """How private a blurred vector is.

    Attributes:
        epsilon: above 0; with or without one event, no outcome is more than exp(epsilon) times likelier …
        delta: … but with this probability, above 0 and below 1.

    Raises:
        ValueError: out of range.
    """

    epsilon: float
    delta: float = DELTA

    def __post_init__(self) -> None:
        if not (self.epsilon > 0 and math.isfinite(self.epsilon) and 0 < self.delta < 1):
            raise ValueError(
                f"epsilon must be above 0 and delta between 0 and 1, received {self.epsilon} and {self.delta}"
            )


def noise_deviation(sensitivity: float, privacy: Privacy) -> float:
    """The least deviation of Gaussian noise that makes a sum of that sensitivity private.

    The exact condition, not the usual bound (which needs epsilon below 1 and wastes noise): the smallest s with
    ``Phi(d/2s - e s/d) - exp(e) Phi(-d/2s - e s/d) <= delta``, by bisection, to a relative 1e-9.

    Args:
        sensitivity: how far one event can move the sum, at least 0.
        privacy: wanted.

    Reference:
        Balle & Wang 2018, "Improving the Gaussian mechanism for differential privacy" (arXiv 1805.06530), theorem 8.
    """
    if sensitivity == 0.0:
        return 0.0
    low, high = 0.0, sensitivity
    while _delta_of(high, sensitivity, privacy.epsilon) > privacy.delta:
        low, high = high, high * 2.0
    while high - low > 1e-9 * high:
        middle = (low + high) / 2.0
        if _delta_of(middle, sensitivity, privacy.epsilon) > privacy.delta:
            low = middle
        else:
            high = middle
    return high


def _delta_of(deviation: float, sensitivity: float, epsilon: float) -> float:
    half, shift = sensitivity / (2.0 * deviation), epsilon * deviation / sensitivity
    second = _log_normal_below(-half - shift)
    return _normal_below(half - shift) - math.exp(min(epsilon + second, 0.0))


def _normal_below(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _log_normal_below(x: float) -> float:
    """Logarithm of the normal distribution's lower tail; far out by its asymptotic series."""
    if x > -30.0:
        return math.log(max(_normal_below(x), 1e-320))
    return -x * x / 2.0 - math.log(-x) - 0.5 * math.log(2.0 * math.pi) + math.log1p(-1.0 / (x * x))


def blurred_mean(
    vectors: Vectors,
    weights: Float64[np.ndarray, " n"],
    privacy: Privacy,
    generator: np.random.Generator,
    *,
    most: int = 50,
    moved: float = 1.0,
) -> Vector:
    """The unit direction of a weighted sum of vectors with noise: private with respect to any one of them.

    Each vector is clipped to length 1 and each weight to [0, 1], so that one vector more moves the sum by at most 1;
    the direction is computed from the noisy sum alone. With few events the noise drowns the taste: that is the point.

    Args:
        vectors: float32, the latest first; those after `most` are left out.
        weights: of each.
        privacy: wanted.
        generator: draws the noise; must not be predictable where privacy matters.
        most: vectors at most.
        moved: how far one event can move the sum, where weights change with it too.

    Returns:
        A unit vector; random where `vectors` is empty.
    """
    kept = vectors[:most].astype(np.float64)
    lengths = np.linalg.norm(kept, axis=1, keepdims=True)
    clipped = kept / np.maximum(lengths, 1.0)
    total = np.clip(weights[:most], 0.0, 1.0) @ clipped
    noisy = total + generator.normal(0.0, noise_deviation(moved, privacy), size=vectors.shape[1])
    return (noisy / max(float(np.linalg.norm(noisy)), 1e-12)).astype(np.float32)
