"""The index as one file, so that opening a store reads no table: rows, graph, and how far it had come.

A snapshot is a cache. It is written beside itself and renamed, so that there is always a whole one or none; every byte
is under a checksum; and one that is damaged, of another release, of another model or of another format is left
unread with a line in the log, for the caller to fill the index from the truth.

Layout: magic, length and SHA-256 of the header, the header (JSON), then each section at a multiple of 4096 bytes.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import struct
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import StoreDamaged, StoreError, StoreFull
from lookalike.index.coverage import Coverage
from lookalike.index.graph import GraphIndex, GraphPolicy
from lookalike.index.hnsw import Hnsw
from lookalike.index.rows import GrowingRows

__all__ = ["Origin", "load_snapshot", "open_index", "save_snapshot"]

logger = logging.getLogger(__name__)

_MAGIC = b"LOOKALIKE-INDEX\n"
_FORMAT = 1
_LENGTHS = struct.Struct("<Q32s")
_PAGE = 4096
_LONGEST_HEADER = 1 << 20

_DTYPES: Mapping[str, type[np.int64 | np.float32 | np.uint8]] = {
    "keys": np.int64,
    "dead": np.int64,
    "vectors": np.float32,
    "graph": np.uint8,
    "nodes": np.int64,
}
_Array: TypeAlias = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Origin:
    """What the vectors of an index are: those of one release, made by one model.

    Attributes:
        release: id of the release.
        fingerprint: of the embedder that made every vector.
    """

    release: str
    fingerprint: str


class _Section(TypedDict):
    offset: int
    n_items: int
    sha256: str


class _Header(TypedDict):
    format: int
    release: str
    fingerprint: str
    sequence: int
    dimension: int
    n_covered: int
    sections: dict[str, _Section]


def open_index(
    dimension: int, origin: Origin, snapshot: Path | None = None, *, policy: GraphPolicy | None = None
) -> tuple[GraphIndex, int]:
    """The index as its snapshot left it, or an empty one, with the sequence number to catch up from (0 for empty)."""
    loaded = None if snapshot is None else load_snapshot(snapshot, dimension, origin, policy=policy)
    return (GraphIndex(dimension, policy), 0) if loaded is None else loaded


def save_snapshot(index: GraphIndex, path: Path, origin: Origin, *, sequence: int) -> None:
    """Replace the snapshot at `path` by this one, whole or not at all.

    Args:
        index: what to save, while it is searched and changed.
        path: of the file; its folder exists, and nobody else saves to it meanwhile.
        origin: what the vectors are.
        sequence: up to which the index has seen every change; it may have seen later ones.

    Raises:
        StoreFull: no space left; the snapshot before is untouched.
        StoreError: it cannot be written for another reason; likewise.
    """
    rows, coverage = index.seen()
    arrays: dict[str, _Array] = {"keys": rows.keys, "dead": rows.dead, "vectors": rows.vectors}
    if coverage is not None and coverage.epoch == rows.epoch:
        arrays["graph"] = coverage.graph.to_bytes()
        if coverage.row_of_node is not None:
            arrays["nodes"] = coverage.row_of_node
    header = _Header(
        format=_FORMAT,
        release=origin.release,
        fingerprint=origin.fingerprint,
        sequence=sequence,
        dimension=index.dimension,
        n_covered=coverage.n_rows if coverage is not None and "graph" in arrays else 0,
        sections=_sections(arrays),
    )
    temporary = path.with_name(f".{path.name}-{os.getpid()}.partial")
    try:
        for left in path.parent.glob(f".{path.name}-*.partial"):  # by a run that was killed
            left.unlink(missing_ok=True)
        with temporary.open("wb") as file:
            _write(file, header, arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as exc:
        temporary.unlink(missing_ok=True)
        if exc.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFull(
                f"no space left to save the index at {path}: make room; until then opening the store takes longer"
            ) from exc
        raise StoreError(f"the index cannot be saved at {path} ({exc.strerror}): check the folder") from exc
    logger.info("index saved path=%s rows=%d sequence=%d", path, len(rows.keys), sequence)


def load_snapshot(
    path: Path, dimension: int, origin: Origin, *, policy: GraphPolicy | None = None
) -> tuple[GraphIndex, int] | None:
    """The index that was saved and its sequence number; None, and a line in the log, where there is none to use."""
    try:
        with path.open("rb") as file:
            header = _read_header(file)
        _check_header(header, dimension, origin)
        arrays = _read_sections(path, header)
        coverage = _coverage(arrays, header)
        rows = GrowingRows.of(
            arrays["keys"].view(np.int64),
            arrays["vectors"].view(np.float32).reshape(-1, dimension),
            arrays["dead"].view(np.int64),
        )
    except FileNotFoundError:
        return None
    except (OSError, StoreDamaged, ValueError, KeyError, TypeError) as exc:
        logger.warning("index snapshot not used path=%s reason=%s", path, exc)
        return None
    logger.info("index opened path=%s rows=%d sequence=%d", path, len(rows.seen.keys), header["sequence"])
    return GraphIndex(dimension, policy, rows=rows, coverage=coverage), header["sequence"]


def _sections(arrays: Mapping[str, _Array]) -> dict[str, _Section]:
    sections: dict[str, _Section] = {}
    with ThreadPoolExecutor(4) as pool:
        digests = dict(zip(arrays, pool.map(_digest, arrays.values()), strict=True))
    offset = 0
    for name, array in arrays.items():
        sections[name] = _Section(offset=offset, n_items=array.size, sha256=digests[name])
        offset += -(-array.nbytes // _PAGE) * _PAGE
    return sections


def _digest(array: _Array) -> str:
    return hashlib.sha256(array.reshape(-1).view(np.uint8).data).hexdigest()


def _write(file: IO[bytes], header: _Header, arrays: Mapping[str, _Array]) -> None:
    text = json.dumps(header).encode()
    file.write(_MAGIC + _LENGTHS.pack(len(text), hashlib.sha256(text).digest()) + text)
    start = _start_of_sections(len(text))
    for name, array in arrays.items():
        file.seek(start + header["sections"][name]["offset"])
        file.write(array.reshape(-1).view(np.uint8).data)


def _start_of_sections(n_header_bytes: int) -> int:
    return -(-(len(_MAGIC) + _LENGTHS.size + n_header_bytes) // _PAGE) * _PAGE


def _read_header(file: IO[bytes]) -> _Header:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise StoreDamaged("not an index snapshot")
    lengths = file.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        raise StoreDamaged("cut off in its header")
    n_bytes, digest = _LENGTHS.unpack(lengths)
    text = file.read(min(n_bytes, _LONGEST_HEADER))
    if hashlib.sha256(text).digest() != digest:
        raise StoreDamaged("its header does not match its checksum")
    return json.loads(text)


def _check_header(header: _Header, dimension: int, origin: Origin) -> None:
    expected = {
        "format": _FORMAT,
        "release": origin.release,
        "fingerprint": origin.fingerprint,
        "dimension": dimension,
    }
    for name, value in expected.items():
        if header.get(name) != value:
            raise StoreDamaged(f"its {name} is {header.get(name)!r}, expected {value!r}")


def _read_sections(path: Path, header: _Header) -> dict[str, _Array]:
    start = _start_of_sections(len(json.dumps(header).encode()))

    def read(name: str) -> _Array:
        section = header["sections"][name]
        array = np.fromfile(path, dtype=_DTYPES[name], count=section["n_items"], offset=start + section["offset"])
        if array.size != section["n_items"] or _digest(array) != section["sha256"]:
            raise StoreDamaged(f"its {name} do not match their checksum")
        return array

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(header["sections"], pool.map(read, header["sections"]), strict=True))


def _coverage(arrays: Mapping[str, _Array], header: _Header) -> Coverage | None:
    if "graph" not in arrays:
        return None
    graph = Hnsw.from_bytes(arrays["graph"].view(np.uint8), dimension=header["dimension"])
    nodes = arrays["nodes"].view(np.int64) if "nodes" in arrays else None
    return Coverage(graph, nodes, header["n_covered"], epoch=0)


def _sync_folder(folder: Path) -> None:
    """Make the rename last; a platform that cannot open folders keeps it anyway."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
