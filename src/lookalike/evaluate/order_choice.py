"""Does another order help? Methods compared with none on the same questions, and the one to use, if any.

What is compared is paired by question, and a method is chosen only where it is better beyond chance, for all the
methods that were tried.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from lookalike.evaluate.comparison import compare, holm
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.judgements import Judgements
from lookalike.search.rank.setting import OFF_METHOD

__all__ = [
    "DEPTH",
    "LEAST_ANSWERS",
    "METRIC",
    "SLOWEST_MILLISECONDS",
    "Choice",
    "MethodEffect",
    "Scores",
    "choose",
    "scores_of",
]

METRIC = "map@10"
"""What a method is chosen by; with one right answer a question it is the reciprocal rank."""
LEAST_ANSWERS = 10
"""Different right answers below which nothing is switched on."""
LEAST_GAIN = 0.005
"""Gain in `METRIC` below which no method is worth its time."""
SLOWEST_MILLISECONDS = 25.0
"""Cost of a question above which no method is switched on of itself."""

DEPTH = 10
"""First hits that are judged."""
_LEVEL = 0.05
_SEED = 20_261_126


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How one order did, question by question.

    Attributes:
        metrics: by name, one number a question in [0, 1].
        milliseconds: what ordering took, by question.
        most: what each metric can be at most; 1 for those that are not named.
    """

    metrics: Mapping[str, Float64[np.ndarray, " n"]]
    milliseconds: Float64[np.ndarray, " n"]
    most: Mapping[str, float] = field(default_factory=dict[str, float])

    def means(self, clusters: Sequence[object]) -> dict[str, Interval]:
        """Each metric's mean with its 95% interval, which leaves out one cluster at a time."""
        return {
            name: jackknife_mean(values, clusters, most=self.most.get(name, 1.0))
            for name, values in self.metrics.items()
        }


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


def scores_of(
    retrieved: Sequence[Sequence[str]],
    grades: Sequence[Collection[str]],
    milliseconds: Float64[np.ndarray, " n"] | None = None,
) -> Scores:
    """Each metric of each question."""
    judged = Judgements.of(retrieved, grades, depth=DEPTH)
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
        {"precision@10": judged.most_precision_at(DEPTH)},
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
                scored[name].means(clusters),
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
        plain.means(clusters),
        tuple(effects),
        len(clusters),
        n_answers,
    )


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
