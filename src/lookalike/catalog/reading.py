"""Reading products and images one by one and in pages, and counting them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, select

from lookalike.catalog import tables
from lookalike.catalog.attributes import COLUMNS, unpack
from lookalike.catalog.database import Row, Statement, in_chunks
from lookalike.catalog.product import Counts, ImageFingerprint, ImageInfo, ImageSource, Product, Variant
from lookalike.types import ImageKey, PictureKey, ProductId

__all__ = ["count", "fingerprints", "has_several_variants", "image_sources", "of_keys", "page", "product"]

_p, _v, _i, _c = tables.products.c, tables.variants.c, tables.images.c, tables.pictures.c


def product(connection: Connection, product_id: str) -> Product | None:
    """The product with its variants and images, if there is one."""
    found = _products(connection, select(_p.product_key, _p.product_id).where(_p.product_id == product_id))
    return found[0] if found else None


def page(connection: Connection, offset: int, limit: int) -> tuple[Product, ...]:
    """Products in the order in which the store met them."""
    order = select(_p.product_key, _p.product_id).order_by(_p.product_key).offset(offset).limit(limit)
    return _products(connection, order)


def of_keys(connection: Connection, product_keys: Sequence[int]) -> tuple[Product, ...]:
    """The products of these keys, in the order in which the store met them; those that are gone are left out."""
    found: list[Product] = []
    for chunk in in_chunks(sorted(set(product_keys))):
        keys = select(_p.product_key, _p.product_id).where(_p.product_key.in_(chunk)).order_by(_p.product_key)
        found += _products(connection, keys)
    return tuple(found)


def fingerprints(connection: Connection) -> tuple[ImageFingerprint, ...]:
    """What tells every image from the others, in the order in which the store met them."""
    statement = (
        select(_i.location, _p.product_id, _c.sha256, _c.perceptual_hash)
        .join_from(tables.images, tables.variants)
        .join(tables.products, _p.product_key == _v.product_key)
        .join(tables.pictures, _c.picture_key == _i.picture_key)
        .order_by(_i.image_key)
    )
    return tuple(
        ImageFingerprint(location, ProductId(product_id), sha256, None if looks is None else looks % (1 << 64))
        for location, product_id, sha256, looks in connection.execute(statement)
    )


def _products(connection: Connection, which: Statement) -> tuple[Product, ...]:
    named = {int(key): ProductId(product_id) for key, product_id in connection.execute(which)}
    variants: dict[int, list[Variant]] = {key: [] for key in named}
    for chunk in in_chunks(list(named)):
        images: dict[int, list[ImageInfo]] = {}
        rows: Iterable[Row] = connection.execute(
            select(_i.variant_key, _i.image_key, _i.location, _c.width, _c.height)
            .join_from(tables.variants, tables.images)
            .join(tables.pictures, _c.picture_key == _i.picture_key)
            .where(_v.product_key.in_(chunk))
            .order_by(_i.position, _i.image_key)
        )
        for variant_key, key, location, width, height in rows:
            images.setdefault(variant_key, []).append(ImageInfo(ImageKey(key), location, width, height))
        rows = connection.execute(
            select(_v.product_key, _v.variant_key, _v.variant_id, *(_v[name] for name in COLUMNS))
            .where(_v.product_key.in_(chunk))
            .order_by(_v.variant_key)
        )
        for product_key, variant_key, variant_id, *values in rows:
            shown = tuple(images.get(variant_key, ()))
            variants[product_key].append(Variant(variant_id, unpack(values), shown))
    return tuple(Product(product_id, tuple(variants[key])) for key, product_id in named.items())


def image_sources(
    connection: Connection,
    *,
    image_key: int | None = None,
    product_id: str | None = None,
    variant_id: str | None = None,
) -> tuple[ImageSource, ...]:
    """The image of that key, the images of that product (and variant), or all, in the order of variant and position."""
    statement = (
        select(
            _i.image_key,
            _i.picture_key,
            _i.location,
            _c.sha256,
            _p.product_id,
            _v.variant_id,
            _c.kept,
            _c.width,
            _c.height,
            _c.format,
        )
        .join_from(tables.images, tables.variants)
        .join(tables.products, _p.product_key == _v.product_key)
        .join(tables.pictures, _c.picture_key == _i.picture_key)
        .order_by(_v.variant_key, _i.position, _i.image_key)
    )
    if image_key is not None:
        statement = statement.where(_i.image_key == image_key)
    if product_id is not None:
        statement = statement.where(_p.product_id == product_id)
    if variant_id is not None:
        statement = statement.where(_v.variant_id == variant_id)
    return tuple(
        ImageSource(ImageKey(key), PictureKey(picture), at, sha256, product, variant, bool(kept), width, height, form)
        for key, picture, at, sha256, product, variant, kept, width, height, form in connection.execute(statement)
    )


def has_several_variants(connection: Connection) -> bool:
    """Whether a product comes in more than one variant."""
    several = select(_v.product_key).group_by(_v.product_key).having(func.count() > 1).limit(1)
    return connection.execute(several).first() is not None


def count(connection: Connection) -> Counts:
    """How much is in the store."""
    live = select(tables.state.c.live_release).scalar_subquery()

    def number(statement: Statement) -> int:
        return int(connection.execute(statement).scalar_one())

    return Counts(
        products=number(select(func.count()).select_from(tables.products)),
        variants=number(select(func.count()).select_from(tables.variants)),
        images=number(select(func.count()).select_from(tables.images)),
        pictures=number(select(func.count()).select_from(tables.pictures)),
        rejected=number(select(func.count()).select_from(tables.rejections)),
        vectors=number(select(func.count(tables.vectors.c.picture_key)).where(tables.vectors.c.release_key == live)),
    )
