"""Photographs that were told "not in this catalogue": their vectors, and where switched on a small picture.

Kept for the demand report and for nothing else: no address, no session, no name, the time to the hour. What is older
than the retention is deleted whenever anything is written or read here, and of more than the cap the oldest go first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from lookalike.catalog import sqlite, tables
from lookalike.catalog.release import Release
from lookalike.errors import DimensionMismatch, StoreDamaged
from lookalike.types import Vector

__all__ = ["Retention", "Unmet", "erase", "expire", "listed", "record"]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long unmet photographs are remembered, and how many at most.

    Raises:
        ValueError: a number below 1.
    """

    days: int = 30
    most: int = 10_000

    def __post_init__(self) -> None:
        if self.days < 1 or self.most < 1:
            raise ValueError(f"retention needs at least 1 day and 1 photograph, received {self.days} and {self.most}")


@dataclass(frozen=True, slots=True, eq=False)
class Unmet:
    """One photograph that was told "not in this catalogue".

    Attributes:
        key: its number; rises with time.
        seen_at: UTC, ISO 8601, cut to the hour.
        vector: float32, unit length, of the release's model.
        picture: a small JPEG without metadata, None where photographs are not kept.
    """

    key: int
    seen_at: str
    vector: Vector
    picture: bytes | None


def record(
    connection: Connection, release: Release, vector: Vector, picture: bytes | None, retention: Retention
) -> None:
    """Remember one photograph, and forget what is too old or too many.

    One that is asked about again within the hour, as with another filter or order, is the same one.

    Raises:
        DimensionMismatch: a vector of another length than the release's.
    """
    if len(vector) != release.dimension:
        raise DimensionMismatch(
            f"release {release.release_id} has vectors of {release.dimension}, received one of {len(vector)}"
        )
    # A page that is split must leave no copy of a row behind that an erasure would not find.
    sqlite.overwrite_deleted(connection)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0).isoformat(timespec="seconds")
    own, told = tables.unmet.c, vector.astype("<f4").tobytes()
    again = select(own.unmet_key).where(own.release_key == release.release_key, own.seen_at == hour, own.vector == told)
    if connection.execute(again.limit(1)).first() is None:
        connection.execute(
            insert(tables.unmet).values(release_key=release.release_key, seen_at=hour, vector=told, picture=picture)
        )
    expire(connection, retention)


def expire(connection: Connection, retention: Retention) -> int:
    """Delete what is older than the retention or beyond its cap; returns how many went."""
    sqlite.overwrite_deleted(connection)
    own = tables.unmet.c
    oldest = (datetime.now(UTC) - timedelta(days=retention.days)).isoformat(timespec="seconds")
    gone = connection.execute(delete(tables.unmet).where(own.seen_at < oldest)).rowcount
    held = int(connection.execute(select(func.count()).select_from(tables.unmet)).scalar_one())
    if held > retention.most:
        surplus = select(own.unmet_key).order_by(own.unmet_key).limit(held - retention.most)
        gone += connection.execute(delete(tables.unmet).where(own.unmet_key.in_(surplus))).rowcount
    return int(gone)


def listed(connection: Connection, release: Release) -> tuple[Unmet, ...]:
    """Every photograph that this release turned away, oldest first.

    Raises:
        StoreDamaged: a vector of another length than the release's.
    """
    own = tables.unmet.c
    rows = connection.execute(
        select(own.unmet_key, own.seen_at, own.vector, own.picture)
        .where(own.release_key == release.release_key)
        .order_by(own.unmet_key)
    )
    found: list[Unmet] = []
    for key, seen_at, data, picture in rows:
        vector = np.frombuffer(data, dtype="<f4")
        if len(vector) != release.dimension:
            raise StoreDamaged(f"unmet photograph {key} has a vector of {len(vector)}: run `lookalike demand --erase`")
        found.append(Unmet(int(key), str(seen_at), vector, picture))
    return tuple(found)


def erase(connection: Connection) -> int:
    """Delete all of them, of every release; returns how many there were."""
    sqlite.overwrite_deleted(connection)
    return int(connection.execute(delete(tables.unmet)).rowcount)
