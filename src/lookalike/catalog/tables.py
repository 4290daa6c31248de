"""The database's tables, for SQLAlchemy Core; `migrations` creates them and a test holds the two together.

Keys are handed out by the `state` row inside the writing transaction, not by the engine: that makes them never
reused on any engine, known before the rows are written (so a batch is a few bulk inserts), and lets the update of
that one row serialise writers on engines that allow several. Every row that a search can see carries the
`sequence` at which it last changed, and removals leave a tombstone: a reader catches up by asking for what is
newer than where it stands.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

__all__ = [
    "IMAGE",
    "PICTURE",
    "VARIANT",
    "behaviour",
    "calibrations",
    "columns",
    "events",
    "images",
    "metadata",
    "pictures",
    "products",
    "promotions",
    "rankings",
    "rejections",
    "releases",
    "shop_rules",
    "shoppers",
    "state",
    "text_models",
    "text_vectors",
    "tombstones",
    "trial_failures",
    "trials",
    "unmet",
    "variants",
    "vectors",
    "words",
]

IMAGE, VARIANT, PICTURE = 1, 2, 3
"""Kinds of tombstone."""

_KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite makes only INTEGER the row's own key; BIGINT there would cost a second B-tree."""

metadata = MetaData()

state = Table(
    "state",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("store_id", String(32), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("oldest_tombstone", BigInteger, nullable=False),
    Column("next_product", BigInteger, nullable=False),
    Column("next_variant", BigInteger, nullable=False),
    Column("next_image", BigInteger, nullable=False),
    Column("next_picture", BigInteger, nullable=False),
    Column("next_release", BigInteger, nullable=False),
    Column("live_release", _KEY, ForeignKey("releases.release_key")),
    Column("previous_release", _KEY, ForeignKey("releases.release_key")),
)

releases = Table(
    "releases",
    metadata,
    Column("release_key", _KEY, primary_key=True, autoincrement=False),
    Column("release_id", String(64), nullable=False, unique=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", String(32), nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("product_key", _KEY, primary_key=True, autoincrement=False),
    Column("product_id", Text, nullable=False, unique=True),
)

variants = Table(
    "variants",
    metadata,
    Column("variant_key", _KEY, primary_key=True, autoincrement=False),
    Column("product_key", _KEY, ForeignKey("products.product_key"), nullable=False),
    Column("variant_id", Text, CheckConstraint("variant_id <> ''", name="named_or_null")),
    Column("title", Text),
    Column("description", Text),
    Column("category", Text),
    Column("brand", Text),
    Column("color", Text),
    Column("price", Float(53)),
    Column("in_stock", Boolean),
    Column("url", Text),
    Column("attributes", Text, nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # SHA-256 of what a sentence model reads of it; its vector stands in text_vectors under that name.
    Column("sentence", String(64)),
)
Index("variants_sentence", variants.c.sentence)
Index("variants_identity", variants.c.product_key, func.coalesce(variants.c.variant_id, ""), unique=True)
Index("variants_sequence", variants.c.sequence)

pictures = Table(
    "pictures",
    metadata,
    Column("picture_key", _KEY, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("format", String(16), nullable=False),
    # Signed, as databases count; `PictureEntry` has it unsigned.
    Column("perceptual_hash", BigInteger),
    Column("kept", Boolean, nullable=False),
    # What colours its subject has; null where it came in before they were looked at.
    Column("colouring", LargeBinary),
)

images = Table(
    "images",
    metadata,
    Column("image_key", _KEY, primary_key=True, autoincrement=False),
    Column("variant_key", _KEY, ForeignKey("variants.variant_key"), nullable=False),
    Column("picture_key", _KEY, ForeignKey("pictures.picture_key"), nullable=False),
    Column("location", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("validator", Text),
    Column("sequence", BigInteger, nullable=False),
    UniqueConstraint("variant_key", "location", name="images_identity"),
)
Index("images_picture", images.c.picture_key)
Index("images_sequence", images.c.sequence)

vectors = Table(
    "vectors",
    metadata,
    Column("release_key", _KEY, ForeignKey("releases.release_key"), nullable=False),
    Column("picture_key", _KEY, ForeignKey("pictures.picture_key"), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("runtime", String(64), nullable=False),
    Column("precision", String(16), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    UniqueConstraint("release_key", "picture_key", name="vectors_identity"),
)
Index("vectors_sequence", vectors.c.release_key, vectors.c.sequence)
Index("vectors_picture", vectors.c.picture_key)

rejections = Table(
    "rejections",
    metadata,
    Column("rejection_key", _KEY, primary_key=True),
    Column("location", Text, nullable=False),
    Column("product_id", Text, nullable=False),
    Column("variant_id", Text, nullable=False),
    Column("line", BigInteger),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("validator", Text),
    Column("sha256", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("first_seen", String(32), nullable=False),
    Column("last_seen", String(32), nullable=False),
    # Empty text stands for "none" in both ids: a unique constraint over NULL would hold nothing together.
    UniqueConstraint("location", "product_id", "variant_id", name="rejections_identity"),
)

columns = Table(
    "columns",
    metadata,
    Column("name", Text, primary_key=True),
    Column("type", String(16), nullable=False),
)

# What misspelt words are compared with. Those that no variant says any more match nothing, and go at the end of a run.
words = Table(
    "words",
    metadata,
    Column("word_key", _KEY, primary_key=True),
    Column("word", Text, nullable=False, unique=True),
)

text_models = Table(
    "text_models",
    metadata,
    Column("text_model_key", _KEY, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("created_at", String(32), nullable=False),
)

text_vectors = Table(
    "text_vectors",
    metadata,
    Column("vector_key", _KEY, primary_key=True),
    Column("text_model_key", _KEY, ForeignKey("text_models.text_model_key"), nullable=False),
    Column("sentence", String(64), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    UniqueConstraint("text_model_key", "sentence", name="text_vectors_identity"),
)
Index("text_vectors_sequence", text_vectors.c.text_model_key, text_vectors.c.sequence)

promotions = Table(
    "promotions",
    metadata,
    Column("promotion_key", _KEY, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("from_release", String(64)),
    Column("to_release", String(64), nullable=False),
    Column("reason", Text),
    Column("gate", Text),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("key", BigInteger, nullable=False),
)
Index("tombstones_sequence", tombstones.c.sequence)

calibrations = Table(
    "calibrations",
    metadata,
    Column("release_key", _KEY, ForeignKey("releases.release_key"), primary_key=True, autoincrement=False),
    Column("created_at", String(32), nullable=False),
    Column("document", Text, nullable=False),
)

rankings = Table(
    "rankings",
    metadata,
    Column("release_key", _KEY, ForeignKey("releases.release_key"), primary_key=True, autoincrement=False),
    Column("created_at", String(32), nullable=False),
    Column("document", Text, nullable=False),
)

shop_rules = Table(
    "shop_rules",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("updated_at", String(32), nullable=False),
    Column("document", Text, nullable=False),
)

trials = Table(
    "trials",
    metadata,
    Column("trial_key", _KEY, primary_key=True),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Column("live", Text, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("ended_at", String(32)),
)

trial_failures = Table(
    "trial_failures",
    metadata,
    Column("trial_key", _KEY, ForeignKey("trials.trial_key"), primary_key=True, autoincrement=False),
    Column("way", String(1), primary_key=True),
    Column("error", String(64), primary_key=True),
    # Of the last one.
    Column("message", Text, nullable=False),
    Column("searches", BigInteger, nullable=False),
    Column("first_at", String(32), nullable=False),
    Column("last_at", String(32), nullable=False),
)

unmet = Table(
    "unmet",
    metadata,
    Column("unmet_key", _KEY, primary_key=True),
    Column("release_key", _KEY, ForeignKey("releases.release_key"), nullable=False),
    Column("seen_at", String(32), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    # A small JPEG without metadata, and only where keeping photographs was switched on.
    Column("picture", LargeBinary),
)
Index("unmet_seen", unmet.c.seen_at)

# One row: what tells whoever computed something from events that it is out of date.
behaviour = Table(
    "behaviour",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    # Grows with every event that is written, and whenever a shopper's events stop counting.
    Column("version", BigInteger, nullable=False),
    # Grows whenever something was taken away: what was computed before must not be used any more.
    Column("withdrawals", BigInteger, nullable=False),
)

shoppers = Table(
    "shoppers",
    metadata,
    Column("shopper_key", _KEY, primary_key=True),
    # A keyed hash; the key lies beside the database, not in it.
    Column("name", String(32), nullable=False, unique=True),
    # Whether events of theirs are recorded and used.
    Column("personal", Boolean, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("event_key", _KEY, primary_key=True),
    Column("shopper_key", _KEY, ForeignKey("shoppers.shopper_key"), nullable=False),
    Column("product_id", Text, nullable=False),
    Column("kind", Integer, nullable=False),
    # Milliseconds since 1970.
    Column("at", BigInteger, nullable=False),
    Column("session", String(16)),
    Column("query", Text),
    Column("position", Integer),
    UniqueConstraint("shopper_key", "at", "product_id", "kind", name="events_identity"),
)
