"""What the store already has of products and contents: what a sync compares its source with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, false, select

from lookalike.catalog import tables
from lookalike.catalog.attributes import COLUMNS, unpack
from lookalike.catalog.database import Row, in_chunks
from lookalike.catalog.sync import KnownImage, KnownPicture, KnownVariant
from lookalike.types import ImageKey, PictureKey, ProductId, VariantId

__all__ = ["known_pictures", "known_variants", "pictures_without_vector", "products_below", "signed", "unsigned"]


def signed(perceptual_hash: int | None) -> int | None:
    """An unsigned 64 bit number as databases count."""
    return (
        perceptual_hash - (1 << 64) if perceptual_hash is not None and perceptual_hash >= 1 << 63 else perceptual_hash
    )


def unsigned(stored: int | None) -> int | None:
    """The inverse of `signed`."""
    return stored + (1 << 64) if stored is not None and stored < 0 else stored


def _has_vector(release_key: int | None) -> ColumnElement[bool]:
    if release_key is None:
        return false()
    return (
        select(tables.vectors.c.picture_key)
        .where(
            and_(
                tables.vectors.c.release_key == release_key,
                tables.vectors.c.picture_key == tables.pictures.c.picture_key,
            )
        )
        .exists()
    )


def products_below(connection: Connection, prefix: str) -> Sequence[ProductId]:
    """Ids of products that begin with `prefix`."""
    own = tables.products.c.product_id
    return list(connection.execute(select(own).where(own.startswith(prefix, autoescape=True))).scalars())


def known_variants(
    connection: Connection, product_ids: Sequence[str], release_key: int | None
) -> Mapping[tuple[ProductId, VariantId | None], KnownVariant]:
    """Variants of these products with their images; products that are not there are left out."""
    v, i, p = tables.variants.c, tables.images.c, tables.pictures.c
    found: dict[int, tuple[ProductId, VariantId | None, KnownVariant, dict[str, KnownImage]]] = {}
    for chunk in in_chunks(list(dict.fromkeys(product_ids))):
        named = tables.products.c.product_id.in_(chunk)
        rows: Iterable[Row] = connection.execute(
            select(
                tables.products.c.product_id, v.variant_id, v.variant_key, v.product_key, *(v[name] for name in COLUMNS)
            )
            .join_from(tables.products, tables.variants)
            .where(named)
            .order_by(v.variant_key)
        )
        for product_id, variant_id, variant_key, product_key, *values in rows:
            images: dict[str, KnownImage] = {}
            known = KnownVariant(variant_key, product_key, unpack(values), images)
            found[variant_key] = (product_id, variant_id, known, images)
        rows = connection.execute(
            select(
                i.variant_key,
                i.location,
                i.image_key,
                i.picture_key,
                p.sha256,
                i.validator,
                i.position,
                _has_vector(release_key),
                p.kept,
            )
            .join_from(tables.products, tables.variants)
            .join(tables.images, i.variant_key == v.variant_key)
            .join(tables.pictures, p.picture_key == i.picture_key)
            .where(named)
            .order_by(i.position, i.image_key)
        )
        for variant_key, location, image_key, picture_key, sha256, validator, position, has_vector, kept in rows:
            found[variant_key][3][location] = KnownImage(
                ImageKey(image_key), PictureKey(picture_key), sha256, validator, position, bool(has_vector), bool(kept)
            )
    return {(product_id, variant_id): known for product_id, variant_id, known, _ in found.values()}


_PICTURE = (
    tables.pictures.c.picture_key,
    tables.pictures.c.sha256,
    tables.pictures.c.width,
    tables.pictures.c.height,
    tables.pictures.c.format,
    tables.pictures.c.perceptual_hash,
    tables.pictures.c.kept,
)


def known_pictures(connection: Connection, sha256s: Sequence[str], release_key: int | None) -> dict[str, KnownPicture]:
    """Those of these contents that the store has."""
    found: dict[str, KnownPicture] = {}
    for chunk in in_chunks(list(dict.fromkeys(sha256s))):
        rows = connection.execute(
            select(*_PICTURE, _has_vector(release_key)).where(tables.pictures.c.sha256.in_(chunk))
        )
        for key, sha256, width, height, form, stored, kept, has_vector in rows:
            found[sha256] = KnownPicture(
                PictureKey(key), sha256, width, height, form, unsigned(stored), bool(kept), bool(has_vector)
            )
    return found


def pictures_without_vector(
    connection: Connection, release_key: int, after_key: int, limit: int
) -> tuple[KnownPicture, ...]:
    """Pictures with keys above `after_key` that the release has no vector of, by rising key."""
    rows = connection.execute(
        select(*_PICTURE)
        .where(tables.pictures.c.picture_key > after_key, ~_has_vector(release_key))
        .order_by(tables.pictures.c.picture_key)
        .limit(limit)
    )
    return tuple(
        KnownPicture(PictureKey(key), sha256, width, height, form, unsigned(stored), bool(kept), has_vector=False)
        for key, sha256, width, height, form, stored, kept in rows
    )
