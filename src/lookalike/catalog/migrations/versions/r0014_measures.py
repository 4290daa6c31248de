"""Fractions, feet, and amounts right before Chinese are amounts in the full text: ``1/2"``, ``6'``, ``1.5L水壶``.

A number that a quotation ends with is no amount any more (``"Route 66"``).

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from lookalike.catalog import sqlite
from lookalike.catalog.analysis import NO_SPACES
from lookalike.catalog.attributes import COLUMNS, searchable

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_AT_ONCE = 2_000
_READ_OTHERWISE = re.compile(
    rf"\d\s?[/⁄]\s?\d|[¼-¾⅐-⅞]|\\u00b[c-e]|\\u215|\d['′’\"”]|\\u2032|\d\s?[^\W\d_]{{1,10}}[{NO_SPACES}]|%[{NO_SPACES}]"
)
"""What stands in texts that are read otherwise since, and in some others; signs also as JSON once escaped them."""


def upgrade() -> None:
    """Read the text of those variants again that may have such an amount."""
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
            if any(_READ_OTHERWISE.search(text) for text in map(str, row[3:]))
        ]
        sqlite.forget_text(connection, [key for key, _ in texts])
        sqlite.store_text(connection, texts)
        after = int(rows[-1][0])
