"""Everything that the report of an evaluation shows, as plain values; the page and the JSON are both made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.query_leakage import QueryLeakage
from lookalike.evaluate.questions import Question
from lookalike.evaluate.report.calibrated import Calibrated
from lookalike.evaluate.report.findings import Quantiles, Threshold
from lookalike.evaluate.report.record import Record, Subject
from lookalike.evaluate.report.slices import SliceScore
from lookalike.evaluate.report.tile import Confusion, Failure
from lookalike.evaluate.robustness import Robustness
from lookalike.types import Rejection

__all__ = ["EvaluationReport"]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What one page says.

    Attributes:
        subject: what was measured.
        record: how to repeat it.
        by: what a right answer is, ``product`` or ``variant``.
        queries: that were asked.
        n_clusters: right products among them; intervals leave out one of these at a time.
        exact: whether every search was exact.
        metrics: by name, with 95% intervals.
        curve: recall@1, recall@2, ….
        ranks: queries whose first right answer is at rank 1, at 2 to 5, at 6 to 10, and beyond.
        slices: recall@1 of subsets of the queries, the weakest first within each trait.
        right: similarities of first answers that are right, ascending.
        wrong: of those that are wrong.
        thresholds: what limits on the similarity would do.
        latency: of each stage, in milliseconds.
        confusions: what was taken for what, most often first.
        failures: the worst, worst first.
        n_failures: queries whose first answer was wrong, of which `failures` shows some.
        rejected: what could not be asked.
        robustness: what corrupted queries cost; None where it was not measured.
        calibrated: the calibration of the release; None where it has none.
        leakage: queries that are pictures of the catalogue.
        unanswerable: queries of which no right answer is in the catalogue.
    """

    subject: Subject
    record: Record
    by: str
    queries: int
    n_clusters: int
    exact: bool
    metrics: Mapping[str, Interval]
    curve: tuple[Interval, ...]
    ranks: tuple[int, int, int, int]
    slices: tuple[SliceScore, ...]
    right: tuple[float, ...]
    wrong: tuple[float, ...]
    thresholds: tuple[Threshold, ...]
    latency: Mapping[str, Quantiles]
    confusions: tuple[Confusion, ...]
    failures: tuple[Failure, ...]
    n_failures: int
    rejected: tuple[Rejection, ...]
    robustness: Robustness | None = None
    calibrated: Calibrated | None = None
    leakage: QueryLeakage = field(default_factory=QueryLeakage)
    unanswerable: tuple[Question, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """What the page shows beyond the contract's answer of ``evaluate``, JSON-ready, pictures left out."""
        return {
            "subject": asdict(self.subject),
            "record": self.record.as_dict(),
            "recall_curve": [asdict(point) for point in self.curve],
            "ranks": dict(zip(("1", "2-5", "6-10", "beyond"), self.ranks, strict=True)),
            "first_similarities": {"right": list(self.right), "wrong": list(self.wrong)},
            "thresholds": [asdict(limit) for limit in self.thresholds],
            "latency_ms": {stage: quantiles.as_dict() for stage, quantiles in self.latency.items()},
            "weakest": [score.as_dict() for score in self.slices],
            "confusions": [confusion.as_dict() for confusion in self.confusions],
            "failures": [failure.as_dict() for failure in self.failures],
            "n_failures": self.n_failures,
            "robustness": None if self.robustness is None else self.robustness.as_dict(),
            "calibration": None if self.calibrated is None else asdict(self.calibrated),
        }
