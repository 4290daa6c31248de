"""How a variant's attributes lie in its row: the fixed columns by themselves, the shop's own as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lookalike.catalog.columns import FIXED, as_text
from lookalike.types import Attributes, AttributeValue

__all__ = ["COLUMNS", "pack", "searchable", "unpack"]

COLUMNS = (*FIXED, "attributes")
"""Columns of the variants table that hold attributes, in the order that `unpack` takes them."""

_IN_STOCK = COLUMNS.index("in_stock")


def pack(attributes: Attributes) -> dict[str, AttributeValue | None]:
    """Values of `COLUMNS`; equal attributes give equal values, whatever their order."""
    row: dict[str, AttributeValue | None] = {name: attributes.get(name) for name in FIXED}
    if (price := row["price"]) is not None:
        row["price"] = float(price)
    own = {name: value for name, value in attributes.items() if name not in FIXED}
    row["attributes"] = json.dumps(own, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if own else "{}"
    return row


def unpack(values: Sequence[Any]) -> dict[str, AttributeValue]:
    """Attributes out of the values of `COLUMNS`; missing values are left out."""
    attributes: dict[str, AttributeValue] = {
        name: value for name, value in zip(FIXED, values, strict=False) if value is not None
    }
    if (in_stock := values[_IN_STOCK]) is not None:
        attributes["in_stock"] = bool(in_stock)
    if (own := values[-1]) != "{}":
        attributes.update(json.loads(str(own)))
    return attributes


def searchable(row: Mapping[str, AttributeValue | None]) -> tuple[str, str, str]:
    """(title, description, every other text) of a packed row, for the full-text table."""
    own: dict[str, AttributeValue] = json.loads(str(row["attributes"]))
    others = [row["category"], row["brand"], row["color"], *own.values()]
    words = " ".join(as_text(value) for value in others if value is not None and not isinstance(value, bool))
    return str(row["title"] or ""), str(row["description"] or ""), words
