"""The measured ranking of each release, and the shop's rules.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables, empty."""
    op.create_table(
        "rankings",
        sa.Column("release_key", _KEY, sa.ForeignKey("releases.release_key"), primary_key=True, autoincrement=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_table(
        "shop_rules",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
