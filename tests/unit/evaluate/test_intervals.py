"""Intervals: what they cover, and that clusters count."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.intervals import ClusterSums, Interval, jackknife_mean

queries = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=1, max_size=40)


def naive_error(values: list[float], clusters: list[int]) -> float:
    """Leave each cluster out, look how far the mean of the rest moves."""
    names = sorted(set(clusters))
    mean = sum(values) / len(values)
    moved = 0.0
    for name in names:
        rest = [value for value, cluster in zip(values, clusters, strict=True) if cluster != name]
        moved += (sum(rest) / len(rest) - mean) ** 2
    return math.sqrt((len(names) - 1) / len(names) * moved)


@given(queries)
def test_the_standard_error_equals_that_of_leaving_clusters_out_one_by_one(asked: list[tuple[float, int]]) -> None:
    values, clusters = [value for value, _ in asked], [cluster for _, cluster in asked]
    if len(set(clusters)) > 1:
        sums = ClusterSums.of(np.array(values), clusters)
        assert sums.standard_error() == pytest.approx(naive_error(values, clusters), abs=1e-9)


@given(queries, st.randoms(use_true_random=False))
def test_an_interval_holds_the_mean_stays_within_its_bounds_and_knows_no_order(
    asked: list[tuple[float, int]], random: object
) -> None:
    values, clusters = np.array([value for value, _ in asked]), [cluster for _, cluster in asked]
    interval = jackknife_mean(values, clusters)
    assert -1e-12 <= interval.low <= interval.value + 1e-12
    assert interval.value - 1e-12 <= interval.high <= 1 + 1e-12
    assert interval.value == pytest.approx(values.mean())
    order = np.random.default_rng(len(asked)).permutation(len(asked))
    again = jackknife_mean(values[order], [clusters[i] for i in order])
    assert (again.low, again.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


@given(queries)
def test_what_is_missed_has_the_mirrored_interval_of_what_is_found(asked: list[tuple[float, int]]) -> None:
    values, clusters = np.array([value for value, _ in asked]), [cluster for _, cluster in asked]
    found, missed = jackknife_mean(values, clusters), jackknife_mean(1 - values, clusters)
    assert (missed.low, missed.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-6)


def test_no_values_give_an_empty_interval() -> None:
    assert jackknife_mean(np.empty(0), []) == Interval(0.0, 0.0, 0.0)


def test_one_product_says_nothing_about_others() -> None:
    assert jackknife_mean(np.array([1.0, 1.0, 0.0]), ["a"] * 3) == Interval(2 / 3, 0.0, 1.0)
    assert jackknife_mean(np.array([0.5, 0.5]), ["a"] * 2, bounded=False) == Interval(0.5, -1.0, 1.0)


def test_thirty_products_all_found_are_no_proof_of_perfection() -> None:
    interval = jackknife_mean(np.ones(120), [i // 4 for i in range(120)])
    assert interval.high == 1.0
    assert 0.85 < interval.low < 0.92
    assert jackknife_mean(np.zeros(120), [i // 4 for i in range(120)]).high == pytest.approx(1 - interval.low)


def test_independent_binary_values_have_nearly_wilsons_interval() -> None:
    interval = jackknife_mean(np.repeat([1.0, 0.0], [160, 40]), list(range(200)))
    assert (interval.low, interval.high) == pytest.approx((0.739, 0.850), abs=0.004)


def test_photographs_of_one_product_count_as_one_when_they_agree() -> None:
    values = np.repeat(np.random.default_rng(3).integers(0, 2, 30).astype(float), 8)
    together = jackknife_mean(values, [i // 8 for i in range(240)])
    apart = jackknife_mean(values, list(range(240)))
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_what_can_only_be_a_fifth_has_a_fifth_of_the_interval() -> None:
    found = np.array([1.0, 0.0, 1.0, 1.0])
    for values in (found, np.ones(4), np.zeros(4), found[:1]):
        whole = jackknife_mean(values, range(len(values)))
        fifth = jackknife_mean(values / 5, range(len(values)), most=0.2)
        assert (fifth.value, fifth.low, fifth.high) == pytest.approx((whole.value / 5, whole.low / 5, whole.high / 5))
    with pytest.raises(ValueError, match="above 0 and at most 1, received 0"):
        jackknife_mean(found, range(4), most=0.0)


def test_values_that_are_no_metric_are_refused() -> None:
    for wrong in ([0.5, 1.5], [-0.1, 0.0], [math.nan, 1.0]):
        with pytest.raises(ValueError, match="expected finite values in"):
            jackknife_mean(np.array(wrong), [0, 1])
    with pytest.raises(ValueError, match="one cluster for each of 2 values, received 1"):
        jackknife_mean(np.zeros(2), [0])


@pytest.mark.slow
@pytest.mark.parametrize("recall", [0.5, 0.9])
def test_ninety_five_percent_intervals_of_thirty_unequal_products_cover_ninety_three_to_ninety_seven(
    recall: float,
) -> None:
    """Photographs of one product correlate by 0.4; one to twelve a product. benchmarks/intervals.py does much more."""
    generator = np.random.default_rng(4)
    covered, n_experiments = 0, 1000
    for _ in range(n_experiments):
        ability = generator.beta(1.5 * recall, 1.5 * (1 - recall), size=30)
        sizes = np.minimum(generator.geometric(0.25, size=30), 12)
        clusters = np.repeat(np.arange(30), sizes)
        values = (generator.random(len(clusters)) < ability[clusters]).astype(float)
        interval = jackknife_mean(values, clusters.tolist())
        covered += interval.low <= recall <= interval.high
    assert 0.925 <= covered / n_experiments <= 0.975  # half a point for the simulation's own noise
