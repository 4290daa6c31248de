"""The quantile of Student's distribution for any real number of degrees of freedom, without a statistics library."""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["t_quantile"]

_TERMS = 400
_TINY = 1e-300


@lru_cache(maxsize=4096)
def t_quantile(probability: float, degrees: float) -> float:
    """The value that a t-distributed number stays below with `probability`, to a relative 1e-7.

    Args:
        probability: in (0.5, 1).
        degrees: of freedom, at least 0.5; above a million, those of a million are used (the normal quantile to 2e-6).

    Raises:
        ValueError: outside of those ranges.

    Reference:
        Abramowitz & Stegun 1964, 26.7.1 and 26.5.8: the tail is an incomplete beta function, a continued fraction.
    """
    if not (0.5 < probability < 1.0 and degrees >= 0.5):
        raise ValueError(f"expected a probability in (0.5, 1) and degrees >= 0.5, received {probability}, {degrees}")
    degrees = min(degrees, 1e6)  # beyond, the logarithms of the gamma function cancel
    low, high = 0.0, 1.0
    while _upper_tail(high, degrees) > 1.0 - probability:
        low, high = high, high * 2.0
    for _ in range(100):
        middle = (low + high) / 2.0
        if high - low <= 1e-11 * high:
            break
        low, high = (middle, high) if _upper_tail(middle, degrees) > 1.0 - probability else (low, middle)
    return (low + high) / 2.0


def _upper_tail(t: float, degrees: float) -> float:
    x = degrees / (degrees + t * t)
    return 0.5 * _incomplete_beta(degrees / 2.0, 0.5, x, 1.0 - x if t < 1e-3 else t * t / (degrees + t * t))


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """I_x(a, b), regularised; `rest` is 1 - x, given apart because it may be tiny."""
    if x >= 1.0 or rest <= 0.0:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the continued fraction."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away_from_zero(1.0 + numerator * d)
            c = _away_from_zero(1.0 + numerator / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
