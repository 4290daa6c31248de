"""The visit itself: of a store or of files, in which order what is looked at, and what is left unsaid.

A picture that is a placeholder is not judged for anything else, and a copy is judged once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from lookalike.catalog.catalog import Catalog
from lookalike.evaluate.health.belonging import judge_belonging
from lookalike.evaluate.health.copies import CopyGroup, find_copies
from lookalike.evaluate.health.finding import Finding, worst_first
from lookalike.evaluate.health.measurements import Traits, measure_kept
from lookalike.evaluate.health.neighbours import find_neighbours
from lookalike.evaluate.health.placeholders import find_placeholders
from lookalike.evaluate.health.quality import Pictured, judge_quality
from lookalike.evaluate.health.repeats import judge_repeats
from lookalike.evaluate.health.report import HealthReport
from lookalike.evaluate.health.shelf import Shelf, read_shelf
from lookalike.evaluate.health.views import judge_views, measure_views
from lookalike.evaluate.health.watermarks import LEAST_PICTURES, judge_watermarks
from lookalike.ingest.checkup import check_files, check_store
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.progress import Progress, Watcher

__all__ = ["diagnose_files", "diagnose_store"]


def diagnose_store(catalog: Catalog, options: IngestOptions, *, watcher: Watcher | None = None) -> HealthReport:
    """Look at everything that a store holds.

    What needs pixels is measured on the kept copies, in parallel, and remembered in the store's folder. Memory grows
    by some 2 KB a picture, beside the vectors.

    Args:
        catalog: of the store.
        options: threads.
        watcher: told now and then how many pictures were measured.
    """
    started = time.perf_counter()
    checkup = check_store(catalog)
    shelf = read_shelf(catalog)
    findings: list[Finding] = []
    unchecked: list[str] = []
    traits = _measured(catalog, shelf, options, watcher, started)
    n_blind = int((~traits.measured).sum())
    if n_blind:
        unchecked.append(
            f"{n_blind} of {shelf.n_pictures} pictures have no kept copy: their sharpness, light and watermarks, and "
            "whether they are crops of others, were not looked at"
        )
    neighbours, vectors = None, None
    live = catalog.live_release()
    if live is not None and shelf.n_products > 1:
        vectors = catalog.load_vectors(live.release_id)
        neighbours = find_neighbours(shelf, vectors)
    if neighbours is None or len(neighbours.rows) == 0:
        unchecked.append("there are no vectors of several products: categories, titles and views were not looked at")
    groups = find_copies(shelf, neighbours, catalog.kept, n_workers=options.workers)
    found, placeholders = find_placeholders(shelf, groups, traits, neighbours)
    findings += found
    findings += judge_repeats(shelf, [group for group in groups if placeholders.isdisjoint(group.pictures)])
    hidden_keys = {shelf.images[int(image)].image_key for image in shelf.images_showing(sorted(placeholders))}
    findings += [one for one in judge_quality(_pictured(shelf), traits) if one.about.image_key not in hidden_keys]
    copies = _first_of_copies(groups)
    marked, n_passed_over = judge_watermarks(
        shelf,
        catalog.kept,
        left_out=placeholders | {picture for picture, first in copies.items() if picture != first},
        n_workers=options.workers,
    )
    findings += marked
    if n_passed_over:
        unchecked.append(
            f"watermarks were not looked for on {n_passed_over} of {shelf.n_pictures} pictures: fewer than "
            f"{LEAST_PICTURES} products have pictures of such proportions"
        )
    views = None
    if neighbours is not None and vectors is not None and len(neighbours.rows):
        hidden = {int(shelf.product_of[image]) for image in shelf.images_showing(sorted(placeholders))}
        findings += judge_belonging(shelf, neighbours, left_out=hidden)
        views = measure_views(shelf, vectors, neighbours, copies)
        if views is None:
            unchecked.append("fewer than 20 products have two views of one variant: what a view is worth is not known")
        findings += judge_views(shelf, neighbours, copies, views)
    return HealthReport(
        files=checkup.files,
        ok=checkup.ok,
        rejected=checkup.rejected,
        duplicates=checkup.duplicates,
        findings=worst_first(tuple(findings)),
        views=views,
        unchecked=tuple(unchecked),
        products=shelf.n_products,
        sequence=shelf.sequence,
        seconds=time.perf_counter() - started,
    )


def diagnose_files(path: Path, options: IngestOptions, *, watcher: Watcher | None = None) -> HealthReport:
    """Look at every regular file below `path`, without knowing which products they belong to.

    Args:
        path: folder or file.
        options: limits and threads.
        watcher: told now and then.

    Raises:
        SourceError: there is nothing at `path`.
    """
    checkup = check_files(path, options, watcher=watcher)
    return HealthReport(
        files=checkup.files,
        ok=checkup.ok,
        rejected=checkup.rejected,
        duplicates=checkup.duplicates,
        unchecked=("without a store nothing is known of products, categories and titles",),
        seconds=checkup.seconds,
    )


def _measured(
    catalog: Catalog, shelf: Shelf, options: IngestOptions, watcher: Watcher | None, started: float
) -> Traits:
    def done(measured: int, of: int) -> None:
        if watcher is not None:
            watcher(Progress(measured, of, 0, time.perf_counter() - started))

    return measure_kept(
        [shelf.picture(row).sha256 for row in range(shelf.n_pictures)],
        catalog.kept,
        catalog.folder / "health" / "traits",
        n_workers=options.workers,
        done=done,
    )


def _pictured(shelf: Shelf) -> list[Pictured]:
    firsts = [(int(row), shelf.images[int(row)]) for row in shelf.first_image]
    return [Pictured(shelf.reference(row), image.width, image.height) for row, image in firsts]


def _first_of_copies(groups: Sequence[CopyGroup]) -> dict[int, int]:
    return {picture: group.pictures[0] for group in groups for picture in group.pictures}
