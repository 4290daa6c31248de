"""Removal: images, variants, products, and the pictures that nobody shows any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Table, delete, exists, select

from lookalike.catalog import sqlite, tables
from lookalike.catalog.database import in_chunks
from lookalike.catalog.ledger import Ledger
from lookalike.types import PictureKey

__all__ = ["Orphans", "remove_images", "remove_orphaned_pictures", "remove_variants"]


@dataclass(frozen=True, slots=True)
class Orphans:
    """Pictures that went because nobody showed them: their keys, and their contents to take the kept copies away."""

    keys: tuple[PictureKey, ...] = ()
    sha256s: tuple[str, ...] = ()


def _delete(connection: Connection, table: Table, column: Column[int], keys: Sequence[int]) -> None:
    for chunk in in_chunks(keys):
        connection.execute(delete(table).where(column.in_(chunk)))


def remove_images(connection: Connection, ledger: Ledger, image_keys: Sequence[int]) -> set[int]:
    """Remove these; returns the pictures they showed, which may be orphans now."""
    shown: set[int] = set()
    for chunk in in_chunks(image_keys):
        rows = connection.execute(select(tables.images.c.picture_key).where(tables.images.c.image_key.in_(chunk)))
        shown.update(rows.scalars())
    _delete(connection, tables.images, tables.images.c.image_key, image_keys)
    ledger.removed(tables.IMAGE, image_keys)
    return shown


def remove_variants(connection: Connection, ledger: Ledger, variant_keys: Sequence[int]) -> tuple[int, int, set[int]]:
    """Remove these with their images, and products left without variants.

    Returns:
        How many images and products went, and the pictures that may be orphans now.
    """
    image_keys: list[int] = []
    product_keys: set[int] = set()
    for chunk in in_chunks(variant_keys):
        image_keys += connection.execute(
            select(tables.images.c.image_key).where(tables.images.c.variant_key.in_(chunk))
        ).scalars()
        product_keys.update(
            connection.execute(
                select(tables.variants.c.product_key).where(tables.variants.c.variant_key.in_(chunk))
            ).scalars()
        )
    shown = remove_images(connection, ledger, image_keys)
    sqlite.forget_text(connection, variant_keys)
    _delete(connection, tables.variants, tables.variants.c.variant_key, variant_keys)
    ledger.removed(tables.VARIANT, variant_keys)
    n_products = 0
    for chunk in in_chunks(sorted(product_keys)):
        has_variants = exists().where(tables.variants.c.product_key == tables.products.c.product_key)
        n_products += connection.execute(
            delete(tables.products).where(tables.products.c.product_key.in_(chunk), ~has_variants)
        ).rowcount
    return len(image_keys), n_products, shown


def remove_orphaned_pictures(connection: Connection, ledger: Ledger, candidates: Iterable[int]) -> Orphans:
    """Remove those of `candidates` that no image shows, with their vectors in every release."""
    shown = exists().where(tables.images.c.picture_key == tables.pictures.c.picture_key)
    keys: list[int] = []
    sha256s: list[str] = []
    for chunk in in_chunks(sorted(set(candidates))):
        rows = connection.execute(
            select(tables.pictures.c.picture_key, tables.pictures.c.sha256).where(
                tables.pictures.c.picture_key.in_(chunk), ~shown
            )
        ).all()
        keys += [key for key, _ in rows]
        sha256s += [sha256 for _, sha256 in rows]
    _delete(connection, tables.vectors, tables.vectors.c.picture_key, keys)
    _delete(connection, tables.pictures, tables.pictures.c.picture_key, keys)
    ledger.removed(tables.PICTURE, keys)
    return Orphans(tuple(PictureKey(key) for key in keys), tuple(sha256s))
