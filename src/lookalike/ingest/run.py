"""One indexing run: everything a source shows goes into the store, what is there already is left alone.

Acknowledged means committed: a batch of pictures with their products, vectors and rejections is one transaction,
and the watcher hears of it afterwards. A run that dies is continued by running it again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.columns import ColumnType
from lookalike.catalog.release import Release
from lookalike.catalog.run import Run
from lookalike.catalog.sync import (
    Applied,
    ImageEntry,
    PictureEntry,
    RejectionEntry,
    SyncBatch,
    UnknownContents,
    VariantEntry,
)
from lookalike.catalog.text_vectors import SentenceVectors
from lookalike.embed.embedder import Embedder
from lookalike.errors import SourceError
from lookalike.ingest.ahead import FETCHING, FetchingAhead
from lookalike.ingest.colours import fill_colours
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.preparing import Lookup, Preparer, read_task
from lookalike.ingest.progress import Progress, Watcher
from lookalike.ingest.report import Conflicts, IndexReport
from lookalike.ingest.sentences import SentenceWriter
from lookalike.ingest.task import Embedded, Outcome, Refused, Same, StillRefused, Task
from lookalike.sources.exports import export_of
from lookalike.sources.fetch.signing import names_of, without_signature
from lookalike.sources.record import PictureReader, Record, Source
from lookalike.types import ProductId, Rejection, VariantId, Vector

__all__ = ["IngestRun"]

logger = logging.getLogger(__name__)

_RECORDS_LOOKED_UP = 64
_RECORDS_COUNTED = 100_000
_IMAGES_TOGETHER = 64
"""Pictures of one row that are dealt with together; a row of more is taken in parts, so that memory stays bounded."""

_CHUNKS_AHEAD = 8
"""Chunks a worker may be ahead of the transaction that is being written."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Records, or parts of long ones, and the tasks of all of them.

    Attributes:
        records: in the source's order.
        there: for each, whether the store has its variant.
        tasks: one a picture.
    """

    records: list[Record | Rejection] = field(default_factory=list[Record | Rejection])
    there: list[bool] = field(default_factory=list[bool])
    tasks: list[Task] = field(default_factory=list[Task])


@dataclass(slots=True)
class _Waiting:
    """What will become one transaction."""

    done: list[tuple[_Chunk, list[Outcome]]] = field(default_factory=list[tuple[_Chunk, list[Outcome]]])
    n_images: int = 0
    started: float = field(default_factory=time.perf_counter)


@dataclass(slots=True)
class _Batch:
    """The same as the catalogue takes it."""

    variants: list[VariantEntry] = field(default_factory=list[VariantEntry])
    pictures: dict[str, PictureEntry] = field(default_factory=dict[str, PictureEntry])
    vectors: dict[str, Vector] = field(default_factory=dict[str, Vector])
    rejections: list[RejectionEntry] = field(default_factory=list[RejectionEntry])


class IngestRun:
    """Brings one source into one release of a catalogue.

    Args:
        catalog: where to; the caller holds its writing lock.
        release: whose vectors are made.
        embedder: makes them; must be the release's model.
        options: sizes and limits.
        sentences: embeds what products say; None for nobody.
    """

    def __init__(
        self,
        catalog: Catalog,
        release: Release,
        embedder: Embedder,
        options: IngestOptions,
        sentences: SentenceWriter | None = None,
    ) -> None:
        self._sentences = sentences
        self._catalog = catalog
        self._release = release
        self._embedder = embedder
        self._options = options
        self._added = self._updated = self._unchanged = 0
        counts = catalog.counts()
        self._starts_empty = not counts.products and not counts.rejected
        self._rejected: list[Rejection] = []
        self._conflicts = Conflicts()
        self._done = 0
        self._total: int | None = None
        self._met = False
        self._breaks_off = False
        self._last: tuple[ProductId, VariantId | None] | None = None
        self._positions: dict[str, int] = {}

    def run(self, source: Source, *, prune: bool = False, watcher: Watcher | None = None) -> IndexReport:
        """Bring everything that `source` shows into the store.

        Args:
            source: what to bring.
            prune: whether products and pictures that `source` does not show are removed; none are where it breaks off.
            watcher: told after every acknowledged batch.

        Raises:
            StoreFull: no space left; what was acknowledged is there, running again continues.
            SourceError: the source cannot be read on; or a prune of it would empty the store, as it names nothing.
        """
        started = time.perf_counter()
        catalog_run = self._catalog.begin_run(source.name, prune=prune)
        refused_before = self._catalog.kept.refused
        waiting = _Waiting()
        columns = source.column_types()
        export = export_of(source)  # now: the file may be gone when all is done
        reader = source.reader()

        def commit() -> None:
            nonlocal waiting
            applied = self._applied(waiting, columns, catalog_run, reader)
            self._added += applied.images_added
            self._updated += applied.images_updated
            self._unchanged += applied.images_unchanged
            self._done += waiting.n_images
            self._conflicts.add(applied.conflicts)
            waiting = _Waiting()
            if watcher is not None:
                seconds = time.perf_counter() - started
                watcher(Progress(self._done, self._total, len(self._rejected), seconds))

        for chunk, outcomes in self._outcomes(source, reader):
            waiting.done.append((chunk, outcomes))
            waiting.n_images += len(chunk.tasks)
            due = time.perf_counter() - waiting.started >= self._options.commit_seconds
            if waiting.n_images >= self._options.commit_images or due:
                commit()
        commit()
        if prune and not self._met and self._catalog.counts().products:
            raise SourceError(
                f"{source.name} names no product, and nothing was removed: an export that failed, or a folder that is "
                "not mounted, looks like that. To empty the store, delete its folder"
            )
        if self._sentences is not None:
            self._sentences.fill()
        fill_colours(self._catalog, self._options)
        removed = self._catalog.finish_run(catalog_run, prune=prune and not self._breaks_off)
        counts = self._catalog.counts()
        return IndexReport(
            store=str(self._catalog.folder),
            release=self._release.release_id,
            model=self._release.model,
            products=counts.products,
            images=counts.images,
            added=self._added,
            updated=self._updated,
            unchanged=self._unchanged,
            removed=removed.images,
            rejected=tuple(self._rejected),
            not_kept=self._catalog.kept.refused - refused_before,
            conflicting=self._conflicts.by_column(),
            seconds=time.perf_counter() - started,
            export=export,
        )

    def _applied(
        self, waiting: _Waiting, columns: Mapping[str, ColumnType], run: Run, reader: PictureReader
    ) -> Applied:
        """Write what waits in one transaction.

        A picture that the store had when it was looked up may be gone by now: its content moved to another place of
        which this run did not know yet, or somebody deleted the product. It is prepared again, as a new one.
        """
        while True:
            batch = _Batch()
            for chunk, outcomes in waiting.done:
                self._collect(chunk, outcomes, batch)
            try:
                applied = self._catalog.apply(self._synced(batch, columns), self._release.release_id, run)
            except UnknownContents as error:
                logger.info("pictures left the store while they were looked at: %d", len(error.sha256s))
                self._prepare_again(waiting, error.sha256s, reader)
                continue
            self._rejected += [replace(entry.rejection, hides=()) for entry in batch.rejections]
            return applied

    def _synced(self, batch: _Batch, columns: Mapping[str, ColumnType]) -> SyncBatch:
        sha256s = tuple(batch.vectors)
        return SyncBatch(
            variants=tuple(batch.variants),
            pictures=tuple(batch.pictures.values()),
            vector_sha256s=sha256s,
            vectors=np.stack([batch.vectors[sha256] for sha256 in sha256s]) if sha256s else None,
            runtime=self._embedder.description.runtime,
            precision=self._embedder.description.precision,
            rejections=tuple(batch.rejections),
            columns=columns,
            sentences=self._said(batch.variants),
        )

    def _prepare_again(self, waiting: _Waiting, gone: frozenset[str], reader: PictureReader) -> None:
        preparer = self._preparer(lambda _: {})
        for chunk, outcomes in waiting.done:
            places = [i for i, one in enumerate(outcomes) if isinstance(one, Same) and one.sha256 in gone]
            tasks = [replace(chunk.tasks[i], known=None, refused=None) for i in places]
            for i, outcome in zip(places, preparer.run(tasks, lambda task: read_task(task, reader)), strict=True):
                outcomes[i] = outcome

    def _preparer(self, lookup: Lookup) -> Preparer:
        return Preparer(self._embedder, self._catalog.kept, self._options, lookup=lookup)

    def _said(self, variants: Sequence[VariantEntry]) -> SentenceVectors | None:
        if self._sentences is None or not variants:
            return None
        return self._sentences.vectors_of(entry.attributes for entry in variants)

    def _outcomes(self, source: Source, reader: PictureReader) -> Iterator[tuple[_Chunk, list[Outcome]]]:
        """Chunks in the source's order with one outcome a task, computed in parallel a few chunks ahead."""
        release_id = self._release.release_id
        preparer = self._preparer(
            lambda sha256s: self._catalog.picture_keys(sha256s, release_id) if not self._starts_empty else {}
        )
        workers = ThreadPoolExecutor(self._options.workers, thread_name_prefix="prepare")
        fetchers = ThreadPoolExecutor(self._options.n_fetchers, thread_name_prefix=FETCHING)
        pending: deque[tuple[_Chunk, Future[list[Outcome]]]] = deque()
        stop = threading.Event()
        try:
            ahead = FetchingAhead(reader, fetchers, stop)
            for chunk in self._chunks(source.records()):
                pending.append((chunk, workers.submit(preparer.run, chunk.tasks, ahead.begin(chunk.tasks))))
                if len(pending) > _CHUNKS_AHEAD * self._options.workers:
                    done, future = pending.popleft()
                    yield done, future.result()
            while pending:
                done, future = pending.popleft()
                yield done, future.result()
        finally:
            stop.set()
            workers.shutdown(cancel_futures=True)
            fetchers.shutdown(wait=False, cancel_futures=True)  # a silent host is nothing to wait for

    def _chunks(self, records: Iterable[Record | Rejection]) -> Iterator[_Chunk]:
        remaining = iter(records)
        first = list(islice(remaining, _RECORDS_COUNTED))
        if len(first) < _RECORDS_COUNTED:
            self._total = sum(len(record.images) for record in first if isinstance(record, Record))
        self._met = bool(first)
        everything = chain(first, remaining)
        chunk = _Chunk()
        while group := list(islice(everything, _RECORDS_LOOKED_UP)):
            for record, there, tasks in self._with_tasks(group):
                chunk.records.append(record)
                chunk.there.append(there)
                chunk.tasks.extend(tasks)
                if len(chunk.tasks) >= self._options.chunk_images or len(chunk.records) >= _RECORDS_LOOKED_UP:
                    yield chunk
                    chunk = _Chunk()
        if chunk.records:
            yield chunk

    def _with_tasks(self, group: Sequence[Record | Rejection]) -> Iterator[tuple[Record | Rejection, bool, list[Task]]]:
        """Each record, whether the store has its variant, and the tasks it means; a long record in several parts."""
        # A store that was empty when the run began knows nothing that this run did not bring, and what a run brings
        # twice is one thing to the catalogue anyway.
        named = [_named(record) for record in group]
        records = [] if self._starts_empty else [record for record, _ in named if isinstance(record, Record)]
        known = self._catalog.known(
            list(dict.fromkeys(record.product_id for record in records)), self._release.release_id
        )
        refused = self._catalog.known_rejections(
            [(record.product_id, record.variant_id, location) for record in records for location in record.images]
        )
        for record, addresses in named:
            if isinstance(record, Rejection):
                self._breaks_off |= record.breaks_off
                yield record, False, []
                continue
            name = (record.product_id, record.variant_id)
            variant = known.get(name)
            images = variant.images if variant is not None else {}
            positions = self._positions_of(name, record.images)
            tasks = [
                Task(
                    record.product_id,
                    record.variant_id,
                    location,
                    positions[location],
                    line=record.line,
                    address=addresses.get(location),
                    known=images.get(location),
                    refused=refused.get((*name, location)),
                )
                for location in record.images
            ]
            for start in range(0, len(tasks), _IMAGES_TOGETHER):
                end = start + _IMAGES_TOGETHER
                yield replace(record, images=record.images[start:end]), variant is not None, tasks[start:end]

    def _positions_of(self, name: tuple[ProductId, VariantId | None], images: Sequence[str]) -> Mapping[str, int]:
        """The place of each picture among those of its variant, some of which may stand in the rows just above."""
        if name != self._last:
            self._last, self._positions = name, {}
        for location in images:
            self._positions.setdefault(location, len(self._positions))
        return self._positions

    def _collect(self, chunk: _Chunk, outcomes: Sequence[Outcome], batch: _Batch) -> None:
        remaining = iter(zip(chunk.tasks, outcomes, strict=True))
        for record, there in zip(chunk.records, chunk.there, strict=True):
            if isinstance(record, Rejection):
                batch.rejections.append(RejectionEntry(record))
                continue
            entries: list[ImageEntry] = []
            for task, outcome in islice(remaining, len(record.images)):
                entry = self._collect_one(task, outcome, batch)
                if entry is not None:
                    entries.append(entry)
            if entries or there:
                # A new variant without one usable picture cannot be found by looking; its rejections say so.
                batch.variants.append(
                    VariantEntry(record.product_id, record.variant_id, record.attributes, tuple(entries))
                )

    def _collect_one(self, task: Task, outcome: Outcome, batch: _Batch) -> ImageEntry | None:
        match outcome:
            case Same(sha256, validator):
                return ImageEntry(task.location, sha256, task.position, validator)
            case Embedded(entry, validator, vector):
                batch.pictures[entry.sha256] = entry
                batch.vectors[entry.sha256] = vector
                return ImageEntry(task.location, entry.sha256, task.position, validator)
            case Refused(rejection, validator, sha256) | StillRefused(rejection, validator, sha256):
                # What was at that location before keeps serving until the source stops naming it.
                batch.rejections.append(RejectionEntry(rejection, validator, sha256))
                return None


def _named(record: Record | Rejection) -> tuple[Record | Rejection, Mapping[str, str]]:
    """The record with names of its pictures that stay the same when their addresses are signed anew.

    Returns:
        the record, and by name the addresses that are not the name itself.
    """
    if isinstance(record, Rejection):
        name = without_signature(record.image)
        return (record if name == record.image else replace(record, image=name)), {}
    names = names_of(record.images)
    addresses = {name: address for name, address in names.items() if name != address}
    return (replace(record, images=tuple(names)) if addresses else record), addresses
