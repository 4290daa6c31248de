"""Every way of re-ranking on the same questions as plain similarity, and what is kept of it with a release.

Candidates of each question are looked for once; each method then orders those.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from lookalike.catalog.inventory import Inventory
from lookalike.errors import GoldenSetUnusable, ImageRejected, NotFound
from lookalike.evaluate.evaluation import unanswerable_of
from lookalike.evaluate.order_choice import DEPTH, METRIC, SLOWEST_MILLISECONDS, Choice, choose, scores_of
from lookalike.evaluate.questions import Question, Questions
from lookalike.evaluate.variant_names import VariantNames
from lookalike.ingest.progress import Progress, Watcher
from lookalike.search.query import Query
from lookalike.search.rank.contest import Contest
from lookalike.search.rank.methods import METHODS
from lookalike.search.rank.setting import OFF_METHOD, RankSetting
from lookalike.types import FoldBy, Reason, Rejection

__all__ = ["Contests", "Reranking", "measure", "setting_of"]


@runtime_checkable
class Contests(Protocol):
    """What measuring needs of a searcher."""

    def contest(self, query: Query, *, hidden: Collection[int] = ()) -> Contest:
        """The candidates of a question; raises `ImageRejected` and `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class Reranking:
    """The answer of `Engine.rerank`.

    Attributes:
        choice: what was measured.
        setting: what is kept with the release from now on; None where it was only measured.
        release: whose.
        golden: what it was measured with.
        by: what counts as an answer.
        rejected: rows and photographs that could not be asked.
        seconds: wall time.
        unanswerable: questions of which no right answer is in the catalogue: every order misses them.
    """

    choice: Choice
    setting: RankSetting | None
    release: str
    golden: str
    by: FoldBy
    rejected: tuple[Rejection, ...] = field(default=())
    seconds: float = 0.0
    unanswerable: tuple[Question, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The contract's document, without `rejected`."""
        return {
            "release": self.release,
            "golden": self.golden,
            "by": self.by,
            "kept": self.setting is not None,
            **self.choice.as_dict(),
            "unanswerable": [one.as_line(self.by) for one in self.unanswerable],
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question
    retrieved: Mapping[str, tuple[str, ...]]
    milliseconds: Mapping[str, float]


def measure(
    contests: Contests,
    questions: Questions,
    *,
    by: FoldBy,
    methods: Sequence[str] = tuple(METHODS),
    hidden: Mapping[Path, Collection[int]] | None = None,
    variants: VariantNames | None = None,
    inventory: Inventory | None = None,
    slowest: float = SLOWEST_MILLISECONDS,
    watcher: Watcher | None = None,
) -> tuple[Choice, tuple[Rejection, ...], tuple[Question, ...]]:
    """Order every question's candidates by every method.

    Args:
        contests: looks for candidates.
        questions: by photograph or product; those in words are rejected, nothing re-ranks them.
        by: what counts as an answer.
        methods: names to try.
        hidden: pictures (keys) that each photograph, by its path, must not be compared with.
        variants: what variants are called, where they are what answers are; None for their ids.
        inventory: of the catalogue, to look for right answers in; None not to.
        slowest: milliseconds a question above which a method is not chosen.
        watcher: told after each question.

    Returns:
        What was measured, the rows and photographs that could not be asked, and the questions that nothing can answer.

    Raises:
        GoldenSetUnusable: no question could be asked.
    """
    started = time.perf_counter()
    asked: list[_Asked] = []
    rejected = list(questions.rejected)
    for done, question in enumerate(questions.items, start=1):
        if question.text is not None or question.audio is not None:
            rejected.append(
                Rejection(
                    str(question.text or question.audio), Reason.BAD_ROW, "words are not re-ranked", line=question.line
                )
            )
            continue
        away = () if question.image is None else (hidden or {}).get(question.image, ())
        try:
            contest = contests.contest(Query(image=question.image, like=question.like, by=by), hidden=away)
            if variants is not None:
                contest = _called(contest, variants)
            if question.like is not None:
                contest = _without(contest, question.like)
            asked.append(_ordered(question, contest, methods))
        except ImageRejected as error:
            rejected.append(Rejection(str(question.image), error.reason, error.detail, line=question.line))
        except NotFound as error:
            rejected.append(Rejection(str(question.like), Reason.NOT_FOUND, str(error), line=question.line))
        if watcher is not None:
            watcher(Progress(done, len(questions.items), len(rejected), time.perf_counter() - started))
    if not asked:
        raise GoldenSetUnusable("no question could be asked: expected photographs or products with known answers")
    grades = [one.question.grades or one.question.answers for one in asked]
    scored = {
        name: scores_of(
            [one.retrieved[name] for one in asked], grades, np.asarray([one.milliseconds[name] for one in asked])
        )
        for name in (OFF_METHOD, *methods)
    }
    clusters = [one.question.cluster for one in asked]
    missed = unanswerable_of([one.question for one in asked], inventory, by)
    return choose(scored, clusters, slowest=slowest), tuple(rejected), missed


def _called(contest: Contest, variants: VariantNames) -> Contest:
    """The candidates with their variants by name."""
    own = zip(contest.products, contest.names, strict=True)
    return replace(contest, names=tuple(variants.name(product, name) for product, name in own))


def _without(contest: Contest, product_id: str) -> Contest:
    """The candidates without a product's own pictures: it is not an answer to what looks like it."""
    keep = np.asarray([name != product_id for name in contest.products], dtype=np.bool_)
    return contest.kept(keep)


def setting_of(choice: Choice, fingerprint: str, golden: str) -> RankSetting:
    """What is kept with a release."""
    return RankSetting(
        method=choice.chosen,
        fingerprint=fingerprint,
        measured_on=datetime.now(UTC).isoformat(timespec="seconds"),
        golden=golden,
        n_queries=choice.n_queries,
        n_answers=choice.n_answers,
        metric=METRIC,
        effect=choice.effect(),
        milliseconds=round(choice.milliseconds(), 3),
        measured={one.method: one.as_dict() for one in choice.effects},
    )


def _ordered(question: Question, contest: Contest, methods: Sequence[str]) -> _Asked:
    retrieved: dict[str, tuple[str, ...]] = {}
    taken: dict[str, float] = {}
    for method in (OFF_METHOD, *methods):
        started = time.perf_counter()
        standing = contest.standing(None if method == OFF_METHOD else method)
        taken[method] = (time.perf_counter() - started) * 1e3
        retrieved[method] = contest.names_of(standing, DEPTH)
    return _Asked(question, retrieved, taken)
