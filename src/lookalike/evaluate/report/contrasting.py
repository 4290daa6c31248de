"""From two evaluations of the same queries to what the report of their comparison shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from lookalike.errors import InvalidQuery, LookalikeError
from lookalike.evaluate.evaluation import Evaluation
from lookalike.evaluate.report.camera import Camera, Shelf
from lookalike.evaluate.report.comparison_report import (
    Change,
    ComparisonReport,
    Pair,
    by_category,
    flips,
    paired,
    pairs_of,
)
from lookalike.evaluate.report.findings import first_right, recall_curve
from lookalike.evaluate.report.record import Record, Subject
from lookalike.images.limits import ImageLimits

__all__ = ["contrast"]

_DEPTH = 10
_MOST_CHANGES = 12
_MOST_OF_ONE = 2


def contrast(
    shelf: Shelf,
    first: tuple[Subject, Evaluation],
    second: tuple[Subject, Evaluation],
    *,
    by: str,
    record: Record,
    limits: ImageLimits,
) -> ComparisonReport:
    """What changed from `first` to `second`, with at most twelve pictures of what was lost and of what was won.

    Args:
        shelf: has the catalogue's pictures.
        first: what is compared with, and its evaluation.
        second: what is compared, and its evaluation of the same queries.
        by: what a right answer is.
        record: how to repeat it; its seed is that of the p-values.
        limits: what a query picture may cost.

    Raises:
        InvalidQuery: there is no query that both could be asked.
    """
    pairs = paired(first[1].asked, second[1].asked)
    if not pairs:
        raise InvalidQuery("there is no query that both releases could be asked: nothing can be compared")
    camera = Camera(shelf, limits)
    lost = [pair for pair in pairs if first_right(pair[0]) == 1 and first_right(pair[1]) != 1]
    won = [(after, before) for before, after in pairs if first_right(before) != 1 and first_right(after) == 1]

    def generator() -> np.random.Generator:
        return np.random.default_rng(record.seed)

    return ComparisonReport(
        first=first[0],
        second=second[0],
        record=record,
        by=by,
        queries=len(pairs),
        n_clusters=len({before.question.cluster for before, _ in pairs}),
        metrics=pairs_of(pairs, generator=generator()),
        categories=by_category(pairs, _categories(shelf, pairs), generator=generator()),
        first_curve=recall_curve([before for before, _ in pairs], depth=_DEPTH),
        second_curve=recall_curve([after for _, after in pairs], depth=_DEPTH),
        flips=flips(pairs),
        lost=tuple(_change(camera, pair) for pair in _some(lost)),
        won=tuple(_change(camera, pair) for pair in _some(won)),
        n_left_out=len({one.question.line for side in (first, second) for one in side[1].asked}) - len(pairs),
        rejected=tuple(one for one in first[1].rejected if one in second[1].rejected),
        unanswerable=first[1].unanswerable,
        leakage=first[1].leakage,
    )


def _some(changed: Sequence[Pair]) -> list[Pair]:
    """The surest mistakes first, few of one product."""
    seen: Counter[str] = Counter()
    chosen: list[Pair] = []
    for right, wrong in sorted(changed, key=lambda pair: -(pair[1].similarities[:1] or (0.0,))[0]):
        cluster = right.question.cluster
        if seen[cluster] < _MOST_OF_ONE and len(chosen) < _MOST_CHANGES:
            seen[cluster] += 1
            chosen.append((right, wrong))
    return chosen


def _change(camera: Camera, pair: Pair) -> Change:
    right, wrong = pair
    return Change(
        query=camera.of_query(right.question),
        right=camera.of_answer(right.retrieved[0]),
        wrong=camera.of_answer(wrong.retrieved[0]) if wrong.retrieved else None,
        right_rank=first_right(wrong),
        line=right.question.line,
    )


def _categories(shelf: Shelf, pairs: Sequence[Pair]) -> list[str | None]:
    """Of the right product of each query; None where it has none, or where right answers are not products."""
    known: dict[str, str | None] = {}
    for before, _ in pairs:
        answer = min(before.question.answers)
        if answer not in known:
            try:
                category = shelf.product(answer).variants[0].attributes.get("category")
            except LookalikeError:
                category = None
            known[answer] = None if category is None else str(category)
    return [known[min(before.question.answers)] for before, _ in pairs]
