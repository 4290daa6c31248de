"""A selection over columns in memory: one true or false per variant."""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping

import numpy as np

from lookalike.catalog.memory import BooleanColumn, MemoryColumn, NumberColumn, TextColumn, caseless
from lookalike.catalog.selection import And, Comparison, Membership, Missing, Not, Or, Selection, TextMatch
from lookalike.errors import SelectionTypeError
from lookalike.types import AttributeValue, Mask

__all__ = ["evaluate"]

_ORDERINGS: Mapping[str, Callable[..., np.ndarray]] = {
    "=": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": python.contains,
    "starts with": str.startswith,
    "ends with": str.endswith,
}


def evaluate(selection: Selection, columns: Mapping[str, MemoryColumn]) -> Mask:
    """Where the selection is true, by the rules of `lookalike.catalog.selection`.

    Args:
        selection: checked; every column that it speaks of is in `columns`.
        columns: all of one length n.

    Returns:
        Shape (n,), bool; not to be written to.

    Raises:
        SelectionTypeError: a column has another type than when the selection was checked.
    """
    match selection:
        case Not(part):
            return ~evaluate(part, columns)
        case And(parts):
            return np.logical_and.reduce([evaluate(part, columns) for part in parts])
        case Or(parts):
            return np.logical_or.reduce([evaluate(part, columns) for part in parts])
        case Missing(name, negated):
            present = columns[name].present()
            return present if negated else ~present
        case TextMatch(name, test, value, negated):
            return _matching(_text(name, columns), test, value, negated=negated)
        case Membership(name, values, negated):
            found = _among(name, columns[name], values)
            return columns[name].present() & ~found if negated else found
        case Comparison(name, sign, value):
            return _compared(name, columns[name], sign, value)


def _compared(name: str, column: MemoryColumn, sign: str, value: AttributeValue) -> Mask:
    match column, value:
        case TextColumn(), str():
            return _compared_text(column, sign, value)
        case BooleanColumn(), bool():
            return column.flags == value if sign == "=" else (column.flags != value) & column.present()
        case NumberColumn(), (int() | float()) if not isinstance(value, bool):
            found = _ORDERINGS[sign](column.numbers, float(value))
            return found & column.present() if sign == "!=" else found
        case _:
            raise _outdated(name)


def _compared_text(column: TextColumn, sign: str, value: str) -> Mask:
    if sign in ("=", "!="):
        code = column.vocabulary.code(value)
        return column.codes == code if sign == "=" else (column.codes != code) & column.present()
    folded = caseless(value)
    test = _ORDERINGS[sign]
    return column.where(np.array([bool(test(text, folded)) for text in column.vocabulary.folded], dtype=np.bool_))


def _among(name: str, column: MemoryColumn, values: tuple[AttributeValue, ...]) -> Mask:
    if isinstance(column, TextColumn):
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) != len(values):
            raise _outdated(name)
        # Codes first: another thread may be adding texts.
        codes = np.array([column.vocabulary.code(text) for text in texts], dtype=np.int64)
        matches = np.zeros(len(column.vocabulary.folded), dtype=np.bool_)
        matches[codes[codes >= 0]] = True
        return column.where(matches)
    if isinstance(column, NumberColumn):
        return np.isin(column.numbers, np.array([float(value) for value in values]))
    return np.isin(column.flags, np.array([bool(value) for value in values], dtype=np.int8))


def _matching(column: TextColumn, test: str, value: str, *, negated: bool) -> Mask:
    folded = caseless(value)
    true = _TEXT_TESTS[test]
    matches = np.array([true(text, folded) != negated for text in column.vocabulary.folded], dtype=np.bool_)
    return column.where(matches)


def _text(name: str, columns: Mapping[str, MemoryColumn]) -> TextColumn:
    column = columns[name]
    if not isinstance(column, TextColumn):
        raise _outdated(name)
    return column


def _outdated(name: str) -> SelectionTypeError:
    return SelectionTypeError(f"column {name!r} has another type by now than when the filter was checked: try again")
