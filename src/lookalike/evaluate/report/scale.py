"""From values to places on paper, and the round numbers at which an axis is marked."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Scale", "ticks"]


@dataclass(frozen=True, slots=True)
class Scale:
    """Values of [low, high] to shares of [0, 1], evenly or by their logarithm; values outside go to the ends.

    Attributes:
        low: value at 0.
        high: value at 1, above `low`.
        logarithmic: equal ratios take equal room; then `low` must be positive.

    Raises:
        ValueError: limits that are no range.
    """

    low: float
    high: float
    logarithmic: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"a scale needs finite low < high, received {self.low} and {self.high}")
        if self.logarithmic and self.low <= 0:
            raise ValueError(f"a logarithmic scale needs low > 0, received {self.low}")

    def share(self, value: float) -> float:
        """Where `value` lies, in [0, 1].

        Raises:
            ValueError: NaN.
        """
        if math.isnan(value):
            raise ValueError("NaN has no place on a scale")
        inside = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log(inside / self.low) / math.log(self.high / self.low)
        return (inside - self.low) / (self.high - self.low)

    def marks(self, about: int = 5) -> tuple[float, ...]:
        """Round values within the limits, some `about` of them."""
        if not self.logarithmic:
            return ticks(self.low, self.high, about)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        steps = (1.0, 2.0, 5.0) if last - first <= 2 else (1.0,)
        found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        return tuple(value for value in found if self.low <= value <= self.high)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten within [low, high], as near to `about` in number as those allow.

    Raises:
        ValueError: limits that are no range, or `about` below 1.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high and about >= 1):
        raise ValueError(f"ticks need finite low < high and about >= 1, received {low}, {high} and {about}")
    ideal = (high - low) / about
    power = 10.0 ** math.floor(math.log10(ideal))
    step = min((1.0, 2.0, 5.0, 10.0), key=lambda factor: abs(math.log(factor * power / ideal))) * power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(number * step, 12) for number in range(first, last + 1))
