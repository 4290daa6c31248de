"""What a report says of the engine that was asked."""

from __future__ import annotations

from pathlib import Path

from lookalike.catalog.product import Counts
from lookalike.embed.description import ModelDescription
from lookalike.engine.release_info import ReleaseInfo
from lookalike.evaluate.evaluation import Evaluation
from lookalike.evaluate.report.collecting import Shelf, collect
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.record import Subject, record_now
from lookalike.images.limits import ImageLimits
from lookalike.types import FoldBy

__all__ = ["report_of", "subject_of"]

_SEED = 20_260_101


def subject_of(folder: Path, release: ReleaseInfo, model: ModelDescription, counts: Counts) -> Subject:
    """What was measured: `release` of the store at `folder`, with the queries embedded by `model`."""
    return Subject(
        store=str(folder),
        release=release.release_id,
        model=model.name,
        model_version=model.version,
        fingerprint=release.fingerprint,
        runtime=model.runtime,
        precision=model.precision,
        products=counts.products,
        images=counts.images,
        vectors=release.vectors,
    )


def report_of(
    shelf: Shelf,
    evaluation: Evaluation,
    queries: Path,
    by: FoldBy,
    command: str,
    subject: Subject,
    limits: ImageLimits,
) -> EvaluationReport:
    """What the report of `evaluation` shows; hashes the queries and fetches pictures of the failures."""
    record = record_now(
        command=command,
        queries=queries,
        pictures=[one.question.image for one in evaluation.asked if one.question.image is not None],
        seed=_SEED,
        seconds=evaluation.seconds,
    )
    return collect(shelf, evaluation, by=by, subject=subject, record=record, limits=limits)
