"""Schema migrations, run by Alembic; imported only when a store is created or upgraded."""

from __future__ import annotations
