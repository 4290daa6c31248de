"""Inches are inches in the full text by whichever sign: ``27″`` and ``27''`` as ``27"``.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lookalike.catalog import sqlite
from lookalike.catalog.attributes import COLUMNS, searchable

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AT_ONCE = 2_000
_SIGNS = ("″", "′′", "''", "\\u2033", "\\u2032\\u2032")
"""As they stand in a text, and in one that JSON has escaped."""


def upgrade() -> None:
    """Read the text of those variants again that have such a sign."""
    connection = op.get_bind()
    after = 0
    while True:
        rows = connection.execute(
            sa.text(
                f"SELECT v.variant_key, p.product_id, v.variant_id, {', '.join(f'v.{name}' for name in COLUMNS)} "  # noqa: S608
                "FROM variants v JOIN products p ON p.product_key = v.product_key "
                "WHERE v.variant_key > :after ORDER BY v.variant_key LIMIT :most"
            ),
            {"after": after, "most": _AT_ONCE},
        ).all()
        if not rows:
            return
        texts = [
            (int(row[0]), searchable(dict(zip(COLUMNS, row[3:], strict=True)), str(row[1]), row[2]))
            for row in rows
            if any(sign in text for text in map(str, row[3:]) for sign in _SIGNS)
        ]
        sqlite.forget_text(connection, [key for key, _ in texts])
        sqlite.store_text(connection, texts)
        after = int(rows[-1][0])
