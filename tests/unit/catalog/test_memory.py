"""Columns in memory hold what their rows have, and little of what they had."""

from __future__ import annotations

import numpy as np

from lookalike.catalog.memory import TextColumn


def shown(column: TextColumn) -> list[str | None]:
    return [None if code < 0 else column.vocabulary.shown[code] for code in column.codes.tolist()]


def test_a_text_column_forgets_most_of_what_its_rows_no_longer_have() -> None:
    rows = np.arange(400)
    column = TextColumn.of(["first", *(["Same", "same"] * 200)[1:]])
    for turn in range(30):
        values = [None if n == 7 else f"turn {turn} row {n}" for n in range(399)]
        column = column.updated(None, rows[1:], values, [])
    assert shown(column) == ["first", *values]
    assert len(column.vocabulary.shown) <= 1_400
    assert column.vocabulary.code("FIRST") == column.codes[0]
    assert column.vocabulary.code("turn 3 row 3") == -2


def test_what_was_made_before_keeps_its_texts_when_a_later_column_forgets() -> None:
    rows = np.arange(2)
    before = TextColumn.of(["a", "b"])
    after = before
    for turn in range(600):
        after = after.updated(None, rows, [f"x{turn}", f"y{turn}"], [])
    assert shown(before) == ["a", "b"]
    assert shown(after) == ["x599", "y599"]
    assert after.vocabulary is not before.vocabulary
