"""From the ids of products to their keys in the view."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.view import View

__all__ = ["keys_of_products"]


def keys_of_products(catalog: Catalog, view: View, product_ids: Collection[str]) -> Int64[np.ndarray, " n"]:
    """Keys of these products, rising, each once; those that have no picture in the view have none.

    Args:
        catalog: knows the ids.
        view: the catalogue.
        product_ids: in any order.
    """
    images = [image.image_key for product_id in product_ids for image in catalog.images_of_product(product_id)]
    rows = view.rows_of_images(np.asarray(images, dtype=np.int64))
    return np.unique(view.product_keys[rows[rows >= 0]]).astype(np.int64)
