"""What a comparison counts equals what a loop counts, and its page holds whatever a catalogue says."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from hypothesis import given

from lookalike.evaluate.evaluation import Asked
from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.report.comparison_page import comparison_page
from lookalike.evaluate.report.comparison_report import Change, ComparisonReport, flips, paired, pairs_of
from lookalike.evaluate.report.record import Record, Subject
from lookalike.evaluate.report.tile import Tile
from unit.evaluate.report.conftest import asked, askings, rows

Drawn = list[tuple[str, list[str], list[int]]]
HOSTILE = "<script>alert(1)</script>"


@given(rows, rows)
def test_queries_are_paired_by_their_line_and_every_pair_is_counted_once(first: Drawn, second: Drawn) -> None:
    pairs = paired(askings(first), askings(second))
    assert [before.question.line for before, _ in pairs] == [after.question.line for _, after in pairs]
    assert len(pairs) == min(len(first), len(second))
    assert sum(flips(pairs)) == len(pairs)


def test_the_difference_is_second_minus_first_and_equal_releases_do_not_differ() -> None:
    before = [asked(letter, "zyx" + letter, line=line) for line, letter in enumerate("abcdefghij")]
    after = [asked(letter, letter + "zyx", line=line) for line, letter in enumerate("abcdefghij")]
    better = pairs_of(paired(before, after), generator=np.random.default_rng(1))
    assert (better[0].name, better[0].first, better[0].second, better[0].difference.value) == (
        "recall@1",
        0.0,
        1.0,
        1.0,
    )
    assert better[0].is_different
    same = pairs_of(paired(before, before), generator=np.random.default_rng(1))
    assert all(pair.difference.value == 0.0 and not pair.is_different for pair in same)


def test_a_hostile_catalogue_stays_text_on_the_page() -> None:
    pairs = paired([asked("a", "ba"), asked("c", "cb", line=3)], [asked("a", "ab"), asked("c", "bc", line=3)])
    subject = Subject(HOSTILE, "r1", HOSTILE, "1", "0" * 64, "onnxruntime", "fp32", 3, 3, 3)
    record = Record(HOSTILE, "2026-01-01T00:00:00+00:00", HOSTILE, "0" * 64, 1, 0.1, {"lookalike": HOSTILE}, HOSTILE)
    tile = Tile(HOSTILE, HOSTILE, b"")
    change = Change(tile, tile, tile, None, 2)
    curve = (Interval(0.5, 0.2, 0.8), Interval(1.0, 0.5, 1.0))
    report = ComparisonReport(
        subject, subject, record, "product", 2, 2, pairs_of(pairs, generator=np.random.default_rng(1)), (), curve,
        curve, flips(pairs), (change,), (change,), 0,
    )  # fmt: skip
    page = comparison_page(report)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 10
    assert not re.search(r"https?:|url\(|@import", page)


def test_grades_count_as_they_do_in_an_evaluation() -> None:
    def graded(retrieved: str) -> list[Asked]:
        rows = [asked("ab", retrieved, line=line) for line in range(10)]
        return [replace(one, question=replace(one.question, answers=frozenset("ab"), grades={"a": 3.0, "b": 1.0}))
                for one in rows]  # fmt: skip

    found = {
        pair.name: pair for pair in pairs_of(paired(graded("ba"), graded("ab")), generator=np.random.default_rng(1))
    }
    assert found["ndcg@10"].first < found["ndcg@10"].second == 1.0
    assert found["recall@1"].first == found["recall@1"].second
