"""How answers are ordered: one measured setting a release, one book of rules a shop. Documents, replaced as a whole.

What is in them is the search room's affair.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select, update

from lookalike.catalog import tables
from lookalike.catalog.release import Release
from lookalike.catalog.schema import now
from lookalike.errors import StoreDamaged

__all__ = ["put_rules", "put_setting", "rules", "setting"]

_ONLY = 1


def setting(connection: Connection, release: Release) -> Mapping[str, object] | None:
    """What was measured to help on that release; None where nothing was.

    Raises:
        StoreDamaged: what is stored is not a JSON object.
    """
    own = tables.rankings.c
    text = connection.execute(select(own.document).where(own.release_key == release.release_key)).scalar()
    return None if text is None else _read(text, f"the ranking of release {release.release_id}")


def put_setting(connection: Connection, release: Release, document: Mapping[str, object] | None) -> None:
    """Keep this instead of an earlier one, or (None) nothing; the sequence grows, so that readers notice."""
    own = tables.rankings
    connection.execute(delete(own).where(own.c.release_key == release.release_key))
    if document is not None:
        connection.execute(
            insert(own).values(release_key=release.release_key, created_at=now(), document=_written(document))
        )
    _noticed(connection)


def rules(connection: Connection) -> Mapping[str, object] | None:
    """The shop's rules; None where there are none.

    Raises:
        StoreDamaged: what is stored is not a JSON object.
    """
    text = connection.execute(select(tables.shop_rules.c.document)).scalar()
    return None if text is None else _read(text, "the book of rules")


def put_rules(connection: Connection, document: Mapping[str, object] | None) -> None:
    """Keep these instead of earlier ones, or (None) none; the sequence grows, so that readers notice."""
    connection.execute(delete(tables.shop_rules))
    if document is not None:
        connection.execute(insert(tables.shop_rules).values(id=_ONLY, updated_at=now(), document=_written(document)))
    _noticed(connection)


def _noticed(connection: Connection) -> None:
    connection.execute(update(tables.state).values(sequence=tables.state.c.sequence + 1))


def _written(document: Mapping[str, object]) -> str:
    return json.dumps(dict(document), ensure_ascii=False, allow_nan=False)


def _read(text: str, what: str) -> Mapping[str, object]:
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise StoreDamaged(f"{what} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise StoreDamaged(f"{what} is not an object: write it again")
    return {str(name): value for name, value in document.items()}
