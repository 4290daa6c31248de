"""Which schema a store has, and how it gets the current one. Alembic is imported only when there is work for it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, text

from lookalike.catalog import sqlite, tables
from lookalike.errors import StoreDamaged, StoreTooNew

__all__ = ["HEAD", "create", "is_current", "now", "upgrade"]

HEAD = "0015"
"""The schema revision that this version of Lookalike reads and writes."""
_CREATE_VERSION = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
_OLDER: tuple[str, ...] = tuple(f"{number:04}" for number in range(1, 15))
"""Revisions that `upgrade` can start from."""


def now() -> str:
    """This moment in UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_current(connection: Connection, file: Path) -> bool:
    """Whether the store has this version's schema; False: `upgrade` can bring it there.

    Raises:
        StoreDamaged: no schema revision is recorded in it.
        StoreTooNew: a later version of Lookalike wrote it.
    """
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is None:
        raise StoreDamaged(f"{file} records no schema revision: restore it or index again elsewhere")
    if found != HEAD and found not in _OLDER:
        raise StoreTooNew(
            f"{file} has schema revision {found}, this version of Lookalike knows up to {HEAD}: "
            f"upgrade Lookalike (pip install --upgrade lookalike)"
        )
    return bool(found == HEAD)


def upgrade(connection: Connection) -> None:
    """Run every missing revision inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "lookalike.catalog:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def create(connection: Connection) -> None:
    """Make an empty store inside the connection's transaction.

    The tables are made as the code speaks of them, which a test holds equal to what the migrations make: importing
    Alembic takes longer than all the rest of opening a new store.
    """
    tables.metadata.create_all(connection, checkfirst=False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(sqlite.CREATE_FULL_TEXT)
        connection.exec_driver_sql(sqlite.CREATE_FREQUENCIES)
    connection.exec_driver_sql(_CREATE_VERSION)
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})
    connection.execute(
        insert(tables.state).values(
            id=1,
            store_id=uuid.uuid4().hex,
            created_at=now(),
            sequence=0,
            oldest_tombstone=0,
            next_product=1,
            next_variant=1,
            next_image=1,
            next_picture=1,
            next_release=1,
        )
    )
    connection.execute(insert(tables.behaviour).values(id=1, version=0, withdrawals=0))
