"""Columns of the catalogue: what attributes a variant can have, their types, and how a value takes a type.

Eight columns are fixed (`FIXED`), the shop's other columns are kept as they come. A column has one type for the
whole catalogue. Where a later source disagrees, the column widens to text and never narrows again, so that a
filter that was right yesterday is refused with a sentence rather than quietly answered with less.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from lookalike.errors import InvalidProduct
from lookalike.sources.cells import as_number
from lookalike.types import EXACT_INTEGERS, AttributeValue

__all__ = ["FIXED", "IDENTIFIERS", "ColumnType", "as_text", "check_name", "coerce", "type_of", "wider"]

ColumnType: TypeAlias = Literal["text", "number", "boolean"]

FIXED: Mapping[str, ColumnType] = MappingProxyType(
    {
        "title": "text",
        "description": "text",
        "category": "text",
        "brand": "text",
        "color": "text",
        "price": "number",
        "in_stock": "boolean",
        "url": "text",
    }
)
"""Columns that every catalogue has; their types never change."""

IDENTIFIERS: Mapping[str, ColumnType] = MappingProxyType({"product_id": "text", "variant_id": "text"})
"""Not attributes, but filters may name them."""

_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0"})
MAX_NAME_CHARACTERS = 200


def type_of(value: AttributeValue) -> ColumnType:
    """The column type that holds `value` as it is."""
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


def wider(one: ColumnType, other: ColumnType) -> ColumnType:
    """The type that holds values of both; anything mixed is text."""
    return one if one == other else "text"


def as_text(value: AttributeValue) -> str:
    """`value` as a text column holds it: ``true``, ``false``, whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT_INTEGERS:
        return str(int(value))
    return str(value)


def coerce(name: str, value: AttributeValue, column_type: ColumnType) -> AttributeValue:
    """`value` in the type of column `name`, where nothing is lost by it.

    Raises:
        InvalidProduct: it cannot be (``"cheap"`` or ``"0123"`` for a number, NaN, an infinity, a whole number beyond
            2**53).
    """
    # Values come out of JSON and Parquet: the annotation is a hope until here.
    if not isinstance(value, bool | int | float | str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidProduct(f"column {name!r} takes text, a number or true/false, received {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidProduct(f"column {name!r} takes finite numbers, received {value!r}: leave the value out instead")
    match column_type:
        case "text":
            return value if isinstance(value, str) else as_text(value)
        case "number" if not isinstance(value, bool):
            if isinstance(value, int) and abs(value) > EXACT_INTEGERS:
                sentence = f"column {name!r} takes whole numbers up to 2**53, received one of {value.bit_length()} bits"
                raise InvalidProduct(f"{sentence}: give it as text, in a column of text")
            if not isinstance(value, str):
                return value
            try:
                number = as_number(value)
            except ValueError:
                number = None
            if number is not None:
                return number
        case "boolean":
            if isinstance(value, bool):
                return value
            word = as_text(value).strip().casefold()
            if word in _TRUE | _FALSE:
                return word in _TRUE
        case _:
            pass
    expected = {"number": "a number", "boolean": "true or false", "text": "text"}[column_type]
    raise InvalidProduct(f"column {name!r} takes {expected}, received {value!r}: correct the value or leave it out")


def check_name(name: str) -> None:
    """Refuse what cannot be a column's name.

    Raises:
        InvalidProduct: empty, longer than 200 characters, with a backtick or control character, or an identifier's.
    """
    if not name or len(name) > MAX_NAME_CHARACTERS or "`" in name or not name.isprintable():
        raise InvalidProduct(
            f"a column's name has 1 to {MAX_NAME_CHARACTERS} printable characters and no backtick, "
            f"received {name[:80]!r}"
        )
    if name in IDENTIFIERS:
        raise InvalidProduct(f"{name!r} names the product or variant itself and cannot be one of its attributes")
