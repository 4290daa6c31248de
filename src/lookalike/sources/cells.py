"""One cell of a table and what it can mean: text, number, truth, or nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, TypeAlias, cast

from lookalike.types import EXACT_INTEGERS

__all__ = ["Cell", "Scalar", "as_boolean", "as_number", "as_text", "cell_of", "is_missing", "truth_word"]

Scalar: TypeAlias = str | int | float | bool
Cell: TypeAlias = Scalar | tuple[Scalar, ...] | None
"""What a row reader hands on; text files give only str, JSON and Parquet their own types."""

_MISSING_ANYWHERE: Final = frozenset({"", "n/a", "#n/a", "nan", "null", "<na>"})
_LONGEST_MISSING: Final = 4
_MISSING_NUMBER: Final = _MISSING_ANYWHERE | {"na", "none", "nil", "-", "–", "—"}
# No leading zeros (codes), no plus sign (telephone numbers), an exponent only in the way programs print it: 12E4 is
# an article number, 1e-05 and 1.5e3 are numbers.
_NUMBER: Final = re.compile(
    r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)"
    r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+[eE][+-]?[0-9]+|[eE][+-][0-9]+)"
)
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
_IN_STOCK: Final = (
    *("t", "y", "on", "in stock", "instock", "available", "limited availability", "limitedavailability"),
    *("online only", "onlineonly", "in store only", "instoreonly", "low stock", "limited stock", "available now"),
    *("是", "有货", "现货"),
)
_OUT_OF_STOCK: Final = (
    *("f", "n", "off", "out of stock", "outofstock", "unavailable", "not available", "sold out", "soldout"),
    *("discontinued", "preorder", "pre order", "presale", "pre sale", "backorder", "back order", "reserved"),
    *("made to order", "madetoorder", "on backorder", "onbackorder", "available for order", "pending", "coming soon"),
    *("temporarily out of stock", "temporarily unavailable", "否", "无货", "缺货"),
)
_AVAILABLE: Final = {**_TRUTH, **dict.fromkeys(_IN_STOCK, True), **dict.fromkeys(_OUT_OF_STOCK, False)}


def cell_of(value: object) -> Cell:
    """`value`, as JSON or Parquet gave it, as a cell: dates as ISO text, objects as JSON text, not-finite as missing.

    Raises:
        ValueError: bytes, or something that has no text.
    """
    match value:
        case None:
            return None
        case bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            if not value.is_finite():
                return None
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case list() | tuple():
            inner = [cell_of(item) for item in cast("Sequence[object]", value)]
            return tuple(
                item if not isinstance(item, tuple) else as_text(item) or "" for item in inner if item is not None
            )
        case dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case bytes() | bytearray() | memoryview():
            raise ValueError("holds bytes; expected text, a number or a truth value")
        case _:
            return str(value)


def is_missing(cell: Cell, *, number: bool = False) -> bool:
    """Whether the cell holds nothing: empty or a word for that (more words where `number` or truth is expected)."""
    if isinstance(cell, str):
        word = cell.strip()
        return len(word) <= _LONGEST_MISSING and word.lower() in (_MISSING_NUMBER if number else _MISSING_ANYWHERE)
    return cell is None or cell == ()


def as_text(cell: Cell) -> str | None:
    """The cell as stripped text, None where missing: 7.0 is ``7``, True is ``true``, lists are joined by ``, ``."""
    match cell:
        case None:
            return None
        case bool():
            return "true" if cell else "false"
        case str():
            return None if is_missing(cell) else cell.strip()
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) <= EXACT_INTEGERS else repr(cell)
        case int():
            return str(cell)
        case _:
            return ", ".join(text for text in map(as_text, cell) if text is not None) or None


def as_number(cell: Cell) -> float | int | None:
    """The cell as a finite number in plain notation (``12``, ``-0.5``, ``1e-05``), None where missing.

    Raises:
        ValueError: anything else, also codes with leading zeros and whole numbers beyond 2**53.
    """
    if is_missing(cell, number=True):
        return None
    if isinstance(cell, str) and _NUMBER.fullmatch(word := cell.strip()):
        cell = float(word) if not word.lstrip("-").isdecimal() else _whole(word)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise ValueError(f"{cell!r} is not a number")  # noqa: TRY004 - what it says is wrong, not the caller's code
    if isinstance(cell, int) and abs(cell) > EXACT_INTEGERS:
        raise ValueError("a whole number beyond 2**53 would lose digits")
    if not math.isfinite(cell):
        raise ValueError(f"{cell!r} is not a finite number")
    return cell


def truth_word(cell: Cell) -> bool | None:
    """What ``true``, ``false``, ``yes`` and ``no`` (any case) and JSON's own mean; None for everything else."""
    if isinstance(cell, bool):
        return cell
    return _TRUTH.get(cell.strip().lower()) if isinstance(cell, str) else None


def as_boolean(cell: Cell) -> bool | None:
    """Availability: truth words, ``in stock``, ``out of stock`` and the like, schema.org's, or a count of pieces.

    Returns:
        True where at least one can be had now; None where missing. A count below zero is of what was sold before it
        was there.

    Raises:
        ValueError: none of these.
    """
    if is_missing(cell, number=True):
        return None
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        word = re.sub(r"^(?:https?://)?schema\.org/", "", cell.strip(), flags=re.IGNORECASE)
        word = " ".join(re.sub(r"[_\-\s]+", " ", word).lower().split())
        if word in _AVAILABLE:
            return _AVAILABLE[word]
    try:
        count = as_number(cell)
    except ValueError:
        count = None
    if count is None:
        raise ValueError(
            f"{cell!r} is neither true nor false; expected true, false, yes, no, 1, 0, or a number of pieces"
        )
    return count > 0


def _whole(word: str) -> int:
    if len(word) > 18:
        raise ValueError("a whole number beyond 2**53 would lose digits")
    return int(word)
