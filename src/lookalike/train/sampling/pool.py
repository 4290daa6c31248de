"""What batches are drawn from: which picture shows which product, and what kind of each they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

__all__ = ["Pool"]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """What batches are drawn from: numbers alone.

    Attributes:
        labels: product of each picture, 0 to the number of products, exclusive; each has at least one picture.
        categories: of each product, where known.
        kinds: of each picture (0 photograph, 1 product page, …), where known.
        catalogues: of each product, 0 to the number of catalogues, exclusive; None for a single one.

    Raises:
        ValueError: no pictures, labels with gaps, or lengths that do not fit.
    """

    labels: Int64[np.ndarray, " n"]
    categories: Int64[np.ndarray, " n_products"] | None = None
    kinds: Int64[np.ndarray, " n"] | None = None
    catalogues: Int64[np.ndarray, " n_products"] | None = None

    def __post_init__(self) -> None:
        if len(self.labels) == 0:
            raise ValueError("there are no pictures to draw from")
        n_products = int(self.labels.max()) + 1
        if self.labels.min() < 0 or len(np.unique(self.labels)) != n_products:
            raise ValueError(f"labels must be 0 to {n_products - 1} without gaps")
        lengths = {"categories": (self.categories, n_products), "kinds": (self.kinds, len(self.labels))}
        for name, (values, expected) in (lengths | {"catalogues": (self.catalogues, n_products)}).items():
            if values is not None and len(values) != expected:
                raise ValueError(f"{name} must have {expected} entries, received {len(values)}")

    @property
    def n_products(self) -> int:
        """How many products there are."""
        return int(self.labels.max()) + 1
