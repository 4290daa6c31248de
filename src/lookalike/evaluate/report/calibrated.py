"""What a stored calibration says of itself, as far as a report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Calibrated", "CurvePoint"]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One error rate and what is recognised at it, all shares in [0, 1]; see `lookalike.evaluate.calibration`."""

    error: float
    same_kept: float
    absent_found: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The live release's calibration.

    Attributes:
        error: what it promises.
        calibrated_on: when, UTC.
        n_products: products that it was measured on.
        points: of the curve, by rising error.
    """

    error: float
    calibrated_on: str
    n_products: int
    points: tuple[CurvePoint, ...]

    @classmethod
    def of(cls, error: float, calibrated_on: str, measured: Mapping[str, object]) -> Calibrated | None:
        """From what a `lookalike.search.rule.Rule` carries as ``measured``; None where that has no curve."""
        curve, n_products = measured.get("curve"), measured.get("products")
        if not isinstance(curve, list) or not isinstance(n_products, int):
            return None
        points = [_point(point) for point in curve]
        known = sorted((point for point in points if point is not None), key=lambda point: point.error)
        return cls(error, calibrated_on, n_products, tuple(known))


def _point(value: object) -> CurvePoint | None:
    if not isinstance(value, Mapping):
        return None
    numbers = [value.get(name) for name in ("error", "same_kept", "absent_found")]
    error, same_kept, absent_found = (float(x) if isinstance(x, int | float) else -1.0 for x in numbers)
    return None if min(error, same_kept, absent_found) < 0 else CurvePoint(error, same_kept, absent_found)
