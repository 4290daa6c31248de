"""The page of an evaluation says what was measured, also where little was."""

from __future__ import annotations

from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.report.evaluation_page import evaluation_page
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.findings import rank_groups, similarities, thresholds
from lookalike.evaluate.report.record import Record, Subject
from unit.evaluate.report.conftest import asked

SUBJECT = Subject("store", "r1", "lite0", "4", "f" * 64, "onnxruntime", "fp32", 1, 2, 2)
RECORD = Record("", "2026-11-27T12:00:00+00:00", "queries.csv", "a" * 64, 7, 1.0, {"lookalike": "1"}, "machine")


def page_of(*told) -> str:
    right, wrong = similarities(told)
    report = EvaluationReport(
        subject=SUBJECT,
        record=RECORD,
        by="product",
        queries=len(told),
        n_clusters=1,
        exact=True,
        metrics={"recall@1": Interval(0.4, 0.1, 0.8)},
        curve=(),
        ranks=rank_groups(told),
        slices=(),
        right=right,
        wrong=wrong,
        thresholds=thresholds(told),
        latency={},
        confusions=(),
        failures=(),
        n_failures=0,
        rejected=(),
    )
    return evaluation_page(report)


def test_most_queries_may_have_no_answer_at_all() -> None:
    page = page_of(asked("a", "a", (0.9,)), asked("a", "b", (0.7,)), *[asked("a", "")] * 3)
    assert "At a limit of 0.70, 40% get an answer and 50.0% of these are wrong." in page


def test_the_median_of_an_even_number_of_similarities_lies_between_the_middle_two() -> None:
    assert "2 right first answers with a median similarity of 0.60" in page_of(
        asked("a", "a", (0.4,)), asked("a", "a", (0.8,))
    )
