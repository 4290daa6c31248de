"""Records of promotions: what was made live when, after which comparison, or against its advice and why.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "promotions",
        sa.Column("promotion_key", _KEY, primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("from_release", sa.String(64)),
        sa.Column("to_release", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("gate", sa.Text()),
    )
