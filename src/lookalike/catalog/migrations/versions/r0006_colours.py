"""What colours the subject of each picture has.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column, empty: the next run of `index` fills it from the kept copies."""
    op.add_column("pictures", sa.Column("colouring", sa.LargeBinary()))
