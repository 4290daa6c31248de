"""Calibrations of verdicts, and the photographs that were told "not in this catalogue" (where recording is on).

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables, empty."""
    op.create_table(
        "calibrations",
        sa.Column("release_key", _KEY, sa.ForeignKey("releases.release_key"), primary_key=True, autoincrement=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_table(
        "unmet",
        sa.Column("unmet_key", _KEY, primary_key=True),
        sa.Column("release_key", _KEY, sa.ForeignKey("releases.release_key"), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.LargeBinary()),
    )
    op.create_index("unmet_seen", "unmet", ["seen_at"])
