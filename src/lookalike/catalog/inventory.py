"""Every image with what it shows and whose it is, column by column, as of one moment: what evaluations start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, UInt64
from sqlalchemy import Connection, select

from lookalike.catalog import tables
from lookalike.catalog.database import Row

__all__ = ["Inventory", "read"]


@dataclass(frozen=True, slots=True, eq=False)
class Inventory:
    """One row an image, by rising image key.

    Attributes:
        image_keys: of the images.
        picture_keys: of what they show.
        product_keys: of whose they are.
        variant_keys: of whose they are.
        product_ids: as the shop names them.
        variant_ids: as the shop names them; None where a product has no named variants.
        sha256s: of the original bytes of what they show.
        perceptual_hashes: of what they show; 0 where there is none.
        kept: whether the store holds a copy.
        widths: of the upright originals, in pixels.
        heights: of the upright originals, in pixels.
        categories: of the variants, None where there is none.
        prices: of the variants, None where there is none.
    """

    image_keys: Int64[np.ndarray, " n"]
    picture_keys: Int64[np.ndarray, " n"]
    product_keys: Int64[np.ndarray, " n"]
    variant_keys: Int64[np.ndarray, " n"]
    product_ids: tuple[str, ...]
    variant_ids: tuple[str | None, ...]
    sha256s: tuple[str, ...]
    perceptual_hashes: UInt64[np.ndarray, " n"]
    kept: Bool[np.ndarray, " n"]
    widths: Int64[np.ndarray, " n"]
    heights: Int64[np.ndarray, " n"]
    categories: tuple[str | None, ...]
    prices: tuple[float | None, ...]

    def __len__(self) -> int:
        return len(self.image_keys)


def read(connection: Connection) -> Inventory:
    """The inventory of this moment."""
    image, variant, picture, product = tables.images.c, tables.variants.c, tables.pictures.c, tables.products.c
    statement = (
        select(
            image.image_key,
            image.picture_key,
            variant.product_key,
            variant.variant_key,
            product.product_id,
            variant.variant_id,
            picture.sha256,
            picture.perceptual_hash,
            picture.kept,
            picture.width,
            picture.height,
            variant.category,
            variant.price,
        )
        .join_from(tables.images, tables.variants)
        .join(tables.products, product.product_key == variant.product_key)
        .join(tables.pictures, picture.picture_key == image.picture_key)
        .order_by(image.image_key)
    )
    rows: Iterable[Row] = connection.execute(statement)
    columns = list(zip(*rows, strict=True)) or [()] * 13

    def keys(at: int) -> Int64[np.ndarray, " n"]:
        return np.asarray(columns[at], dtype=np.int64)

    return Inventory(
        image_keys=keys(0),
        picture_keys=keys(1),
        product_keys=keys(2),
        variant_keys=keys(3),
        product_ids=tuple(columns[4]),
        variant_ids=tuple(columns[5]),
        sha256s=tuple(columns[6]),
        perceptual_hashes=np.asarray([(stored or 0) % (1 << 64) for stored in columns[7]], dtype=np.uint64),
        kept=np.asarray(columns[8], dtype=np.bool_),
        widths=keys(9),
        heights=keys(10),
        categories=tuple(columns[11]),
        prices=tuple(columns[12]),
    )
