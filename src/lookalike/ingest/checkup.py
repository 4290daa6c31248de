"""The doctor: which files can be used as pictures, which cannot and why, and which show the same."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lookalike.catalog.catalog import Catalog
from lookalike.errors import ImageRejected, SourceError
from lookalike.images.decode import decode
from lookalike.images.duplicates import near_duplicates
from lookalike.images.fingerprint import content_sha256, perceptual_hash
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.progress import Progress, Watcher
from lookalike.sources.local import LocalReader
from lookalike.sources.record import PictureBytes
from lookalike.types import Rejection

__all__ = ["Checkup", "DuplicateGroup", "check_files", "check_store", "group_duplicates"]

_NEAR = 4
_TELLING_BITS = 16
"""A photograph has 31 bits set; flat swatches and stripes of whatever colour have a handful, and are all alike."""
_SIDE = 256


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Pictures with the same bytes (``exact``) or that look the same (``near``)."""

    kind: Literal["exact", "near"]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checkup:
    """The contract's answer of ``doctor``; ok + rejected = files."""

    files: int
    ok: int
    rejected: tuple[Rejection, ...]
    duplicates: tuple[DuplicateGroup, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Healthy:
    name: str
    sha256: str
    perceptual_hash: int


def check_files(path: Path, options: IngestOptions, *, watcher: Watcher | None = None) -> Checkup:
    """Try every regular file below `path` (or the file itself) as a picture.

    Args:
        path: folder or file.
        options: limits.
        watcher: told now and then.

    Raises:
        SourceError: there is nothing at `path`.
    """
    if not path.exists():
        raise SourceError(f"there is nothing at {path}: expected a folder or a picture")
    started = time.perf_counter()
    files = sorted(_regular_files(path))
    healthy: list[_Healthy] = []
    rejected: list[Rejection] = []
    with ThreadPoolExecutor(options.workers, thread_name_prefix="check") as workers:
        results = workers.map(lambda file: _check(file, path, options), files)
        for done, result in enumerate(results, start=1):
            if isinstance(result, Rejection):
                rejected.append(result)
            else:
                healthy.append(result)
            if watcher is not None and (done % 16 == 0 or done == len(files)):
                watcher(Progress(done, len(files), len(rejected), time.perf_counter() - started))
    return Checkup(
        files=len(files),
        ok=len(healthy),
        rejected=tuple(rejected),
        duplicates=group_duplicates([(one.name, one.sha256, one.perceptual_hash) for one in healthy]),
        seconds=time.perf_counter() - started,
    )


def check_store(catalog: Catalog) -> Checkup:
    """What the store has seen: every image is usable, every standing rejection is not.

    Args:
        catalog: whose.
    """
    started = time.perf_counter()
    images = catalog.fingerprints()
    rejected = catalog.rejections()
    return Checkup(
        files=len(images) + len(rejected),
        ok=len(images),
        rejected=rejected,
        duplicates=group_duplicates(
            [(f"{image.product_id}: {image.location}", image.sha256, image.perceptual_hash) for image in images]
        ),
        seconds=time.perf_counter() - started,
    )


def group_duplicates(pictures: Sequence[tuple[str, str, int | None]]) -> tuple[DuplicateGroup, ...]:
    """Groups of two and more among ``(name, sha256, perceptual hash)``.

    Near groups leave exact copies out, and pictures with too few shapes for their hash to tell them apart.
    """
    by_content: dict[str, list[str]] = defaultdict(list)
    hash_of: dict[str, int] = {}
    for name, sha256, fingerprint in pictures:
        by_content[sha256].append(name)
        if fingerprint is not None and fingerprint.bit_count() >= _TELLING_BITS:
            hash_of[by_content[sha256][0]] = fingerprint
    exact = [DuplicateGroup("exact", tuple(names)) for names in by_content.values() if len(names) > 1]
    names = list(hash_of)
    near = [
        DuplicateGroup("near", tuple(names[member] for member in group))
        for group in near_duplicates([hash_of[name] for name in names], max_distance=_NEAR)
    ]
    return (*exact, *near)


def _regular_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in names:
            file = Path(folder) / name
            if file.is_file() and not file.is_symlink():
                yield file


def _check(file: Path, root: Path, options: IngestOptions) -> _Healthy | Rejection:
    name = file.name if file == root else file.relative_to(root).as_posix()
    try:
        found = LocalReader(root, max_bytes=options.limits.max_bytes).read(str(file.absolute()), None)
        assert isinstance(found, PictureBytes)
        picture = decode(found.data, limits=options.limits, shorter_side_pixels=_SIDE)
    except ImageRejected as error:
        return Rejection(name, error.reason, error.detail)
    return _Healthy(name, content_sha256(found.data), perceptual_hash(picture.pixels))
