"""What shoppers did: shoppers by keyed hash, their events, and the counters of whoever computes on them.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the three tables; nothing is known of anybody yet."""
    behaviour = op.create_table(
        "behaviour",
        sa.Column(
            "id", sa.Integer(), sa.CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("withdrawals", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(behaviour, [{"id": 1, "version": 0, "withdrawals": 0}])
    op.create_table(
        "shoppers",
        sa.Column("shopper_key", _KEY, primary_key=True),
        sa.Column("name", sa.String(32), nullable=False, unique=True),
        sa.Column("personal", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("event_key", _KEY, primary_key=True),
        sa.Column("shopper_key", _KEY, sa.ForeignKey("shoppers.shopper_key"), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.String(16)),
        sa.Column("query", sa.Text()),
        sa.Column("position", sa.Integer()),
        sa.UniqueConstraint("shopper_key", "at", "product_id", "kind", name="events_identity"),
    )
