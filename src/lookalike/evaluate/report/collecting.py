"""From an evaluation and the engine that was asked to what its report shows: pictures are fetched here, bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lookalike.errors import LookalikeError
from lookalike.evaluate.evaluation import Asked, Evaluation, Searches, name_of
from lookalike.evaluate.report.camera import Camera, Overlaying, Shelf
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.findings import (
    confused,
    first_right,
    latency,
    rank_groups,
    recall_curve,
    similarities,
    thresholds,
)
from lookalike.evaluate.report.record import Record, Subject
from lookalike.evaluate.report.slices import scores_of, traits_of
from lookalike.evaluate.report.tile import Confusion, Failure
from lookalike.images.limits import ImageLimits
from lookalike.types import FoldBy

__all__ = ["collect", "worst"]

_DEPTH = 10
_MOST_FAILURES = 24
_MOST_OF_ONE = 2
_MOST_CONFUSIONS = 8
_N_WRONG = 3
_FURTHEST = 1_000


def collect(
    shelf: Shelf,
    evaluation: Evaluation,
    *,
    by: FoldBy,
    subject: Subject,
    record: Record,
    limits: ImageLimits,
    overlay: Overlaying | None = None,
    searches: Searches | None = None,
) -> EvaluationReport:
    """Everything that the report of `evaluation` shows.

    At most 24 failures of five pictures each, and at most two of one product, so that the page stays small however
    many queries there were.

    Args:
        shelf: the engine that was asked.
        evaluation: what came of it.
        by: what a right answer is.
        subject: what was measured.
        record: how to repeat it.
        limits: what a query picture may cost.
        overlay: lays match maps over a query and a picture of the catalogue; None where the model gives none.
        searches: what was asked, where that is not `shelf` itself: a golden set leaves pictures out.
    """
    asked = evaluation.asked
    right, wrong = similarities(asked)
    failed = [one for one in asked if first_right(one) != 1]
    camera = Camera(shelf, limits, overlay)
    return EvaluationReport(
        subject=subject,
        record=record,
        by=by,
        queries=evaluation.queries,
        n_clusters=len({one.question.cluster for one in asked}),
        exact=evaluation.exact,
        metrics=evaluation.metrics,
        curve=recall_curve(asked, depth=_DEPTH),
        ranks=rank_groups(asked),
        slices=scores_of(asked, traits_of(shelf, asked)),
        right=right,
        wrong=wrong,
        thresholds=thresholds(asked),
        latency=latency(asked),
        confusions=tuple(
            Confusion(camera.of_answer(name, small=True), camera.of_answer(taken, small=True), times, of)
            for name, taken, times, of in confused(asked)[:_MOST_CONFUSIONS]
        ),
        failures=tuple(_failure(camera, shelf if searches is None else searches, one, by) for one in worst(failed)),
        n_failures=len(failed),
        rejected=evaluation.rejected,
        leakage=evaluation.leakage,
        unanswerable=evaluation.unanswerable,
    )


def worst(failed: Sequence[Asked], *, most: int = _MOST_FAILURES, most_of_one: int = _MOST_OF_ONE) -> list[Asked]:
    """The failures to look at first.

    Those whose right answer is furthest down come first, and of these the ones that were surest of the wrong answer;
    ties stand in the file's order. At most `most_of_one` are of one right answer: the tenth says nothing new.
    """

    def badness(one: Asked) -> tuple[int, float]:
        rank = first_right(one) or len(one.retrieved) + _FURTHEST
        return -rank, -(one.similarities[0] if one.similarities else 0.0)

    seen: Counter[str] = Counter()
    chosen: list[Asked] = []
    for one in sorted(failed, key=badness):
        if len(chosen) == most:
            break
        if seen[one.question.cluster] < most_of_one:
            seen[one.question.cluster] += 1
            chosen.append(one)
    return chosen


def _failure(camera: Camera, searches: Searches, one: Asked, by: FoldBy) -> Failure:
    """The failure with its pictures; asks again, deeper, to see where the right answer is."""
    question = one.question
    try:
        answer = searches.search(
            question.image, text=question.text, audio=question.audio, like=question.like, k=_FURTHEST, by=by
        )
        hits = list(answer.hits)
    except LookalikeError:
        hits = []  # the picture went away meanwhile; what was measured stands
    names = [name_of(hit, by) for hit in hits]
    place = next((at for at, name in enumerate(names) if name in question.answers), None)
    before = hits[: _N_WRONG if place is None else min(place, _N_WRONG)]
    return Failure(
        query=camera.of_query(question),
        right=camera.of_answer(min(question.answers)) if place is None else camera.of_hit(hits[place], by, place + 1),
        wrong=tuple(camera.of_hit(hit, by, rank) for rank, hit in enumerate(before, start=1)),
        depth=len(hits) or len(one.retrieved),
        line=question.line,
        maps=camera.maps(question, [hits[at] for at in (place, 0) if at is not None and hits]),
    )
