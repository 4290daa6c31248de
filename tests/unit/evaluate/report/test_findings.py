"""What is read off the answers equals what a plain loop counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given

from lookalike.evaluate.report.findings import (
    confused,
    first_right,
    latency,
    rank_groups,
    recall_curve,
    similarities,
    thresholds,
)
from unit.evaluate.report.conftest import asked, askings, rows

Drawn = list[tuple[str, list[str], list[int]]]


@given(rows)
def test_groups_of_ranks_add_up_to_the_queries(drawn: Drawn) -> None:
    found = askings(drawn)
    groups = rank_groups(found)
    assert sum(groups) == len(found)
    assert groups[0] == sum(one.retrieved[:1] == tuple(one.question.answers) for one in found)
    assert groups[3] == sum(not one.question.answers & set(one.retrieved) for one in found)


@given(rows)
def test_the_recall_curve_never_falls_and_its_points_lie_in_their_intervals(drawn: Drawn) -> None:
    found = askings(drawn)
    curve = recall_curve(found, depth=10)
    values = [point.value for point in curve]
    assert values == sorted(values)
    assert all(point.low <= point.value <= point.high for point in curve)
    for k, value in enumerate(values, start=1):
        right = [any(name in one.question.answers for name in one.retrieved[:k]) for one in found]
        assert np.isclose(value, np.mean(right) if right else 0.0)


@given(rows)
def test_every_limit_counts_what_a_loop_counts(drawn: Drawn) -> None:
    found = askings(drawn)
    limits = thresholds(found, most=1_000)
    firsts = [(one.similarities[0], first_right(one) == 1) for one in found if one.similarities]
    assert [limit.similarity for limit in limits] == sorted({similarity for similarity, _ in firsts}, reverse=True)
    for limit in limits:
        let_through = [right for similarity, right in firsts if similarity >= limit.similarity]
        assert np.isclose(limit.answered, len(let_through) / len(found))
        assert np.isclose(limit.wrong, let_through.count(False) / len(let_through))


def test_many_limits_are_thinned_and_the_last_one_stays() -> None:
    found = [asked("a", "ab", (1.0 - at / 500, 0.0), line=at) for at in range(400)]
    limits = thresholds(found, most=60)
    assert len(limits) == 60
    assert limits[-1].answered == 1.0


@given(rows)
def test_right_and_wrong_similarities_are_all_that_there_are(drawn: Drawn) -> None:
    found = askings(drawn)
    right, wrong = similarities(found)
    assert list(right) == sorted(right)
    assert list(wrong) == sorted(wrong)
    assert sorted(right + wrong) == sorted(one.similarities[0] for one in found if one.similarities)


def test_confusions_are_counted_over_the_queries_of_one_product() -> None:
    found = [asked("a", "ba"), asked("a", "bc"), asked("a", "ab"), asked("c", "dc"), asked("c", "")]
    assert confused(found) == [("a", "b", 2, 3), ("c", "d", 1, 2)]


def test_a_variant_is_confused_with_a_variant_and_not_its_product() -> None:
    found = [asked("a", "b"), asked("a", "b"), asked("b", "b"), asked("b", "a")]
    found = [replace(one, question=replace(one.question, cluster="P")) for one in found]
    assert confused(found) == [("a", "b", 2, 2), ("b", "a", 1, 2)]


def test_latency_knows_the_stages_in_their_order_and_their_quantiles() -> None:
    found = [asked("a", "ab", line=line) for line in range(101)]
    spread = latency(found)
    assert list(spread) == ["embed", "total"]
    assert (spread["total"].p5, spread["total"].p50, spread["total"].most) == (14.0, 59.0, 109.0)
