"""A second release from the kept copies: the catalogue under another model, while the live release serves."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.sync import KnownPicture, SyncBatch, UnknownContents
from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import NO_DIRECTION, embed_sifted
from lookalike.errors import ImageRejected
from lookalike.images.decode import decode
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.progress import Progress, Watcher
from lookalike.types import Vector

__all__ = ["Reembedded", "embed_kept"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reembedded:
    """How many vectors were made, and of how many pictures there is none: no usable kept copy, or none of it."""

    embedded: int
    missing: int


def embed_kept(
    catalog: Catalog,
    release: Release,
    embedder: Embedder,
    options: IngestOptions,
    *,
    watcher: Watcher | None = None,
) -> Reembedded:
    """Give every picture that has none a vector in `release`, from its kept copy.

    Resumable: each batch is acknowledged by itself, and a second call goes on where the first ended.

    Args:
        catalog: whose pictures; the caller holds its writing lock.
        release: whose vectors are made.
        embedder: makes them.
        options: sizes and limits.
        watcher: told after every batch.
    """
    started = time.perf_counter()
    total = catalog.counts().pictures
    embedded = missing = 0
    with ThreadPoolExecutor(options.workers, thread_name_prefix="reembed") as workers:
        for group in _groups(catalog, release, options.commit_images):
            chunks = [group[at : at + options.chunk_images] for at in range(0, len(group), options.chunk_images)]
            found = [
                pair
                for pairs in workers.map(lambda chunk: _embed(chunk, catalog, embedder, options), chunks)
                for pair in pairs
            ]
            missing += len(group) - len(found)
            embedded += _written(found, catalog, release, embedder)
            if watcher is not None:
                watcher(Progress(embedded + missing, total, missing, time.perf_counter() - started))
    return Reembedded(embedded, missing)


def _written(found: Sequence[tuple[str, Vector]], catalog: Catalog, release: Release, embedder: Embedder) -> int:
    """Store the vectors of those of these pictures that the catalogue still has; returns how many."""
    while found:
        try:
            catalog.apply(
                SyncBatch(
                    vector_sha256s=tuple(sha256 for sha256, _ in found),
                    vectors=np.stack([vector for _, vector in found]),
                    runtime=embedder.description.runtime,
                    precision=embedder.description.precision,
                ),
                release.release_id,
            )
        except UnknownContents as error:  # deleted by somebody else between looking and writing
            logger.info("pictures left the store while they were embedded: %d", len(error.sha256s))
            found = [(sha256, vector) for sha256, vector in found if sha256 not in error.sha256s]
        else:
            break
    return len(found)


def _groups(catalog: Catalog, release: Release, size: int) -> Iterator[Sequence[KnownPicture]]:
    after = 0
    while group := catalog.pictures_without_vector(release.release_id, after_key=after, limit=size):
        yield group
        after = group[-1].picture_key


def _embed(
    pictures: Sequence[KnownPicture], catalog: Catalog, embedder: Embedder, options: IngestOptions
) -> list[tuple[str, Vector]]:
    preprocessing = embedder.description.preprocessing
    # A copy may be smaller than what the shop asks of originals.
    limits = replace(options.limits, min_side_pixels=1)
    names: list[str] = []
    squares: list[np.ndarray] = []
    for picture in pictures:
        data = catalog.kept.get(picture.sha256)
        if data is None:
            continue
        try:
            decoded = decode(data, limits=limits, shorter_side_pixels=preprocessing.decode_side_pixels)
        except ImageRejected:
            continue
        names.append(picture.sha256)
        squares.append(preprocessing.apply(decoded.pixels))
    if not squares:
        return []
    vectors, places = embed_sifted(embedder, np.stack(squares))
    for place in sorted(set(range(len(names))) - set(places.tolist())):
        logger.warning("picture %s: %s", names[place][:12], NO_DIRECTION.format(embedder.description.name))
    return [(names[place], vector) for place, vector in zip(places.tolist(), vectors, strict=True)]
