"""Releases: one embedder and the vectors it made of the whole catalogue; exactly one is live."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from lookalike.catalog import sqlite, tables
from lookalike.catalog.schema import now
from lookalike.errors import FingerprintMismatch, NotFound, StoreError
from lookalike.types import ReleaseId

__all__ = ["Release", "begin", "drop", "find", "listed", "live_and_previous", "set_live"]

ReleaseState = Literal["building", "ready"]


@dataclass(frozen=True, slots=True)
class Release:
    """One embedder and what it made.

    Attributes:
        release_id: its name, ``r1``, ``r2``, … in the order of their beginning.
        release_key: the same, as the store counts; never reused.
        fingerprint: of the embedder (weights, preprocessing, dimension).
        model: name of the embedder.
        dimension: length of each vector.
        description: whatever the embedder says about itself, JSON-ready.
        state: ``building`` until it was live for the first time, then ``ready``.
        created_at: UTC, ISO 8601.
    """

    release_id: ReleaseId
    release_key: int
    fingerprint: str
    model: str
    dimension: int
    description: Mapping[str, object]
    state: ReleaseState
    created_at: str


def _release(row: Sequence[Any]) -> Release:
    key, release_id, fingerprint, model, dimension, description, state, created_at = row
    return Release(release_id, key, fingerprint, model, dimension, json.loads(description), state, created_at)


def listed(connection: Connection) -> tuple[Release, ...]:
    """Every release, oldest first."""
    rows = connection.execute(select(tables.releases).order_by(tables.releases.c.release_key))
    return tuple(_release(row) for row in rows)


def find(connection: Connection, release_id: str) -> Release:
    """The release of that name.

    Raises:
        NotFound: there is none.
    """
    rows = connection.execute(select(tables.releases).where(tables.releases.c.release_id == release_id))
    row = rows.one_or_none()
    if row is None:
        known = ", ".join(release.release_id for release in listed(connection)) or "none"
        what = f"release {release_id!r}"
        raise NotFound(f"there is no {what} in this store; it has: {known}", what=what)
    return _release(row)


def live_and_previous(connection: Connection) -> tuple[Release | None, Release | None]:
    """The release that searches use, and the one they used before it."""
    pointers = connection.execute(select(tables.state.c.live_release, tables.state.c.previous_release)).one()
    by_key = {release.release_key: release for release in listed(connection)}
    return by_key.get(pointers.live_release), by_key.get(pointers.previous_release)


def begin(
    connection: Connection, *, fingerprint: str, model: str, dimension: int, description: Mapping[str, object]
) -> Release:
    """The release of that embedder: the one begun earlier, so that an interrupted run goes on, or a new one.

    Raises:
        FingerprintMismatch: the same fingerprint was recorded with another dimension.
    """
    rows = connection.execute(select(tables.releases).where(tables.releases.c.fingerprint == fingerprint))
    row = rows.one_or_none()
    if row is not None:
        release = _release(row)
        if release.dimension != dimension:
            raise FingerprintMismatch(
                f"model {model!r} makes vectors of {dimension}, its fingerprint {fingerprint[:12]}… is recorded in "
                f"release {release.release_id} with {release.dimension}: the model's description is wrong"
            )
        return release
    key = connection.execute(select(tables.state.c.next_release)).scalar_one()
    connection.execute(update(tables.state).values(next_release=key + 1))
    connection.execute(
        insert(tables.releases).values(
            release_key=key,
            release_id=f"r{key}",
            fingerprint=fingerprint,
            model=model,
            dimension=dimension,
            description=json.dumps(dict(description), sort_keys=True, ensure_ascii=False),
            state="building",
            created_at=now(),
        )
    )
    return find(connection, f"r{key}")


def set_live(connection: Connection, release_id: str) -> Release:
    """Point searches at that release and remember the one they used; the sequence grows. Twice is once.

    Raises:
        NotFound: there is no such release.
    """
    release = find(connection, release_id)
    current = connection.execute(select(tables.state.c.live_release)).scalar_one()
    if current == release.release_key:
        return release
    connection.execute(
        update(tables.state).values(
            live_release=release.release_key,
            previous_release=current,
            sequence=tables.state.c.sequence + 1,
        )
    )
    connection.execute(
        update(tables.releases).where(tables.releases.c.release_key == release.release_key).values(state="ready")
    )
    return find(connection, release_id)


def drop(connection: Connection, release_id: str) -> int:
    """Remove a release and its vectors; returns how many vectors went.

    Raises:
        NotFound: there is no such release.
        StoreError: it is the live one.
    """
    release = find(connection, release_id)
    live, previous = live_and_previous(connection)
    if live is not None and live.release_key == release.release_key:
        raise StoreError(f"release {release_id} is live and cannot be dropped: make another one live first")
    if previous is not None and previous.release_key == release.release_key:
        connection.execute(update(tables.state).values(previous_release=None))
    own = tables.vectors.c.release_key == release.release_key
    n_vectors = connection.execute(select(func.count()).select_from(tables.vectors).where(own)).scalar_one()
    connection.execute(delete(tables.vectors).where(own))
    sqlite.overwrite_deleted(connection)  # photographs that it turned away are among what follows
    for kept in (tables.calibrations, tables.rankings, tables.unmet):
        connection.execute(delete(kept).where(kept.c.release_key == release.release_key))
    connection.execute(delete(tables.releases).where(tables.releases.c.release_key == release.release_key))
    return int(n_vectors)
