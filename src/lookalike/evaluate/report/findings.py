"""What the answers of an evaluation say beyond its metrics: how deep, how sure, how fast, what for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lookalike.evaluate.evaluation import Asked
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.metrics import recall_at

__all__ = [
    "Quantiles",
    "Threshold",
    "confused",
    "first_right",
    "latency",
    "rank_groups",
    "recall_curve",
    "similarities",
    "thresholds",
]

_STAGES = ("decode", "embed", "filter", "search", "details", "total")
_GROUPS = ((1, 1), (2, 5), (6, 10))


@dataclass(frozen=True, slots=True)
class Quantiles:
    """The spread of one stage's wall times, in milliseconds."""

    p5: float
    p25: float
    p50: float
    p75: float
    p95: float
    p99: float
    most: float

    def as_dict(self) -> dict[str, float]:
        """Every field, to a microsecond."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Threshold:
    """What happens where only first answers of at least `similarity` are believed.

    Attributes:
        similarity: the limit.
        answered: share of the queries whose first answer reaches it.
        wrong: share of these whose first answer is wrong.
    """

    similarity: float
    answered: float
    wrong: float


def first_right(asked: Asked) -> int | None:
    """One-based rank of the first right answer, None where none was retrieved."""
    answers = asked.question.answers
    return next((rank for rank, name in enumerate(asked.retrieved, start=1) if name in answers), None)


def recall_curve(asked: Sequence[Asked], *, depth: int) -> tuple[Interval, ...]:
    """recall@1 to recall@`depth` with 95% intervals that leave out one product at a time; never falls with k."""
    clusters = [one.question.cluster for one in asked]
    return tuple(
        jackknife_mean(
            np.asarray([recall_at(one.retrieved, one.question.answers, k) for one in asked], dtype=np.float64),
            clusters,
        )
        for k in range(1, depth + 1)
    )


def rank_groups(asked: Sequence[Asked]) -> tuple[int, int, int, int]:
    """How many queries have their first right answer at rank 1, at 2 to 5, at 6 to 10, and not among the first ten."""
    ranks = [first_right(one) for one in asked]
    counts = [sum(rank is not None and low <= rank <= high for rank in ranks) for low, high in _GROUPS]
    return counts[0], counts[1], counts[2], len(ranks) - sum(counts)


def similarities(asked: Sequence[Asked]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Similarities of the first answers, of those that are right and of those that are wrong; ascending."""
    right = sorted(one.similarities[0] for one in asked if one.similarities and first_right(one) == 1)
    wrong = sorted(one.similarities[0] for one in asked if one.similarities and first_right(one) != 1)
    return tuple(right), tuple(wrong)


def thresholds(asked: Sequence[Asked], *, most: int = 60) -> tuple[Threshold, ...]:
    """What each limit on the similarity of the first answer would do, from the strictest to none.

    Queries of equal similarity come in together, so the result does not depend on their order. Of more than `most`
    limits, that many are kept, evenly, the last (which lets all through) among them.
    """
    right, wrong = similarities(asked)
    if not right and not wrong:
        return ()
    values = np.concatenate([np.asarray(right), np.asarray(wrong)])
    is_wrong = np.concatenate([np.zeros(len(right)), np.ones(len(wrong))])
    order = np.argsort(-values, kind="stable")
    values, is_wrong = values[order], is_wrong[order]
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # of each run of equal similarities
    n_wrong = np.cumsum(is_wrong)[last]
    kept = np.unique(np.round(np.linspace(0, len(last) - 1, min(most, len(last)))).astype(int))
    return tuple(
        Threshold(float(values[last[at]]), float((last[at] + 1) / len(asked)), float(n_wrong[at] / (last[at] + 1)))
        for at in kept
    )


def latency(asked: Sequence[Asked]) -> dict[str, Quantiles]:
    """Quantiles of the wall time of each stage that ran, in the order in which they run."""
    found: dict[str, Quantiles] = {}
    for stage in _STAGES:
        times = [one.timings_ms[stage] for one in asked if stage in one.timings_ms]
        if times:
            found[stage] = Quantiles(*(float(value) for value in np.percentile(times, [5, 25, 50, 75, 95, 99, 100])))
    return found


def confused(asked: Sequence[Asked]) -> list[tuple[str, str, int, int]]:
    """Right answer, what came first instead, how often, of how many queries; most often first, then by id."""
    # Not by cluster: that of a variant is its product.
    names = ["|".join(sorted(one.question.answers)) for one in asked]
    of: Mapping[str, int] = Counter(names)
    pairs = Counter(
        (name, one.retrieved[0])
        for name, one in zip(names, asked, strict=True)
        if one.retrieved and first_right(one) != 1
    )
    return [
        (right, taken, times, of[right])
        for (right, taken), times in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    ]
