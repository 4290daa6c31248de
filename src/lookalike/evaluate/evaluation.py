"""Ask every query of a file and say how often the right product came first."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64

from lookalike.catalog.inventory import Inventory
from lookalike.errors import AudioRejected, ImageRejected, InvalidQuery, NotFound, SourceError
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.judgements import Judgements
from lookalike.evaluate.query_leakage import QueryLeakage, leakage_of
from lookalike.evaluate.questions import Question, Questions, questions_in
from lookalike.evaluate.slices import (
    DEFAULT_SLICES,
    ProductShelf,
    Slice,
    WorstGap,
    slices_of,
    traits_of,
    worst_gaps,
)
from lookalike.evaluate.variant_names import names_of
from lookalike.ingest.progress import Progress, Watcher
from lookalike.search.answer import Answer
from lookalike.types import FoldBy, Hit, Pixels, Reason, Rejection

__all__ = ["Asked", "Evaluation", "Searches", "evaluate", "metrics_of", "most_of", "name_of", "unanswerable_of"]

_DEPTH = 10


@runtime_checkable
class Searches(Protocol):
    """What an evaluation needs of an engine."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
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
        image_keys: of these, the images that stand for them.
    """

    question: Question
    retrieved: tuple[str, ...]
    similarities: tuple[float, ...]
    exact: bool
    timings_ms: Mapping[str, float] = field(default_factory=dict[str, float])
    image_keys: tuple[int, ...] = ()

    @property
    def photograph(self) -> Path | None:
        """What was asked, where that is a picture alone."""
        return self.question.image if self.question.is_photograph_alone else None

    @property
    def nearest(self) -> Sequence[tuple[int, float]]:
        """The images that stand for what was retrieved, with their similarities."""
        return tuple(zip(self.image_keys, self.similarities, strict=False))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The contract's answer of ``evaluate``.

    Attributes:
        queries: queries that were asked; a rejected one is not among them.
        metrics: by name, for example ``recall@1``, with 95% intervals that leave out one product at a time.
        slices: by column and value, the metrics of the queries whose right product (or picture) has it; empty where
            right answers are not products.
        exact: whether every search was exact.
        rejected: rows and pictures that could not be asked.
        asked: every query with its answers, in the file's order.
        seconds: wall time.
        worst_gap: by column of `slices`, how far recall@1 of its worst value lies below the rest.
        leakage: queries that are pictures of the catalogue; none where it was not given, nor where answers are images.
        unanswerable: of the questions asked, those of which no right answer is in the catalogue, so that nothing could
            be found; they count as missed. None where `leakage` has none either.
    """

    queries: int
    metrics: Mapping[str, Interval]
    slices: Mapping[str, Mapping[str, Slice]]
    exact: bool
    rejected: tuple[Rejection, ...]
    asked: tuple[Asked, ...]
    seconds: float
    worst_gap: Mapping[str, WorstGap] = field(default_factory=dict[str, WorstGap])
    leakage: QueryLeakage = field(default_factory=QueryLeakage)
    unanswerable: tuple[Question, ...] = ()


def evaluate(
    engine: Searches,
    queries: Path | Questions,
    *,
    by: FoldBy = "product",
    watcher: Watcher | None = None,
    shelf: ProductShelf | None = None,
    slice_by: Sequence[str] = DEFAULT_SLICES,
    inventory: Inventory | None = None,
) -> Evaluation:
    """Ask `engine` every query.

    Args:
        engine: answers searches.
        queries: CSV file, see `read_questions`, or questions that were read already.
        by: whether the right answers are products, variants or images (by their location).
        watcher: told after each query.
        shelf: knows the right products, for slices; None for none.
        slice_by: see `traits_of`.
        inventory: of the catalogue, to look for the queries' pictures and answers in; None not to.

    Raises:
        SourceError: the file cannot be read as queries, or none of them could be asked.
    """
    started = time.perf_counter()
    questions = queries if isinstance(queries, Questions) else questions_in(queries, by)
    asked: list[Asked] = []
    rejected = list(questions.rejected)
    for done, question in enumerate(questions.items, start=1):
        try:
            answer = engine.search(
                question.image, text=question.text, audio=question.audio, like=question.like, k=_DEPTH, by=by
            )
        except AudioRejected as error:
            rejected.append(Rejection(str(question.audio), error.reason, error.detail, line=question.line))
        except ImageRejected as error:
            rejected.append(Rejection(str(question.image), error.reason, error.detail, line=question.line))
        except NotFound as error:
            rejected.append(Rejection(str(question.like), Reason.NOT_FOUND, str(error), line=question.line))
        except InvalidQuery as error:
            rejected.append(Rejection(question.named, Reason.BAD_ROW, str(error), line=question.line))
        else:
            names = [name_of(hit, by) for hit in answer.hits]
            similarities = tuple(hit.similarity for hit in answer.hits)
            keys = tuple(int(hit.image_key) for hit in answer.hits)
            asked.append(Asked(question, tuple(names), similarities, answer.exact, answer.timings_ms, keys))
        if watcher is not None:
            watcher(Progress(done, len(questions.items), len(rejected), time.perf_counter() - started))
    if not asked:
        first = f"; the first: {rejected[0].image}: {rejected[0].detail}" if rejected else ""
        raise SourceError(
            f"no question could be asked: {len(rejected)} rejected, expected at least one that is not{first}"
        )
    values = metrics_of(asked)
    clusters = [one.question.cluster for one in asked]
    traits = {} if shelf is None or by != "product" else traits_of([one.question for one in asked], shelf, slice_by)
    most = most_of(asked)
    slices = slices_of(values, clusters, traits, most)
    known = None if inventory is None or by == "image" else inventory
    return Evaluation(
        queries=len(asked),
        metrics={name: jackknife_mean(numbers, clusters, most=most[name]) for name, numbers in values.items()},
        slices=slices,
        exact=all(one.exact for one in asked),
        rejected=tuple(rejected),
        asked=tuple(asked),
        seconds=time.perf_counter() - started,
        worst_gap=worst_gaps(values, clusters, traits, slices),
        leakage=QueryLeakage() if known is None else leakage_of(asked, known),
        unanswerable=unanswerable_of([one.question for one in asked], inventory, by),
    )


def unanswerable_of(questions: Sequence[Question], inventory: Inventory | None, by: FoldBy) -> tuple[Question, ...]:
    """Those of which no right answer is in the catalogue; none where it is not given, nor where answers are images."""
    if inventory is None or by == "image":
        return ()
    there = frozenset(names_of(inventory, by))
    return tuple(one for one in questions if there.isdisjoint(one.answers))


def name_of(hit: Hit, by: FoldBy) -> str:
    """What answers of an evaluation call the hit: its product, its variant, or its location."""
    match by:
        case "product":
            return hit.product_id
        case "variant":
            return hit.variant_id or ""
        case "image":
            return hit.image


def metrics_of(asked: Sequence[Asked]) -> dict[str, Float64[np.ndarray, " n"]]:
    """Each metric of each query, by name; nDCG by grades where there are some."""
    judged = _judged(asked)
    return {
        **{f"recall@{k}": judged.recall_at(k) for k in (1, 5, 10)},
        "map@10": judged.average_precision_at(10),
        "ndcg@10": judged.ndcg_at(10),
        "mrr@10": judged.reciprocal_rank_at(10),
        "coverage@10": judged.coverage_at(10),
        "precision@5": judged.precision_at(5),
    }


def most_of(asked: Sequence[Asked]) -> dict[str, float]:
    """What each metric of `metrics_of` can be at most: with one right answer a query, one of five hits is right."""
    return {**dict.fromkeys(metrics_of(asked), 1.0), "precision@5": _judged(asked).most_precision_at(5)}


def _judged(asked: Sequence[Asked]) -> Judgements:
    return Judgements.of(
        [one.retrieved for one in asked],
        [one.question.grades or one.question.answers for one in asked],
        depth=_DEPTH,
    )
