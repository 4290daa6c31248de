"""What a report says of the engine that was asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.inventory import Inventory
from lookalike.catalog.product import Counts
from lookalike.catalog.release import Release
from lookalike.embed.description import ModelDescription
from lookalike.embed.embedder import Embedder
from lookalike.engine.pinned import PinnedRelease
from lookalike.engine.release_info import ReleaseInfo
from lookalike.evaluate.evaluation import Evaluation, Searches, evaluate
from lookalike.evaluate.questions import Questions
from lookalike.evaluate.report.calibrated import Calibrated
from lookalike.evaluate.report.camera import Overlaying, Shelf
from lookalike.evaluate.report.collecting import collect
from lookalike.evaluate.report.comparison_report import ComparisonReport
from lookalike.evaluate.report.contrasting import contrast
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.record import Subject, record_now
from lookalike.explain.overlay import overlay_pictures
from lookalike.explain.split import FeatureMaps
from lookalike.images.limits import ImageLimits
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.progress import Watcher
from lookalike.search.rule import Rule
from lookalike.types import FoldBy

__all__ = ["calibrated_of", "comparison_of", "report_of", "subject_of"]

_SEED = 20_260_101
_QUALITY = 80


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
    embedder: Embedder,
    searches: Searches,
) -> EvaluationReport:
    """What the report of `evaluation` shows; hashes the queries and fetches pictures of the failures."""
    pictures = [one.question.image for one in evaluation.asked if one.question.image is not None]
    record = record_now(
        command=command,
        queries=str(queries),
        files=[queries, *pictures],
        seed=_SEED,
        seconds=evaluation.seconds,
    )
    return collect(
        shelf,
        evaluation,
        by=by,
        subject=subject,
        record=record,
        limits=limits,
        overlay=_overlay(embedder, limits),
        searches=searches,
    )


def calibrated_of(catalog: Catalog, release: Release) -> Calibrated | None:
    """The calibration of `release` as a report shows it; None where it has none that is usable."""
    document = catalog.calibration(release.release_id)
    rule = None if document is None else Rule.from_dict(document)
    if rule is None or rule.fingerprint != release.fingerprint:
        return None
    return Calibrated.of(rule.error, rule.calibrated_on, rule.measured)


def _overlay(embedder: Embedder, limits: ImageLimits) -> Overlaying | None:
    """Lays exact match maps over two pictures; None for a model that has none, whose estimates would take minutes."""
    if embedder.description.projection is None or not isinstance(embedder, FeatureMaps):
        return None

    def overlay(query: bytes, image: bytes, side_pixels: int) -> tuple[bytes, bytes]:
        both = overlay_pictures(embedder, query, image, side_pixels=side_pixels, limits=limits)
        return encode_jpeg(both.query, _QUALITY), encode_jpeg(both.image, _QUALITY)

    return overlay


def comparison_of(
    shelf: Shelf,
    releases: Sequence[tuple[Subject, PinnedRelease]],
    queries: Path,
    questions: Questions,
    by: Literal["product", "variant"],
    command: str,
    limits: ImageLimits,
    watcher: Watcher | None,
    inventory: Inventory,
) -> ComparisonReport:
    """Ask both releases every query, and say what changed from the first to the second."""
    # Which queries the catalogue has or cannot answer is one thing for both.
    first, second = (
        (subject, evaluate(pinned, questions, by=by, inventory=known, watcher=watcher))
        for (subject, pinned), known in zip(releases, (inventory, None), strict=True)
    )
    record = record_now(
        command=command,
        queries=str(queries),
        files=[queries, *(one.question.image for one in first[1].asked if one.question.image is not None)],
        seed=_SEED,
        seconds=first[1].seconds + second[1].seconds,
    )
    return contrast(shelf, first, second, by=by, record=record, limits=limits)
