"""What the shop's rules cost: the same questions asked with them and without, as shoppers ask them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from lookalike.catalog.inventory import Inventory
from lookalike.evaluate.comparison import Comparison, compare
from lookalike.evaluate.evaluation import Evaluation, evaluate, unanswerable_of
from lookalike.evaluate.golden.asking import LeavingOut
from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.order_choice import Scores, scores_of
from lookalike.evaluate.questions import Question, Questions
from lookalike.ingest.progress import Watcher
from lookalike.search.answer import Answer
from lookalike.search.rank.ranking import Ranking
from lookalike.search.rank.rules import RuleBook
from lookalike.types import FoldBy, Pixels, Rejection

__all__ = ["RankedSearches", "RulesCost", "measure_rules"]

_SEED = 20_261_127


@runtime_checkable
class RankedSearches(Protocol):
    """Searches whose order can be chosen."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
        ranking: Ranking = ...,
    ) -> Answer:
        """Hits after the first `offset`."""
        ...


@dataclass(frozen=True, slots=True)
class RulesCost:
    """The answer of `Engine.rules_cost`.

    Attributes:
        rules: that were asked about.
        without: metrics without them, with 95% intervals.
        with_rules: metrics with them.
        differences: with minus without, paired by question; negative is what they cost.
        touched: share of the questions whose first ten hits they changed.
        n_queries: questions.
        golden: where they came from.
        rejected: those that could not be asked.
        seconds: wall time.
        by: what counted as an answer.
        unanswerable: questions of which no right answer is in the catalogue: no rule finds or loses them.
    """

    rules: RuleBook
    without: Mapping[str, Interval]
    with_rules: Mapping[str, Interval]
    differences: Mapping[str, Comparison]
    touched: float
    n_queries: int
    golden: str
    rejected: tuple[Rejection, ...] = field(default=())
    seconds: float = 0.0
    by: FoldBy = "product"
    unanswerable: tuple[Question, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, without `rejected`."""
        return {
            **self.rules.as_dict(),
            "golden": self.golden,
            "queries": self.n_queries,
            "touched": round(self.touched, 6),
            "without": {name: one.as_dict(digits=6) for name, one in self.without.items()},
            "with": {name: one.as_dict(digits=6) for name, one in self.with_rules.items()},
            "differences": {
                name: {**one.difference.as_dict(digits=6), "p_value": round(one.p_value, 6)}
                for name, one in self.differences.items()
            },
            "unanswerable": [one.as_line(self.by) for one in self.unanswerable],
            "seconds": round(self.seconds, 3),
        }


def measure_rules(
    searches: RankedSearches,
    questions: Questions,
    rules: RuleBook,
    *,
    by: FoldBy,
    golden: str,
    left_out: Mapping[Path, Collection[int]] | None = None,
    inventory: Inventory | None = None,
    watcher: Watcher | None = None,
) -> RulesCost:
    """Ask every question twice.

    Args:
        searches: the live index, to which the rules apply.
        questions: with their right answers.
        rules: that apply, to be told.
        by: what counts as an answer.
        golden: where the questions came from.
        left_out: keys of the images that each picture, by its path, may not match.
        inventory: of the catalogue, to look for right answers in; None not to.
        watcher: told after every question of the first round.

    Raises:
        SourceError: no question could be asked.
    """
    started = time.perf_counter()

    def ask(ranking: Ranking, watcher: Watcher | None) -> Evaluation:
        asked = _Ranked(searches, ranking)
        return evaluate(asked if left_out is None else LeavingOut(asked, left_out), questions, by=by, watcher=watcher)

    off, on = ask(Ranking(rules=False), watcher), ask(Ranking(), None)
    clusters = [one.question.cluster for one in off.asked]
    plain, ruled = _scores(off), _scores(on)
    changed = [a.retrieved != b.retrieved for a, b in zip(off.asked, on.asked, strict=True)]
    return RulesCost(
        rules,
        plain.means(clusters),
        ruled.means(clusters),
        {
            name: compare(values, plain.metrics[name], clusters, generator=np.random.default_rng(_SEED))
            for name, values in ruled.metrics.items()
        },
        float(np.mean(changed)),
        len(off.asked),
        golden,
        off.rejected,
        time.perf_counter() - started,
        by,
        unanswerable_of([one.question for one in off.asked], inventory, by),
    )


class _Ranked:
    """Searches in one order."""

    def __init__(self, searches: RankedSearches, ranking: Ranking) -> None:
        self._searches = searches
        self._ranking = ranking

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
    ) -> Answer:
        """Hits in this order."""
        return self._searches.search(
            image, text=text, audio=audio, like=like, k=k, offset=offset, by=by, ranking=self._ranking
        )


def _scores(evaluation: Evaluation) -> Scores:
    return scores_of(
        [one.retrieved for one in evaluation.asked],
        [one.question.grades or one.question.answers for one in evaluation.asked],
    )
