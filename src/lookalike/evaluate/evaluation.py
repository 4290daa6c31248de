"""Ask every query of a file and say how often the right product came first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from lookalike.errors import ImageRejected, NotFound
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.metrics import average_precision_at, ndcg_at, recall_at, reciprocal_rank_at
from lookalike.evaluate.questions import Question, Questions, read_questions
from lookalike.ingest.progress import Progress, Watcher
from lookalike.search.answer import Answer
from lookalike.types import FoldBy, Pixels, Reason, Rejection

__all__ = ["Asked", "Evaluation", "Searches", "evaluate"]

_DEPTH = 10


@runtime_checkable
class Searches(Protocol):
    """What an evaluation needs of an engine."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        like: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One query and what came back.

    Attributes:
        question: what was asked.
        retrieved: ids by falling similarity.
        similarities: of these, cosines.
        exact: whether no nearer one can have been missed.
        timings_ms: wall time of each stage of the search, as in `Answer.timings_ms`.
    """

    question: Question
    retrieved: tuple[str, ...]
    similarities: tuple[float, ...]
    exact: bool
    timings_ms: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The contract's answer of ``evaluate``.

    Attributes:
        queries: queries that were asked; a rejected one is not among them.
        metrics: by name, for example ``recall@1``, with 95% intervals that resample products.
        slices: metrics of subsets of the queries by name; empty in this version.
        exact: whether every search was exact.
        rejected: rows and pictures that could not be asked.
        asked: every query with its answers, in the file's order.
        seconds: wall time.
    """

    queries: int
    metrics: Mapping[str, Interval]
    slices: Mapping[str, Mapping[str, Interval]]
    exact: bool
    rejected: tuple[Rejection, ...]
    asked: tuple[Asked, ...]
    seconds: float


def evaluate(
    engine: Searches,
    queries: Path | Questions,
    *,
    by: Literal["product", "variant"] = "product",
    watcher: Watcher | None = None,
) -> Evaluation:
    """Ask `engine` every query.

    Args:
        engine: answers searches.
        queries: CSV file, see `read_questions`, or questions that were read already.
        by: whether the right answers are products or variants.
        watcher: told after each query.

    Raises:
        SourceError: the file cannot be read as queries.
    """
    started = time.perf_counter()
    questions = queries if isinstance(queries, Questions) else read_questions(queries, answer_column=f"{by}_id")
    asked: list[Asked] = []
    rejected = list(questions.rejected)
    for done, question in enumerate(questions.items, start=1):
        try:
            answer = engine.search(question.image, like=question.like, k=_DEPTH, by=by)
        except ImageRejected as error:
            rejected.append(Rejection(str(question.image), error.reason, error.detail, line=question.line))
        except NotFound as error:
            rejected.append(Rejection(str(question.like), Reason.NOT_FOUND, str(error), line=question.line))
        else:
            names = [(hit.product_id if by == "product" else hit.variant_id) or "" for hit in answer.hits]
            similarities = tuple(hit.similarity for hit in answer.hits)
            asked.append(Asked(question, tuple(names), similarities, answer.exact, answer.timings_ms))
        if watcher is not None:
            watcher(Progress(done, len(questions.items), len(rejected), time.perf_counter() - started))
    return Evaluation(
        queries=len(asked),
        metrics=_metrics(asked),
        slices={},
        exact=all(one.exact for one in asked),
        rejected=tuple(rejected),
        asked=tuple(asked),
        seconds=time.perf_counter() - started,
    )


def _metrics(asked: list[Asked]) -> dict[str, Interval]:
    clusters = [one.question.cluster for one in asked]
    columns = {
        **{f"recall@{k}": [recall_at(one.retrieved, one.question.answers, k) for one in asked] for k in (1, 5, 10)},
        "map@10": [average_precision_at(one.retrieved, one.question.answers, 10) for one in asked],
        "ndcg@10": [ndcg_at(one.retrieved, one.question.answers, 10) for one in asked],
        "mrr@10": [reciprocal_rank_at(one.retrieved, one.question.answers, 10) for one in asked],
    }
    return {name: jackknife_mean(np.asarray(values, dtype=np.float64), clusters) for name, values in columns.items()}
