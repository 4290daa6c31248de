"""Everything needed to repeat a measurement: what was asked of what, by which versions, on which machine."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["Record", "Subject", "hash_of_files", "record_now"]

_LIBRARIES = ("numpy", "onnxruntime", "faiss-cpu", "pillow")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Subject:
    """What was measured.

    Attributes:
        store: folder of the store.
        release: id of the release that answered.
        model: name of its model.
        model_version: of the exported file.
        fingerprint: SHA-256 over weights, preprocessing and dimension.
        runtime: what computed the queries' vectors.
        precision: in which arithmetic.
        products: in the store.
        images: in the store.
        vectors: of the release.
    """

    store: str
    release: str
    model: str
    model_version: str
    fingerprint: str
    runtime: str
    precision: str
    products: int
    images: int
    vectors: int


@dataclass(frozen=True, slots=True)
class Record:
    """When, where, with what, and how to do it again.

    Attributes:
        command: the command line, empty where it was called from Python.
        created_at: UTC, ISO 8601.
        queries: path of the query file, or the name of the golden set.
        queries_sha256: over the query file, where there is one, and every picture that it names and that could be
            read, in its order.
        seed: of the signs that a comparison flips for its p-values; an evaluation draws nothing.
        seconds: wall time of asking.
        versions: of Lookalike, Python and the libraries that compute.
        machine: system, processor and cores.
    """

    command: str
    created_at: str
    queries: str
    queries_sha256: str
    seed: int
    seconds: float
    versions: Mapping[str, str]
    machine: str

    def as_dict(self) -> dict[str, object]:
        """Every field, JSON-ready."""
        return asdict(self)


def record_now(*, command: str, queries: str, files: Iterable[Path], seed: int, seconds: float) -> Record:
    """The record of a measurement that just ended on this machine.

    Args:
        command: the command line.
        queries: the query file, or the name of the golden set.
        files: the query file and the pictures that it names, in its order; those of a golden set.
        seed: of the signs that a comparison flips for its p-values; an evaluation draws nothing.
        seconds: that it took.
    """
    versions = {"lookalike": importlib.metadata.version("lookalike"), "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return Record(
        command=command,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        queries=queries,
        queries_sha256=hash_of_files(files),
        seed=seed,
        seconds=seconds,
        versions=versions,
        machine=_machine(),
    )


def hash_of_files(paths: Iterable[Path]) -> str:
    """SHA-256 over the SHA-256 of each file's bytes in this order; one that cannot be read counts as none."""
    total = hashlib.sha256()
    for path in paths:
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
        except (OSError, ValueError):
            total.update(b"absent")
        else:
            total.update(digest.digest())
    return total.hexdigest()


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count() or 1} cores"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "processor unknown"
