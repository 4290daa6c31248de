"""The first schema: products, variants, images, pictures, vectors, releases, rejections, columns, full text.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FULL_TEXT = """
CREATE VIRTUAL TABLE variants_text USING fts5(
    title, description, attributes, tokenize = 'unicode61 remove_diacritics 2'
)
"""


def upgrade() -> None:
    """Create every table of an empty store."""
    op.create_table(
        "releases",
        sa.Column("release_key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("release_id", sa.String(64), nullable=False, unique=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "state",
        sa.Column(
            "id", sa.Integer(), sa.CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False
        ),
        sa.Column("store_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("oldest_tombstone", sa.BigInteger(), nullable=False),
        sa.Column("next_product", sa.BigInteger(), nullable=False),
        sa.Column("next_variant", sa.BigInteger(), nullable=False),
        sa.Column("next_image", sa.BigInteger(), nullable=False),
        sa.Column("next_picture", sa.BigInteger(), nullable=False),
        sa.Column("next_release", sa.BigInteger(), nullable=False),
        sa.Column("live_release", _KEY, sa.ForeignKey("releases.release_key")),
        sa.Column("previous_release", _KEY, sa.ForeignKey("releases.release_key")),
    )
    op.create_table(
        "products",
        sa.Column("product_key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("product_id", sa.Text(), nullable=False, unique=True),
    )
    op.create_table(
        "variants",
        sa.Column("variant_key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("product_key", _KEY, sa.ForeignKey("products.product_key"), nullable=False),
        sa.Column("variant_id", sa.Text(), sa.CheckConstraint("variant_id <> ''", name="named_or_null")),
        sa.Column("title", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("brand", sa.Text()),
        sa.Column("color", sa.Text()),
        sa.Column("price", sa.Float(53)),
        sa.Column("in_stock", sa.Boolean()),
        sa.Column("url", sa.Text()),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
    )
    op.create_index("variants_identity", "variants", ["product_key", sa.text("coalesce(variant_id, '')")], unique=True)
    op.create_index("variants_sequence", "variants", ["sequence"])
    op.create_table(
        "pictures",
        sa.Column("picture_key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("perceptual_hash", sa.BigInteger()),
        sa.Column("kept", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "images",
        sa.Column("image_key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("variant_key", _KEY, sa.ForeignKey("variants.variant_key"), nullable=False),
        sa.Column("picture_key", _KEY, sa.ForeignKey("pictures.picture_key"), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("validator", sa.Text()),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("variant_key", "location", name="images_identity"),
    )
    op.create_index("images_picture", "images", ["picture_key"])
    op.create_index("images_sequence", "images", ["sequence"])
    op.create_table(
        "vectors",
        sa.Column("release_key", _KEY, sa.ForeignKey("releases.release_key"), nullable=False),
        sa.Column("picture_key", _KEY, sa.ForeignKey("pictures.picture_key"), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("runtime", sa.String(64), nullable=False),
        sa.Column("precision", sa.String(16), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("release_key", "picture_key", name="vectors_identity"),
    )
    op.create_index("vectors_sequence", "vectors", ["release_key", "sequence"])
    op.create_index("vectors_picture", "vectors", ["picture_key"])
    op.create_table(
        "rejections",
        sa.Column("rejection_key", _KEY, primary_key=True),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger()),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("validator", sa.Text()),
        sa.Column("sha256", sa.String(64)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.String(32), nullable=False),
        sa.Column("last_seen", sa.String(32), nullable=False),
        sa.UniqueConstraint("location", "product_id", "variant_id", name="rejections_identity"),
    )
    op.create_table(
        "columns",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("type", sa.String(16), nullable=False),
    )
    op.create_table(
        "tombstones",
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
    )
    op.create_index("tombstones_sequence", "tombstones", ["sequence"])

    if op.get_bind().dialect.name == "sqlite":
        op.execute(_FULL_TEXT)
