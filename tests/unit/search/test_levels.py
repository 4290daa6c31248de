"""Claims about `lookalike.search.levels`."""

from __future__ import annotations

import numpy as np

from lookalike.search.levels import Level, joined


def level(found: dict[int, float], most: int | None, **lanes: list[float]) -> Level:
    rows = np.asarray(list(found), dtype=np.int64)
    scores = np.asarray(list(found.values()), dtype=np.float32)
    told = {name: np.asarray(shares, dtype=np.float32) for name, shares in lanes.items()} or {"words": scores}
    return Level(rows, rows // 10, scores, told, most)


def test_later_levels_follow_each_group_once_and_no_higher() -> None:
    first = level({30: 0.9, 10: 0.5, 20: 0.4}, 2)
    second = level({41: 0.8, 11: 0.6, 20: 0.4, 50: 0.1}, None)
    whole = joined([first, second])
    assert whole.rows.tolist() == [30, 10, 41, 20, 50]
    np.testing.assert_allclose(whole.scores, [0.9, 0.5, 0.5, 0.4, 0.1])
    np.testing.assert_allclose(whole.lanes["words"], whole.scores)


def test_lanes_of_a_lowered_score_still_add_up_to_it() -> None:
    first = level({10: 0.5}, 1)
    second = level({20: 0.8, 30: 0.0}, None, words=[0.6, 0.0], depicted=[0.2, 0.0])
    whole = joined([first, second])
    np.testing.assert_allclose(whole.lanes["words"], [0.5, 0.375, 0.0])
    np.testing.assert_allclose(whole.lanes["depicted"], [0.0, 0.125, 0.0])


def test_of_more_levels_each_is_a_beginning_of_the_next() -> None:
    levels = [level({10: 0.9, 20: 0.8, 30: 0.7}, 2), level({40: 1.0, 20: 0.8, 50: 0.6}, 3), level({60: 0.5}, None)]
    told = [joined(levels[:n]).rows.tolist() for n in (1, 2, 3)]
    assert told == [[10, 20], [10, 20, 40], [10, 20, 40, 60]]


def test_nothing_found_is_nothing_told() -> None:
    assert not len(joined([level({}, 51), level({}, None)]).rows)
