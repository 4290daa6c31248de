"""Alembic's entry: runs the revisions on the connection that `lookalike.catalog.schema` hands over."""

from __future__ import annotations

from alembic import context

from lookalike.catalog.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
