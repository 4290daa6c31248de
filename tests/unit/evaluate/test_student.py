"""Quantiles of Student's distribution against printed tables."""

from __future__ import annotations

from statistics import NormalDist

import pytest

from lookalike.evaluate.student import t_quantile


@pytest.mark.parametrize(
    ("probability", "degrees", "expected"),
    [
        (0.975, 1.0, 12.706205),
        (0.975, 2.0, 4.302653),
        (0.95, 5.0, 2.015048),
        (0.975, 29.0, 2.045230),
        (0.995, 10.0, 3.169273),
        (0.9995, 60.0, 3.460200),
        (0.975, 0.5, 164.557673),
    ],
)
def test_quantiles_are_those_of_the_tables(probability: float, degrees: float, expected: float) -> None:
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize("probability", [0.6, 0.9, 0.975, 0.999])
def test_many_degrees_of_freedom_are_the_normal_distribution(probability: float) -> None:
    assert t_quantile(probability, float("inf")) == pytest.approx(NormalDist().inv_cdf(probability), rel=3e-6)


def test_fewer_degrees_of_freedom_reach_further() -> None:
    reaches = [t_quantile(0.975, degrees) for degrees in (1.0, 1.5, 2.0, 3.7, 10.0, 100.0, 1e6)]
    assert reaches == sorted(reaches, reverse=True)


@pytest.mark.parametrize(("probability", "degrees"), [(0.5, 3.0), (1.0, 3.0), (0.9, 0.1)])
def test_what_has_no_quantile_is_refused(probability: float, degrees: float) -> None:
    with pytest.raises(ValueError, match="expected a probability"):
        t_quantile(probability, degrees)
