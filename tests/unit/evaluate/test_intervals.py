"""Intervals: what they cover, and that clusters count."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.evaluate.intervals import bootstrap_mean


def test_no_values_give_an_empty_interval() -> None:
    interval = bootstrap_mean(np.empty(0), [], generator=np.random.default_rng(0))
    assert (interval.value, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_the_interval_holds_the_mean() -> None:
    values = np.random.default_rng(1).random(50)
    interval = bootstrap_mean(values, [str(i % 10) for i in range(50)], generator=np.random.default_rng(0))
    assert interval.low <= interval.value <= interval.high
    assert interval.value == pytest.approx(values.mean())


def test_the_same_generator_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).random(40)
    clusters = [i // 4 for i in range(40)]
    first = bootstrap_mean(values, clusters, generator=np.random.default_rng(5))
    assert first == bootstrap_mean(values, clusters, generator=np.random.default_rng(5))


def test_photographs_of_one_product_count_as_one_when_they_agree() -> None:
    values = np.repeat(np.random.default_rng(3).integers(0, 2, 30).astype(float), 8)
    together = bootstrap_mean(values, [i // 8 for i in range(240)], generator=np.random.default_rng(0))
    apart = bootstrap_mean(values, list(range(240)), generator=np.random.default_rng(0))
    assert together.high - together.low > 2 * (apart.high - apart.low)


@pytest.mark.slow
def test_ninety_five_percent_intervals_cover_about_ninety_five_percent() -> None:
    generator = np.random.default_rng(4)
    covered = 0
    for _ in range(400):
        ability = generator.normal(0.6, 0.2, size=80).clip(0, 1)
        values = (generator.random((80, 4)) < ability[:, None]).astype(float).ravel()
        interval = bootstrap_mean(values, [i // 4 for i in range(320)], generator=generator, n_resamples=500)
        covered += interval.low <= 0.6 <= interval.high
    assert 0.91 <= covered / 400 <= 0.98
