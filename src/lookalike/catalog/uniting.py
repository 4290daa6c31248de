"""Rows of one variant made one: what the batch says about it, and where its rows say different things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lookalike.catalog.columns import as_text
from lookalike.catalog.sync import Conflict, ImageEntry, VariantEntry
from lookalike.errors import InvalidProduct
from lookalike.types import AttributeValue, ProductId, VariantId

__all__ = ["VariantName", "Wanted", "conflicts_of", "united"]

VariantName = tuple[ProductId, VariantId | None]


@dataclass(slots=True)
class Wanted:
    """What a batch says about one variant, over all of its entries."""

    attributes: dict[str, AttributeValue]
    images: dict[str, ImageEntry]


def united(entries: Sequence[VariantEntry]) -> tuple[dict[VariantName, Wanted], list[Conflict]]:
    """One entry per variant: the first value of a column and the first image at a location win.

    Returns:
        What is wanted, and every later value that says something else than the first.

    Raises:
        InvalidProduct: an id that is empty.
    """
    wanted: dict[VariantName, Wanted] = {}
    conflicts: list[Conflict] = []
    for entry in entries:
        if not entry.product_id or entry.variant_id == "":
            raise InvalidProduct(
                f"a product and a variant need an id that is not empty, received {entry.product_id!r}, "
                f"{entry.variant_id!r}: give None for a product without variants"
            )
        name = (entry.product_id, entry.variant_id)
        one = wanted.setdefault(name, Wanted({}, {}))
        conflicts += conflicts_of(name, one.attributes, entry.attributes)
        one.attributes = {**entry.attributes, **one.attributes}
        for image in entry.images:
            one.images.setdefault(image.location, image)
    return wanted, conflicts


def conflicts_of(
    name: VariantName, kept: Mapping[str, AttributeValue], received: Mapping[str, AttributeValue]
) -> list[Conflict]:
    """Columns of which both say something, and not the same."""
    return [
        Conflict(*name, column, kept[column], value)
        for column, value in received.items()
        if column in kept and kept[column] != value and as_text(kept[column]) != as_text(value)
    ]
