"""The ratio of two means and its interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.ratio import bootstrap_ratio


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), max_size=30), st.integers(0, 99))
def test_it_is_the_ratio_of_sums_and_lies_in_its_interval(rows: list[tuple[bool, bool, int]], seed: int) -> None:
    values = np.asarray([float(row[0]) for row in rows])
    bases = np.asarray([float(row[1]) for row in rows])
    found = bootstrap_ratio(values, bases, [row[2] for row in rows], generator=np.random.default_rng(seed))
    if not len(rows) or bases.sum() == 0:
        assert found == Interval(0.0, 0.0, 0.0)
        return
    assert found.value == pytest.approx(values.sum() / bases.sum())
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("kept", [0.0, 1.0])
def test_where_all_or_nothing_is_kept_the_interval_is_that_of_so_many_queries(kept: float) -> None:
    bases = np.asarray([1.0, 0.0, 1.0, 1.0, 0.0, 1.0] * 2)
    found = bootstrap_ratio(kept * bases, bases, range(12), generator=np.random.default_rng(0))
    alone = jackknife_mean(np.full(8, kept), list(range(8)))
    assert found == alone
    assert 0.2 < found.high - found.low < 0.6


def test_one_product_says_nothing_of_others() -> None:
    bases = np.ones(8)
    values = np.tile([1.0, 0.0], 4)
    found = bootstrap_ratio(values, bases, ["a"] * 8, generator=np.random.default_rng(0))
    assert (found.low, found.value, found.high) == (0.0, 0.5, 1.0)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        bases = (generator.random(120) < 0.8).astype(np.float64)
        values = bases * (generator.random(120) < 0.5)
        interval = bootstrap_ratio(values, bases, range(120), generator=generator, n_resamples=400)
        covered += interval.low <= 0.5 <= interval.high
    assert 0.89 <= covered / 200 <= 0.99
