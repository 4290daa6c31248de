"""The shelf: what a store says of its images, pictures and products, side by side in memory, read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.memory import TextColumn
from lookalike.catalog.product import ImageSource
from lookalike.catalog.view import View
from lookalike.evaluate.health.finding import ImageReference
from lookalike.types import ProductId

__all__ = ["Shelf", "read_shelf"]

Rows = Int64[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Images, the pictures that they show and the products that they belong to, as rows of three tables.

    Attributes:
        images: one entry an image.
        product_of: product row of each image.
        picture_of: picture row of each image.
        first_image: row of the first image that shows each picture.
        picture_keys: of each picture, as the store names them.
        hashes: perceptual hash of each picture, None where there is none.
        product_ids: of each product.
        titles: of each product: the first of its variants that has one, or empty.
        categories: of each product: the commonest among its variants, or empty.
        sequence: the store's, when it was read.
    """

    images: tuple[ImageSource, ...]
    product_of: Rows
    picture_of: Rows
    first_image: Int64[np.ndarray, " pictures"]
    picture_keys: Int64[np.ndarray, " pictures"]
    hashes: tuple[int | None, ...]
    product_ids: tuple[ProductId, ...]
    titles: tuple[str, ...]
    categories: tuple[str, ...]
    sequence: int

    @property
    def n_pictures(self) -> int:
        """Distinct contents."""
        return len(self.picture_keys)

    @property
    def n_products(self) -> int:
        """Products that have images."""
        return len(self.product_ids)

    def picture(self, row: int) -> ImageSource:
        """The first image that shows this picture."""
        return self.images[int(self.first_image[row])]

    def reference(self, image_row: int) -> ImageReference:
        """How a finding names this image."""
        image = self.images[image_row]
        return ImageReference(image.location, image.product_id, image.image_key)

    def images_showing(self, picture_rows: Sequence[int]) -> Int64[np.ndarray, " m"]:
        """Rows of all images that show one of these pictures, rising."""
        return np.flatnonzero(np.isin(self.picture_of, np.asarray(picture_rows, dtype=np.int64)))


def read_shelf(catalog: Catalog) -> Shelf:
    """The shelf of a store as it is now.

    Args:
        catalog: whose.
    """
    view = catalog.view({"title", "category"})
    images = catalog.images()
    hash_of = {one.sha256: one.perceptual_hash for one in catalog.fingerprints()}
    product_ids = list(dict.fromkeys(image.product_id for image in images))
    row_of_product = {product_id: row for row, product_id in enumerate(product_ids)}
    product_of = np.fromiter((row_of_product[image.product_id] for image in images), np.int64, len(images))
    keys = np.fromiter((image.picture_key for image in images), np.int64, len(images))
    picture_keys, first_image, picture_of = np.unique(keys, return_index=True, return_inverse=True)
    titles = _texts(view, "title", images)
    categories = _texts(view, "category", images)
    title_of: dict[int, str] = {}
    votes: dict[int, Counter[str]] = {}
    for row, title, category in zip(product_of.tolist(), titles, categories, strict=True):
        if title:
            title_of.setdefault(row, title)
        if category:
            votes.setdefault(row, Counter())[category] += 1
    return Shelf(
        images=images,
        product_of=product_of,
        picture_of=picture_of.astype(np.int64),
        first_image=first_image.astype(np.int64),
        picture_keys=picture_keys,
        hashes=tuple(hash_of.get(images[int(row)].sha256) for row in first_image),
        product_ids=tuple(product_ids),
        titles=tuple(title_of.get(row, "") for row in range(len(product_ids))),
        categories=tuple(votes[row].most_common(1)[0][0] if row in votes else "" for row in range(len(product_ids))),
        sequence=view.sequence,
    )


def _texts(view: View, name: str, images: Sequence[ImageSource]) -> list[str]:
    """The text of each image's variant in that column; empty where it has none, or came after the view was made."""
    column = view.columns.get(name)
    if not isinstance(column, TextColumn):
        return [""] * len(images)
    rows = view.rows_of_images(np.fromiter((image.image_key for image in images), np.int64, len(images)))
    variants = np.searchsorted(view.all_variant_keys, view.variant_keys[np.maximum(rows, 0)])
    codes = np.where(rows >= 0, column.codes[variants], -1) if len(view.image_keys) else np.full(len(images), -1)
    return ["" if code < 0 else column.vocabulary.shown[code] for code in codes.tolist()]
