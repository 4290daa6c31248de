"""Everything that the report of a comparison shows: two releases, the same queries, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from jaxtyping import Float64

from lookalike.evaluate.comparison import compare, holm
from lookalike.evaluate.evaluation import Asked, metrics_of
from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.query_leakage import QueryLeakage
from lookalike.evaluate.questions import Question
from lookalike.evaluate.report.findings import first_right
from lookalike.evaluate.report.record import Record, Subject
from lookalike.evaluate.report.tile import Tile
from lookalike.types import Rejection

__all__ = ["Change", "ComparisonReport", "MetricPair", "Pair", "by_category", "flips", "paired", "pairs_of"]

_LEVEL = 0.05
_LEAST_PRODUCTS = 5
Pair = tuple[Asked, Asked]
"""The same query's answers of the first and of the second release."""


@dataclass(frozen=True, slots=True)
class MetricPair:
    """One metric of both.

    Attributes:
        name: for example ``recall@1``; for a subset of the queries, the subset.
        n: queries.
        first: mean over the queries of the first release.
        second: of the second.
        difference: second minus first, paired by query, with its 95% interval.
        p_value: that neither is better, two-sided, corrected by Holm for those that stand beside it.
    """

    name: str
    n: int
    first: float
    second: float
    difference: Interval
    p_value: float

    @property
    def is_different(self) -> bool:
        """Whether chance alone would hardly do it."""
        return self.p_value < _LEVEL


@dataclass(frozen=True, slots=True)
class Change:
    """A query that one release answers rightly at once, and the other does not.

    Attributes:
        query: what was asked.
        right: the right answer.
        wrong: what the other release put first.
        right_rank: rank of the right answer there, None where it is not among the first ten.
        line: of the query file.
    """

    query: Tile
    right: Tile
    wrong: Tile | None
    right_rank: int | None
    line: int

    def as_dict(self) -> dict[str, object]:
        """Ids and ranks, JSON-ready."""
        return {
            "query": self.query.name,
            "line": self.line,
            "right": self.right.as_dict(),
            "wrong": None if self.wrong is None else self.wrong.as_dict(),
            "right_rank": self.right_rank,
        }


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """What one page says.

    Attributes:
        first: what is compared with; usually the live release.
        second: what is compared.
        record: how to repeat it.
        by: what a right answer is.
        queries: that both could be asked.
        n_clusters: right products among them; intervals leave out one of these at a time.
        metrics: of all queries.
        categories: recall@1 by category of the right product, where there are several of enough queries.
        first_curve: recall@1, recall@2, … of the first.
        second_curve: of the second.
        flips: queries with the right answer first in both, only in the first, only in the second, in neither.
        lost: queries that only the first release answers rightly.
        won: those that only the second does.
        n_left_out: queries that one of them could not be asked.
        rejected: rows and pictures that could not be asked of either.
        unanswerable: queries of which no right answer is in the catalogue: both miss them.
        leakage: queries that are pictures of the catalogue, by what the first release finds: both find them.
    """

    first: Subject
    second: Subject
    record: Record
    by: str
    queries: int
    n_clusters: int
    metrics: tuple[MetricPair, ...]
    categories: tuple[MetricPair, ...]
    first_curve: tuple[Interval, ...]
    second_curve: tuple[Interval, ...]
    flips: tuple[int, int, int, int]
    lost: tuple[Change, ...]
    won: tuple[Change, ...]
    n_left_out: int
    rejected: tuple[Rejection, ...] = ()
    unanswerable: tuple[Question, ...] = ()
    leakage: QueryLeakage = field(default_factory=QueryLeakage)

    def as_dict(self) -> dict[str, object]:
        """What the page shows, JSON-ready, pictures left out."""
        return {
            "first": asdict(self.first),
            "second": asdict(self.second),
            "record": self.record.as_dict(),
            "by": self.by,
            "queries": self.queries,
            "left_out": self.n_left_out,
            "metrics": {pair.name: asdict(pair) for pair in self.metrics},
            "categories": {pair.name: asdict(pair) for pair in self.categories},
            "recall_curves": {
                "first": [asdict(point) for point in self.first_curve],
                "second": [asdict(point) for point in self.second_curve],
            },
            "right_first": dict(zip(("both", "only_first", "only_second", "neither"), self.flips, strict=True)),
            "lost": [change.as_dict() for change in self.lost],
            "won": [change.as_dict() for change in self.won],
            "rejected": [one.as_dict() for one in self.rejected],
            "unanswerable": [one.as_line(self.by) for one in self.unanswerable],
            "leakage": self.leakage.as_dict(),
        }


def paired(first: Sequence[Asked], second: Sequence[Asked]) -> list[Pair]:
    """The queries that both were asked, in the file's order."""
    others = {one.question.line: one for one in second}
    return [(one, others[one.question.line]) for one in first if one.question.line in others]


def pairs_of(pairs: Sequence[Pair], *, generator: np.random.Generator) -> tuple[MetricPair, ...]:
    """Every metric of both releases, its difference, and a p-value that is corrected for their number."""
    clusters = [first.question.cluster for first, _ in pairs]
    return _compared({name: (clusters, *_columns(pairs, name)) for name in _METRICS}, generator)


def by_category(
    pairs: Sequence[Pair], categories: Sequence[str | None], *, generator: np.random.Generator, least: int = 10
) -> tuple[MetricPair, ...]:
    """recall@1 of each category of at least `least` queries of five products; none where there is only one category."""
    members: dict[str, list[Pair]] = {}
    for pair, category in zip(pairs, categories, strict=True):
        if category is not None:
            members.setdefault(category, []).append(pair)
    large = {
        name: ([first.question.cluster for first, _ in own], *_columns(own, "recall@1"))
        for name, own in sorted(members.items())
        if len(own) >= least and len({first.question.cluster for first, _ in own}) >= _LEAST_PRODUCTS
    }
    return _compared(large, generator) if len(large) > 1 else ()


_METRICS = ("recall@1", "recall@5", "recall@10", "map@10", "ndcg@10", "mrr@10")
_Columns = tuple[list[str], Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]


def _columns(pairs: Sequence[Pair], metric: str) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    first, second = (metrics_of([pair[side] for pair in pairs])[metric] for side in (0, 1))
    return first, second


def _compared(columns: dict[str, _Columns], generator: np.random.Generator) -> tuple[MetricPair, ...]:
    found = {
        name: compare(second, first, clusters, generator=generator)
        for name, (clusters, first, second) in columns.items()
    }
    corrected = holm([comparison.p_value for comparison in found.values()])
    return tuple(
        MetricPair(
            name, len(columns[name][0]), float(columns[name][1].mean()), float(columns[name][2].mean()), c.difference, p
        )
        for (name, c), p in zip(found.items(), corrected, strict=True)
    )


def flips(pairs: Sequence[Pair]) -> tuple[int, int, int, int]:
    """Queries with the right answer first in both, only in the first, only in the second, in neither."""
    ranks = [(first_right(first) == 1, first_right(second) == 1) for first, second in pairs]
    return (
        ranks.count((True, True)),
        ranks.count((True, False)),
        ranks.count((False, True)),
        ranks.count((False, False)),
    )
