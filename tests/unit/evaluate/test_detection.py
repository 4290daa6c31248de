"""Claims about `lookalike.evaluate.detection`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.detection import detect

SCORES = st.lists(st.integers(-4, 4), min_size=1, max_size=40)


def area_by_loops(honest: list[int], suspicious: list[int]) -> float:
    total = 0.0
    for one in honest:
        for other in suspicious:
            total += 1.0 if other < one else 0.5 if other == one else 0.0
    return total / (len(honest) * len(suspicious))


def run(honest: list[int], suspicious: list[int], rate: float = 0.05, limit: float | None = None):
    return detect(
        np.asarray(honest, np.float64),
        np.asarray(suspicious, np.float64),
        list(range(len(suspicious))),
        false_alarm_rate=rate,
        limit=limit,
    )


@given(honest=SCORES, suspicious=SCORES, rate=st.sampled_from([0.0, 0.05, 0.3, 0.9]))
def test_area_and_rates_equal_those_by_loops(honest: list[int], suspicious: list[int], rate: float) -> None:
    found = run(honest, suspicious, rate)
    assert found.area == pytest.approx(area_by_loops(honest, suspicious))
    assert found.false_alarms == pytest.approx(sum(one < found.limit for one in honest) / len(honest))
    assert found.false_alarms <= rate + 1e-9
    assert found.detected.value == pytest.approx(sum(one < found.limit for one in suspicious) / len(suspicious))
    # No higher limit that an honest score could give keeps the rate.
    higher = [one for one in honest if one > found.limit]
    if higher:
        assert sum(one < min(higher) for one in honest) / len(honest) > rate


@given(honest=SCORES, suspicious=SCORES)
def test_swapping_the_kinds_turns_the_area_around(honest: list[int], suspicious: list[int]) -> None:
    assert run(honest, suspicious).area == pytest.approx(1 - run(suspicious, honest).area)


@given(honest=SCORES, suspicious=SCORES)
def test_only_the_order_of_scores_counts(honest: list[int], suspicious: list[int]) -> None:
    plain, stretched = run(honest, suspicious), run([3 * x + 5 for x in honest], [3 * x + 5 for x in suspicious])
    assert (plain.area, plain.detected.value) == (stretched.area, stretched.detected.value)


def test_a_limit_from_elsewhere_is_used_as_it_is() -> None:
    found = run([1, 2, 3, 4], [0, 1, 2, 3], limit=2.5)
    assert (found.limit, found.false_alarms, found.detected.value) == (2.5, 0.5, 0.75)


def test_nothing_of_one_kind_and_impossible_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        run([], [1])
    with pytest.raises(ValueError, match="both kinds"):
        run([1], [])
    with pytest.raises(ValueError, match="false_alarm_rate"):
        run([1], [1], rate=1.0)
