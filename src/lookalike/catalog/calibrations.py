"""Calibrations of verdicts: one document a release, replaced as a whole. What is in it is the search room's affair."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select, update

from lookalike.catalog import tables
from lookalike.catalog.release import Release
from lookalike.catalog.schema import now
from lookalike.errors import StoreDamaged

__all__ = ["find", "put", "remove"]


def find(connection: Connection, release: Release) -> Mapping[str, object] | None:
    """The release's calibration, None where it has none.

    Raises:
        StoreDamaged: what is stored is not a JSON object.
    """
    own = tables.calibrations.c
    text = connection.execute(select(own.document).where(own.release_key == release.release_key)).scalar()
    if text is None:
        return None
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise StoreDamaged(f"the calibration of release {release.release_id} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise StoreDamaged(
            f"the calibration of release {release.release_id} is not an object: run `lookalike calibrate`"
        )
    return {str(name): value for name, value in document.items()}


def put(connection: Connection, release: Release, document: Mapping[str, object]) -> None:
    """Keep this as the release's calibration instead of an earlier one; the sequence grows, so that readers notice."""
    remove(connection, release)
    connection.execute(
        insert(tables.calibrations).values(
            release_key=release.release_key,
            created_at=now(),
            document=json.dumps(dict(document), ensure_ascii=False, allow_nan=False),
        )
    )


def remove(connection: Connection, release: Release) -> bool:
    """Forget the release's calibration; whether there was one. The sequence grows."""
    done = connection.execute(
        delete(tables.calibrations).where(tables.calibrations.c.release_key == release.release_key)
    )
    connection.execute(update(tables.state).values(sequence=tables.state.c.sequence + 1))
    return done.rowcount > 0
