"""Amounts with a unit, in one spelling: ``1,5 L``, ``1.5 litres``, ``1500ml`` and ``1500毫升`` are all ``1.5l``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "ASKED_UNITS",
    "CHINESE_UNIT",
    "FRACTION",
    "PERHAPS_CHINESE_UNIT",
    "UNITS",
    "amount_token",
    "base_amount",
    "fraction",
]

_LENGTHS = {"mm": 0.1, "cm": 1.0, "m": 100.0, "inch": 2.54, "in": 2.54, '"': 2.54, "′′": 2.54, "''": 2.54, "ft": 30.48}
_LENGTH_WORDS = {
    "millimetre": 0.1,
    "millimeter": 0.1,
    "centimetre": 1.0,
    "centimeter": 1.0,
    "metre": 100.0,
    "meter": 100.0,
    "zoll": 2.54,
    "pouce": 2.54,
    "foot": 30.48,
    "feet": 30.48,
}
_VOLUMES = {"ml": 0.001, "cl": 0.01, "dl": 0.1, "l": 1.0, "ltr": 1.0, "litre": 1.0, "liter": 1.0}
_MASSES = {
    "mg": 0.001,
    "g": 1.0,
    "gr": 1.0,
    "gram": 1.0,
    "gramm": 1.0,
    "kg": 1000.0,
    "kilo": 1000.0,
    "kilogram": 1000.0,
}
_POWERS = {"w": 1.0, "watt": 1.0, "kw": 1000.0, "kilowatt": 1000.0}
_OTHERS = {
    "v": "v",
    "volt": "v",
    "mah": "mah",
    "bar": "bar",
    "hz": "hz",
    "db": "db",
    "rpm": "rpm",
    "%": "%",
    "percent": "%",
}


def _table() -> dict[str, tuple[str, float]]:
    table: dict[str, tuple[str, float]] = {}
    families = (("cm", {**_LENGTHS, **_LENGTH_WORDS}), ("l", _VOLUMES), ("g", _MASSES), ("w", _POWERS))
    for base, family in families:
        for name, factor in family.items():
            table[name] = (base, factor)
            if len(name) > 3:
                table[name + "s"] = (base, factor)
    table["inches"] = ("cm", 2.54)
    table.update({name: (base, 1.0) for name, base in _OTHERS.items()})
    return table


UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(_table())
"""Base unit and factor by the folded name of a unit."""

_CHINESE: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        **dict.fromkeys(("厘米", "公分"), UNITS["cm"]),
        **dict.fromkeys(("公斤", "千克"), UNITS["kg"]),
        "毫米": UNITS["mm"],
        "英寸": UNITS["inch"],
        "毫升": UNITS["ml"],
    }
)
_CHINESE_OF_ONE_SIGN: Mapping[str, tuple[str, float]] = MappingProxyType(
    {"米": UNITS["m"], "升": UNITS["l"], "克": UNITS["g"]}
)
_SIGNS = "".join(_CHINESE_OF_ONE_SIGN)
CHINESE_UNIT = rf"{'|'.join(_CHINESE)}|[{_SIGNS}](?=[装裝长長宽寬高深厚]|[^\u3400-\u9fff]|$)"
"""A unit behind a number, which Chinese may follow. One of a single sign begins many a word: it is one at the end of
what is said, and before what is measured."""
PERHAPS_CHINESE_UNIT = rf"(?!米色|克拉|升[级級降])[{_SIGNS}]"
"""The same before any other word, where nothing tells whether it is a unit (``2米桌布``) or not (``5米老鼠``)."""

_YARD, _POUND, _OUNCE = 91.44, 453.592, 28.3495
ASKED_UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        **UNITS,
        "'": UNITS["ft"],
        **dict.fromkeys(("yd", "yard", "yards"), ("cm", _YARD)),
        **dict.fromkeys(("lb", "lbs"), ("g", _POUND)),
        **dict.fromkeys(("oz", "ounce", "ounces"), ("g", _OUNCE)),
        **_CHINESE,
    }
)
"""The same with units that a bound may be in and that no text is searched by: an ounce may be one of a fluid too."""

_OVER_UNDER = "|".join(
    f"{over}[/⁄]{under}" for under in (2, 3, 4, 8, 16, 32, 64) for over in range(1, under) if math.gcd(over, under) == 1
)
FRACTION = rf"(?<![/⁄])(?:\d{{1,3}}[ -])?(?:{_OVER_UNDER})(?![\d/⁄]|[.,]\d)"
"""A fraction as measures have it, folded, by itself or behind a whole number: ``1/2``, ``1 1/2``, ``1-1/2``."""


def fraction(written: str) -> float | None:
    """``1/2`` and ``1 1/2`` as numbers; None for what is no `FRACTION`."""
    if not re.fullmatch(FRACTION, written):
        return None
    over, under = re.split("[/⁄]", written)
    wholes, _, over = over.replace("-", " ").rpartition(" ")
    return int(wholes or 0) + int(over) / int(under)


def base_amount(number: str, unit: str) -> tuple[float, str] | None:
    """The amount in its base unit (cm, l, g, w, …); None for a unit that is not known."""
    known = UNITS.get(unit) or _CHINESE.get(unit) or _CHINESE_OF_ONE_SIGN.get(unit)
    if known is None:
        return None
    base, factor = known
    value = _value(number)
    return None if value is None else (value * factor, base)


def amount_token(number: str, unit: str) -> str | None:
    """One token for the amount, whatever unit of its kind it is given in; None for a unit that is not known."""
    amount = base_amount(number, unit)
    if amount is None:
        return None
    value, base = amount
    return f"{round(value, 4):.10g}{base}"


def _value(number: str) -> float | None:
    """``1.5``, ``1,5``, ``1,500`` and ``1 1/2`` as numbers; None for what is none of them (``1.2.3``)."""
    if "/" in number or "⁄" in number:
        return fraction(number)
    head, comma, tail = number.partition(",")
    if comma and len(tail) == 3 and head != "0" and "." not in head:
        number = head + tail
    try:
        return float(number.replace(",", "."))
    except ValueError:
        return None
