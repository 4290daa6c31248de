"""Colours of pictures, packed as they came: read for what a search compares, written where they were not looked at."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select, update

from lookalike.catalog import tables

__all__ = ["lacking", "write"]

_pictures = tables.pictures.c


def lacking(connection: Connection, after_key: int, limit: int) -> tuple[tuple[int, str], ...]:
    """Keys and contents of kept pictures above `after_key` whose colours nobody looked at, by rising key."""
    rows = connection.execute(
        select(_pictures.picture_key, _pictures.sha256)
        .where(_pictures.colouring.is_(None), _pictures.kept, _pictures.picture_key > after_key)
        .order_by(_pictures.picture_key)
        .limit(limit)
    )
    return tuple((int(key), str(sha256)) for key, sha256 in rows)


def write(connection: Connection, colourings: Mapping[int, bytes]) -> None:
    """Store colours by picture key."""
    if colourings:
        connection.execute(
            update(tables.pictures)
            .where(_pictures.picture_key == bindparam("of"))
            .values(colouring=bindparam("packed")),
            [{"of": key, "packed": packed} for key, packed in colourings.items()],
        )
