"""Selections: a filter as a typed tree. Written by people as text (`parsing`), checked here, evaluated by a `View`.

Logic has two values. A comparison with a missing value is false, whatever the comparison, and so is membership in
a list; ``not`` turns that into true. Text is compared without regard to case (Unicode case folding); ordering of
text is by code point after folding. Text is never passed on to a database.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from lookalike.catalog.columns import ColumnType
from lookalike.errors import SelectionError, SelectionTypeError, UnknownColumn
from lookalike.types import AttributeValue

__all__ = [
    "MAX_DEPTH",
    "MAX_VALUES",
    "And",
    "Comparison",
    "Membership",
    "Missing",
    "Not",
    "Or",
    "Selection",
    "TextMatch",
    "check",
    "columns_of",
    "named_column",
]

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
TextOperator = Literal["contains", "starts with", "ends with"]

MAX_DEPTH = 50
MAX_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """``column operator value``; false where the value is missing."""

    column: str
    operator: Operator
    value: AttributeValue

    def __post_init__(self) -> None:
        if self.operator not in get_args(Operator):
            raise ValueError(f"operator must be one of {get_args(Operator)}, received {self.operator!r}")
        _check_value(self.value)


@dataclass(frozen=True, slots=True)
class Membership:
    """``column in (values)``; false where the value is missing, also when `negated` (``not in``)."""

    column: str
    values: tuple[AttributeValue, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.values) <= MAX_VALUES:
            raise ValueError(f"a list has 1 to {MAX_VALUES} values, received {len(self.values)}")
        for value in self.values:
            _check_value(value)


@dataclass(frozen=True, slots=True)
class TextMatch:
    """``column contains "part"`` and its kind; false where the value is missing, also when `negated`."""

    column: str
    operator: TextOperator
    value: str
    negated: bool = False

    def __post_init__(self) -> None:
        if self.operator not in get_args(TextOperator):
            raise ValueError(f"operator must be one of {get_args(TextOperator)}, received {self.operator!r}")


@dataclass(frozen=True, slots=True)
class Missing:
    """``column is null``, or when `negated` ``column is not null``."""

    column: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """True where `part` is false."""

    part: Selection


@dataclass(frozen=True, slots=True)
class And:
    """True where every part is; at least two parts."""

    parts: tuple[Selection, ...]

    def __post_init__(self) -> None:
        _check_parts(self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """True where some part is; at least two parts."""

    parts: tuple[Selection, ...]

    def __post_init__(self) -> None:
        _check_parts(self.parts)


Selection: TypeAlias = Comparison | Membership | TextMatch | Missing | Not | And | Or


def _check_value(value: AttributeValue) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"values must be finite, received {value}")


def _check_parts(parts: tuple[Selection, ...]) -> None:
    if len(parts) < 2:
        raise ValueError(f"and/or join at least two parts, received {len(parts)}")


def columns_of(selection: Selection) -> frozenset[str]:
    """Names of the columns that the tree speaks of."""
    match selection:
        case Not(part):
            return columns_of(part)
        case And(parts) | Or(parts):
            return frozenset().union(*map(columns_of, parts))
        case _:
            return frozenset({selection.column})


def check(selection: Selection, columns: Mapping[str, ColumnType]) -> Selection:
    """The same tree with every column named as the catalogue names it, once every comparison makes sense.

    A column may be written in another case where that is unambiguous.

    Raises:
        UnknownColumn: a column that is not in `columns`.
        SelectionTypeError: a value of another type than its column's, or an operator that its type does not have.
        SelectionError: nested deeper than 50 levels.
    """
    return _checked(selection, columns, 0)


def _checked(selection: Selection, columns: Mapping[str, ColumnType], depth: int) -> Selection:
    if depth > MAX_DEPTH:
        raise SelectionError(f"the filter is nested deeper than {MAX_DEPTH} levels: write it flatter")
    match selection:
        case Not(part):
            return Not(_checked(part, columns, depth + 1))
        case And(parts):
            return And(tuple(_checked(part, columns, depth + 1) for part in parts))
        case Or(parts):
            return Or(tuple(_checked(part, columns, depth + 1) for part in parts))
        case Missing(column, negated):
            return Missing(named_column(column, columns), negated)
        case Comparison(column, operator, value):
            name = named_column(column, columns)
            _check_type(name, columns[name], value)
            if columns[name] == "boolean" and operator not in ("=", "!="):
                raise SelectionTypeError(
                    f"column {name!r} is true or false and can be compared with = and != only, received {operator}"
                )
            return Comparison(name, operator, value)
        case Membership(column, values, negated):
            name = named_column(column, columns)
            for value in values:
                _check_type(name, columns[name], value)
            return Membership(name, values, negated)
        case TextMatch(column, operator, value, negated):
            name = named_column(column, columns)
            if columns[name] != "text":
                raise SelectionTypeError(
                    f"{operator!r} works on text, but column {name!r} is {_DESCRIBED[columns[name]]}: compare it with ="
                )
            return TextMatch(name, operator, value, negated)


_DESCRIBED: Mapping[ColumnType, str] = {"text": "text", "number": "a number", "boolean": "true or false"}


def _check_type(name: str, column_type: ColumnType, value: AttributeValue) -> None:
    match column_type, value:
        case ("boolean", bool()) | ("text", str()):
            return
        case "number", (int() | float()) if not isinstance(value, bool):
            return
        case "text", _:
            advice = f'write it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
        case "number", str():
            advice = "write the number without quotes" if _is_number(value) else "compare it with a number"
        case _:
            advice = "write true or false" if column_type == "boolean" else "compare it with a number"
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    raise SelectionTypeError(f"column {name!r} is {_DESCRIBED[column_type]} and was compared with {shown}: {advice}")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def named_column(name: str, columns: Mapping[str, ColumnType]) -> str:
    """The column that `name` means, whatever its case.

    Raises:
        UnknownColumn: none.
    """
    if name in columns:
        return name
    folded = [known for known in columns if known.casefold() == name.casefold()]
    if len(folded) == 1:
        return folded[0]
    near = folded or difflib.get_close_matches(name, list(columns), n=1, cutoff=0.6)
    has = f"did you mean {near[0]!r}? It has" if near else "it has"
    raise UnknownColumn(f"there is no column {name!r} in this catalogue; {has}: {', '.join(sorted(columns))}")
