"""Vectors of a release, in bulk: all of them, some of them, or what changed since a sequence number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64
from sqlalchemy import Connection, func, select

from lookalike.catalog import tables
from lookalike.catalog.database import Statement, in_chunks
from lookalike.catalog.release import Release
from lookalike.errors import StoreDamaged
from lookalike.types import Keys, Vectors

__all__ = ["Changes", "StoredVectors", "changes_since", "counted", "load", "load_some"]


@dataclass(frozen=True, slots=True, eq=False)
class StoredVectors:
    """Vectors of one release as of one sequence number.

    Attributes:
        keys: picture keys, int64, sorted, unique.
        vectors: float32, shape (n, dimension), row i of ``keys[i]``; read-only.
        sequence: the store's, when they were read.
    """

    keys: Keys
    vectors: Vectors
    sequence: int


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What a reader that stood at an earlier sequence number has to do, in this order.

    Attributes:
        removed: picture keys to let go; some may never have been held.
        keys: picture keys that have a new vector, sorted, unique.
        vectors: float32, shape (n, dimension), row i of ``keys[i]``; read-only.
        sequence: where the reader stands afterwards.
        complete: False where the reader is too far behind: load everything anew.
    """

    removed: Int64[np.ndarray, " n_removed"]
    keys: Keys
    vectors: Vectors
    sequence: int
    complete: bool


def _sequence(connection: Connection) -> tuple[int, int]:
    row = connection.execute(select(tables.state.c.sequence, tables.state.c.oldest_tombstone)).one()
    return int(row[0]), int(row[1])


def _arrays(rows: Iterable[tuple[int, bytes]], release: Release) -> tuple[Keys, Vectors]:
    pairs = list(rows)
    keys = np.fromiter((key for key, _ in pairs), dtype=np.int64, count=len(pairs))
    joined = b"".join([vector for _, vector in pairs])
    if len(joined) != 4 * release.dimension * len(pairs):
        raise StoreDamaged(
            f"release {release.release_id} holds vectors of another length than {release.dimension}: "
            f"drop it and index again"
        )
    vectors = np.frombuffer(joined, dtype="<f4").reshape(len(pairs), release.dimension)
    order = np.argsort(keys, kind="stable")
    if bool(np.all(order == np.arange(len(order)))):
        return keys, vectors
    return keys[order], vectors[order]


def _of(release: Release) -> Statement:
    own = tables.vectors.c
    return select(own.picture_key, own.vector).where(own.release_key == release.release_key)


def _rows(connection: Connection, statement: Statement) -> list[tuple[int, bytes]]:
    cursor = connection.execute(statement).cursor
    return [] if cursor is None else cursor.fetchall()  # pyright: ignore[reportReturnType]


def load(connection: Connection, release: Release) -> StoredVectors:
    """Every vector of the release."""
    sequence, _ = _sequence(connection)
    return StoredVectors(*_arrays(_rows(connection, _of(release)), release), sequence)


def load_some(connection: Connection, release: Release, picture_keys: Sequence[int]) -> StoredVectors:
    """The vectors of those of `picture_keys` that have one."""
    sequence, _ = _sequence(connection)
    rows: list[tuple[int, bytes]] = []
    for chunk in in_chunks(sorted(set(picture_keys))):
        rows += _rows(connection, _of(release).where(tables.vectors.c.picture_key.in_(chunk)))
    return StoredVectors(*_arrays(rows, release), sequence)


def counted(connection: Connection, release: Release) -> tuple[int, int]:
    """How many pictures have a vector of the release, and how many have none."""
    own = tables.vectors.c
    n_vectors = connection.execute(select(func.count()).where(own.release_key == release.release_key)).scalar_one()
    n_pictures = connection.execute(select(func.count()).select_from(tables.pictures)).scalar_one()
    return int(n_vectors), int(n_pictures) - int(n_vectors)


def changes_since(connection: Connection, release: Release, sequence: int) -> Changes:
    """What happened to the release after `sequence`."""
    now_at, oldest = _sequence(connection)
    nothing = np.zeros(0, dtype=np.int64)
    if sequence > now_at or sequence < oldest:
        empty = np.zeros((0, release.dimension), dtype=np.float32)
        return Changes(nothing, nothing, empty, now_at, complete=False)
    gone = connection.execute(
        select(tables.tombstones.c.key).where(
            tables.tombstones.c.sequence > sequence, tables.tombstones.c.kind == tables.PICTURE
        )
    ).scalars()
    removed = np.fromiter(gone, dtype=np.int64)
    keys, vectors = _arrays(_rows(connection, _of(release).where(tables.vectors.c.sequence > sequence)), release)
    return Changes(removed, keys, vectors, now_at, complete=True)
