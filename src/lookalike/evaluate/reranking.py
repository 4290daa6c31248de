"""Does an order help? Every way of re-ranking, and the shop's rules, on the same questions as plain similarity.

Candidates of each question are looked for once; each method then orders those. What is compared is paired by
question, and a method is switched on only where it is better beyond chance, for all the methods that were tried.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64

from lookalike.errors import GoldenSetUnusable, ImageRejected, NotFound
from lookalike.evaluate.comparison import compare, holm
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.judgements import Judgements
from lookalike.evaluate.questions import Question, Questions
from lookalike.ingest.progress import Progress, Watcher
from lookalike.search.query import Query
from lookalike.search.rank.contest import Contest
from lookalike.search.rank.methods import METHODS
from lookalike.search.rank.setting import OFF_METHOD, RankSetting
from lookalike.types import FoldBy, Reason, Rejection

__all__ = [
    "LEAST_ANSWERS",
    "METRIC",
    "Choice",
    "Contests",
    "MethodEffect",
    "Reranking",
    "Scores",
    "choose",
    "measure",
    "scores_of",
    "setting_of",
]

METRIC = "map@10"
"""What a method is chosen by; with one right answer a question it is the reciprocal rank."""
LEAST_ANSWERS = 10
"""Different right answers below which nothing is switched on."""
LEAST_GAIN = 0.005
"""Gain in `METRIC` below which no method is worth its time."""
SLOWEST_MILLISECONDS = 25.0
"""Cost of a question above which no method is switched on of itself."""

_DEPTH = 10
_LEVEL = 0.05
_SEED = 20_261_126


@runtime_checkable
class Contests(Protocol):
    """What measuring needs of a searcher."""

    def contest(self, query: Query, *, hidden: Collection[int] = ()) -> Contest:
        """The candidates of a question; raises `ImageRejected` and `NotFound`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How one order did, question by question.

    Attributes:
        metrics: by name, one number a question in [0, 1].
        milliseconds: what ordering took, by question.
    """

    metrics: Mapping[str, Float64[np.ndarray, " n"]]
    milliseconds: Float64[np.ndarray, " n"]


@dataclass(frozen=True, slots=True)
class MethodEffect:
    """One method beside plain similarity.

    Attributes:
        method: its name.
        values: each metric's mean, with its 95% interval.
        differences: method minus none, paired by question, with 95% intervals.
        p_value: that it makes no difference in `METRIC`, corrected for all methods by Holm's procedure.
        milliseconds: median over questions of what ordering takes.
        helps: whether it is better: the interval above zero, p below 0.05, the gain worth having, recall@1 not worse.
    """

    method: str
    values: Mapping[str, Interval]
    differences: Mapping[str, Interval]
    p_value: float
    milliseconds: float
    helps: bool

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "metrics": {name: one.as_dict(digits=6) for name, one in self.values.items()},
            "differences": {name: one.as_dict(digits=6) for name, one in self.differences.items()},
            "p_value": round(self.p_value, 6),
            "milliseconds": round(self.milliseconds, 3),
            "helps": self.helps,
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """All methods on the same questions, and the one to use.

    Attributes:
        chosen: its name, or ``off``.
        reason: why, in a sentence.
        baseline: the metrics of plain similarity.
        effects: by method.
        n_queries: questions.
        n_answers: different right answers.
    """

    chosen: str
    reason: str
    baseline: Mapping[str, Interval]
    effects: tuple[MethodEffect, ...]
    n_queries: int
    n_answers: int

    def effect(self) -> Mapping[str, float]:
        """Of the chosen method, in `METRIC`; zeros for none."""
        for one in self.effects:
            if one.method == self.chosen:
                return one.differences[METRIC].as_dict(digits=6)
        return {"value": 0.0, "low": 0.0, "high": 0.0}

    def milliseconds(self) -> float:
        """Of the chosen method; 0 for none."""
        return next((one.milliseconds for one in self.effects if one.method == self.chosen), 0.0)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "chosen": self.chosen,
            "reason": self.reason,
            "metric": METRIC,
            "queries": self.n_queries,
            "answers": self.n_answers,
            "baseline": {name: one.as_dict(digits=6) for name, one in self.baseline.items()},
            "methods": {one.method: one.as_dict() for one in self.effects},
        }


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
    """

    choice: Choice
    setting: RankSetting | None
    release: str
    golden: str
    by: FoldBy
    rejected: tuple[Rejection, ...] = field(default=())
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """The contract's document, without `rejected`."""
        return {
            "release": self.release,
            "golden": self.golden,
            "by": self.by,
            "kept": self.setting is not None,
            **self.choice.as_dict(),
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
    slowest: float = SLOWEST_MILLISECONDS,
    watcher: Watcher | None = None,
) -> tuple[Choice, tuple[Rejection, ...]]:
    """Order every question's candidates by every method.

    Args:
        contests: looks for candidates.
        questions: by photograph or product; those in words are rejected, nothing re-ranks them.
        by: what counts as an answer.
        methods: names to try.
        hidden: pictures (keys) that each photograph, by its path, must not be compared with.
        slowest: milliseconds a question above which a method is not chosen.
        watcher: told after each question.

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
    return choose(scored, clusters, slowest=slowest), tuple(rejected)


def _without(contest: Contest, product_id: str) -> Contest:
    """The candidates without a product's own pictures: it is not an answer to what looks like it."""
    keep = np.asarray([name != product_id for name in contest.products], dtype=np.bool_)
    return contest.kept(keep)


def scores_of(
    retrieved: Sequence[Sequence[str]],
    grades: Sequence[Collection[str]],
    milliseconds: Float64[np.ndarray, " n"] | None = None,
) -> Scores:
    """Each metric of each question."""
    judged = Judgements.of(retrieved, grades, depth=_DEPTH)
    taken = np.zeros(len(retrieved)) if milliseconds is None else milliseconds
    return Scores(
        {
            "recall@1": judged.recall_at(1),
            "recall@5": judged.recall_at(5),
            "recall@10": judged.recall_at(10),
            "map@10": judged.average_precision_at(10),
            "ndcg@10": judged.ndcg_at(10),
            "precision@10": judged.precision_at(10),
        },
        taken,
    )


def choose(
    scored: Mapping[str, Scores], clusters: Sequence[object], *, slowest: float = SLOWEST_MILLISECONDS
) -> Choice:
    """Compare every method with none (``off``), and choose the one that gains most, if any helps.

    A method helps where the whole 95% interval of its paired gain in `METRIC` lies above zero, its p-value, corrected
    for the number of methods, is below 0.05, the gain is at least `LEAST_GAIN`, and recall@1 does not fall. With fewer
    than `LEAST_ANSWERS` different answers nothing is chosen.

    Args:
        scored: by method, with ``off`` among them; one number a question.
        clusters: what each question belongs to.
        slowest: milliseconds a question above which a method is not chosen.
    """
    plain = scored[OFF_METHOD]
    names = [name for name in scored if name != OFF_METHOD]
    compared = {
        name: {
            metric: compare(values, plain.metrics[metric], clusters, generator=np.random.default_rng(_SEED))
            for metric, values in scored[name].metrics.items()
        }
        for name in names
    }
    corrected = holm([compared[name][METRIC].p_value for name in names])
    n_answers = len(set(map(str, clusters)))
    effects: list[MethodEffect] = []
    for name, p_value in zip(names, corrected, strict=True):
        gain, first = compared[name][METRIC].difference, compared[name]["recall@1"].difference
        helps = gain.low > 0 and p_value < _LEVEL and gain.value >= LEAST_GAIN and first.value >= 0
        effects.append(
            MethodEffect(
                name,
                _means(scored[name], clusters),
                {metric: one.difference for metric, one in compared[name].items()},
                p_value,
                float(np.median(scored[name].milliseconds)) if len(clusters) else 0.0,
                helps and n_answers >= LEAST_ANSWERS,
            )
        )
    usable = [one for one in effects if one.helps and one.milliseconds <= slowest]
    chosen = max(usable, key=lambda one: one.differences[METRIC].value, default=None)
    return Choice(
        OFF_METHOD if chosen is None else chosen.method,
        _reason(chosen, effects, n_answers, slowest),
        _means(plain, clusters),
        tuple(effects),
        len(clusters),
        n_answers,
    )


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
        retrieved[method] = contest.names_of(standing, _DEPTH)
    return _Asked(question, retrieved, taken)


def _means(scores: Scores, clusters: Sequence[object]) -> dict[str, Interval]:
    return {metric: jackknife_mean(values, clusters) for metric, values in scores.metrics.items()}


def _reason(chosen: MethodEffect | None, effects: Sequence[MethodEffect], n_answers: int, slowest: float) -> str:
    if n_answers < LEAST_ANSWERS:
        return f"the questions ask for {n_answers} different answers, expected at least {LEAST_ANSWERS} to choose by"
    if chosen is not None:
        gain = chosen.differences[METRIC]
        return f"{chosen.method} gains {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] {METRIC}"
    slow = [one.method for one in effects if one.helps]
    if slow:
        return f"only {', '.join(slow)} helps, and takes more than {slowest:g} ms a question"
    return f"no method gains at least {LEAST_GAIN} {METRIC} beyond chance without losing recall@1"
