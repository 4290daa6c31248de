"""Each metric against the plainest loop that its definition allows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.metrics import average_precision_at, ndcg_at, recall_at, reciprocal_rank_at

rankings = st.lists(st.integers(0, 30), unique=True, max_size=20)
truths = st.sets(st.integers(0, 30), max_size=6)
cutoffs = st.integers(1, 25)


def naive_average_precision(retrieved: list[int], relevant: set[int], k: int) -> float:
    if not relevant:
        return 0.0
    total = 0.0
    for place in range(min(k, len(retrieved))):
        if retrieved[place] in relevant:
            total += len([item for item in retrieved[: place + 1] if item in relevant]) / (place + 1)
    return total / min(k, len(relevant))


def naive_ndcg(retrieved: list[int], relevant: set[int], k: int) -> float:
    gain = best = 0.0
    for place in range(k):
        if place < len(retrieved) and retrieved[place] in relevant:
            gain += 1 / math.log2(place + 2)
        if place < len(relevant):
            best += 1 / math.log2(place + 2)
    return gain / best if best else 0.0


@given(rankings, truths, cutoffs)
def test_average_precision_equals_the_naive_loop(retrieved: list[int], relevant: set[int], k: int) -> None:
    assert average_precision_at(retrieved, relevant, k) == pytest.approx(
        naive_average_precision(retrieved, relevant, k)
    )


@given(rankings, truths, cutoffs)
def test_ndcg_equals_the_naive_loop(retrieved: list[int], relevant: set[int], k: int) -> None:
    assert ndcg_at(retrieved, relevant, k) == pytest.approx(naive_ndcg(retrieved, relevant, k))


@given(rankings, truths, cutoffs)
def test_recall_and_reciprocal_rank_agree_on_whether_there_was_a_right_answer(
    retrieved: list[int], relevant: set[int], k: int
) -> None:
    hit = bool(set(retrieved[:k]) & relevant)
    assert recall_at(retrieved, relevant, k) == float(hit)
    assert (reciprocal_rank_at(retrieved, relevant, k) > 0) == hit


@given(rankings, truths, cutoffs)
def test_every_metric_stays_between_zero_and_one_and_grows_with_recall_of_more(
    retrieved: list[int], relevant: set[int], k: int
) -> None:
    for metric in (recall_at, reciprocal_rank_at, average_precision_at, ndcg_at):
        assert 0.0 <= metric(retrieved, relevant, k) <= 1.0 + 1e-12
    assert recall_at(retrieved, relevant, k) <= recall_at(retrieved, relevant, k + 1)


def test_a_hand_computed_case() -> None:
    retrieved, relevant = ["b", "a", "c", "d"], {"a", "d", "x"}
    assert recall_at(retrieved, relevant, 1) == 0.0
    assert recall_at(retrieved, relevant, 2) == 1.0
    assert reciprocal_rank_at(retrieved, relevant, 10) == 0.5
    assert average_precision_at(retrieved, relevant, 10) == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert ndcg_at(retrieved, relevant, 10) == pytest.approx(
        (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / math.log2(4))
    )
