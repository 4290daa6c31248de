"""Colours are turned by what was learnt, and those that an earlier fit made are not like them.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget colours: the next run of `index`, or `releases --build`, looks at the kept copies again."""
    op.execute("UPDATE pictures SET colouring = NULL")
