"""Words: full text by our own tokens, the vocabulary, sentences and their vectors.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lookalike.catalog import sqlite
from lookalike.catalog.attributes import COLUMNS, searchable
from lookalike.catalog.sentence import sentence, sentence_name

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_ONCE = 2_000


def upgrade() -> None:
    """Make the tables, and read every variant's text again."""
    op.add_column("variants", sa.Column("sentence", sa.String(64)))
    op.create_index("variants_sentence", "variants", ["sentence"])
    op.create_table(
        "words",
        sa.Column("word_key", _KEY, primary_key=True),
        sa.Column("word", sa.Text(), nullable=False, unique=True),
    )
    op.create_table(
        "text_models",
        sa.Column("text_model_key", _KEY, primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "text_vectors",
        sa.Column("vector_key", _KEY, primary_key=True),
        sa.Column("text_model_key", _KEY, sa.ForeignKey("text_models.text_model_key"), nullable=False),
        sa.Column("sentence", sa.String(64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("text_model_key", "sentence", name="text_vectors_identity"),
    )
    op.create_index("text_vectors_sequence", "text_vectors", ["text_model_key", "sequence"])
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE variants_text")
        op.execute(sqlite.CREATE_FULL_TEXT)
        op.execute(sqlite.CREATE_FREQUENCIES)
    _read_again()


def _read_again() -> None:
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
            (int(row[0]), searchable(dict(zip(COLUMNS, row[3:], strict=True)), str(row[1]), row[2])) for row in rows
        ]
        sqlite.store_text(connection, texts)
        connection.execute(
            sa.text("UPDATE variants SET sentence = :sentence WHERE variant_key = :key"),
            [
                {"key": row[0], "sentence": sentence_name(sentence(dict(zip(COLUMNS, row[3:], strict=True))))}
                for row in rows
            ],
        )
        after = int(rows[-1][0])
