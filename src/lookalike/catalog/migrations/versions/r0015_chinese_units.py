"""Chinese units are units in the full text: ``50厘米`` is ``50cm``.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

from lookalike.catalog import sqlite
from lookalike.catalog.analysis import folded
from lookalike.catalog.attributes import COLUMNS, searchable

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_AT_ONCE = 2_000
_READ_OTHERWISE: Final = re.compile(r"\d[\s-]?(?:[厘毫]米|公[分斤]|千克|英寸|毫升|[米升克])")
"""What stands in folded texts that are read otherwise since, and in some others."""


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
            if _READ_OTHERWISE.search(folded(_said(row[3:])))
        ]
        sqlite.forget_text(connection, [key for key, _ in texts])
        sqlite.store_text(connection, texts)
        after = int(rows[-1][0])


def _said(columns: Sequence[object]) -> str:
    """All that stands in a row; signs that JSON escapes as they are."""
    *fixed, own = map(str, columns)
    if "\\" in own:
        own = " \n".join(map(str, json.loads(own).values()))
    return " \n".join([*fixed, own])
