"""Titles in other languages are titles in the full text, too.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from lookalike.catalog import sqlite
from lookalike.catalog.attributes import COLUMNS, is_title_column, searchable

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_AT_ONCE = 2_000


def upgrade() -> None:
    """Read the text of those variants again that have a title in another language."""
    connection = op.get_bind()
    after = 0
    while True:
        rows = connection.execute(
            sa.text(
                f"SELECT v.variant_key, p.product_id, v.variant_id, {', '.join(f'v.{name}' for name in COLUMNS)} "  # noqa: S608
                "FROM variants v JOIN products p ON p.product_key = v.product_key "
                "WHERE v.variant_key > :after AND v.attributes <> '{}' ORDER BY v.variant_key LIMIT :most"
            ),
            {"after": after, "most": _AT_ONCE},
        ).all()
        if not rows:
            return
        texts = [
            (int(row[0]), searchable(dict(zip(COLUMNS, row[3:], strict=True)), str(row[1]), row[2]))
            for row in rows
            if any(map(is_title_column, json.loads(str(row[-1]))))
        ]
        sqlite.forget_text(connection, [key for key, _ in texts])
        sqlite.store_text(connection, texts)
        after = int(rows[-1][0])
