"""What a question in words sets as a condition: prices, sizes, and values of the catalogue's own columns.

``this in cream, under 80`` beside a picture means: color is cream, price below 80, and nothing else. What is understood
is told with the answer, and so is what is not; a value of the catalogue is never invented.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from lookalike.catalog.amounts import ASKED_UNITS
from lookalike.catalog.analysis import folded, stem
from lookalike.search.words.numerals import has_figure
from lookalike.search.words.terms import COLOURS, STOP_WORDS
from lookalike.types import AttributeValue

if TYPE_CHECKING:
    from lookalike.search.words.bounds import Bound

__all__ = ["CONDITION_COLUMNS", "Condition", "Reading", "Shelf", "last_part", "read", "where_of"]

Effect = Literal["filter", "weight"]

_NOT = re.compile(
    r"\b(?:not|no|non|neither|nor|without|(?:anything|everything|any colou?r|all) but|other than|except(?: for)?"
    r"|exclud(?:e|ing)|avoid(?:ing)?|rather than|instead of|(?:do not|don['’]?t) (?:want|like|need)|(?:is|are)n['’]?t"
    r"|nicht|kein(?:e|en)?|weder|ohne|ausser|pas(?: de)?|sans|sauf|ni)\s+(?:(?:in|the|a|an|any)\s+)*$"
)
_ARTICLES = r"(?:(?:in|the|a|an)\s+)*"
_NEITHER = re.compile(rf"(?:\s+(?:or|oder|ou)|\s*,?\s*(?:nor|noch|ni))\s+{_ARTICLES}|\s+(?:and|und|et)\s+(?:the\s+)?")
"""What stands between two values of a column that one ``not`` is about: not of ``not red and a blue chair``."""
_LISTED = re.compile(rf"\s*,\s*{_ARTICLES}")
_LISTED_LAST = re.compile(rf"\s*,?\s*(?:or|and|nor|oder|und|noch|ou|et|ni)\s+{_ARTICLES}")
"""The same of three or more: a comma, and before the last one a word."""
_GOES_ON = re.compile(rf"{_LISTED_LAST.pattern}|{_LISTED.pattern}")
_FILLING_TEXT = (
    "same this that one ones it but please show me want need looking something anything similar like colour "
    "color coloured colored price priced costing cost brand made by size sized version variant style in auch "
    "aber bitte so etwas farbe i is would as just only also too there do does you have any can could get give we "
    "instead thing kind type"
)
_FILLING = frozenset(_FILLING_TEXT.split())
VALUE_COLUMNS = ("color", "brand", "category")
CONDITION_COLUMNS = frozenset((*VALUE_COLUMNS, "material", "size", "style", "pattern", "finish", "gender", "fabric"))
"""Text columns whose values words can name as conditions."""
_MOST_WORDS = 4
_WORD = re.compile(r"(?:[^\s,;.!?()]|(?<=\w)\.(?=\w)|(?<=\d),(?=\d))+")
"""A word as full text takes it: the point or comma of a number (``1,5 L``) and points inside words are its own."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that the words ask of a column.

    Attributes:
        text: the words that said it.
        column: of the catalogue.
        operator: ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``between``.
        values: of the catalogue, or numbers.
        effect: whether it lets nothing else through, or only ranks.
    """

    text: str
    column: str
    operator: str
    values: tuple[AttributeValue, ...]
    effect: Effect = "filter"

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "text": self.text,
            "column": self.column,
            "operator": self.operator,
            "values": list(self.values),
            "effect": self.effect,
        }


@dataclass(frozen=True, slots=True)
class Shelf:
    """What conditions can be about.

    Attributes:
        names: what values of text columns may be called, with the values of each column that are called so.
        parts: the single words of colors of several, with those colors.
        numbers: columns of numbers.
    """

    names: Mapping[str, Mapping[str, tuple[str, ...]]]
    parts: Mapping[str, tuple[str, ...]]
    numbers: frozenset[str]

    @classmethod
    def of(cls, values: Mapping[str, Sequence[str]], numbers: frozenset[str]) -> Shelf:
        """What conditions can be about, of columns with values as the catalogue writes them, and columns of numbers."""
        names: dict[str, dict[str, list[str]]] = {}
        parts: dict[str, list[str]] = {}
        for column, written in values.items():
            for value in written:
                for name in _names(column, value):
                    names.setdefault(name, {}).setdefault(column, []).append(value)
                    for part in name.split() if column == "color" else ():
                        parts.setdefault(part, []).append(value)
        return cls(
            {name: {column: tuple(found) for column, found in by_column.items()} for name, by_column in names.items()},
            {part: tuple(found) for part, found in parts.items() if part not in STOP_WORDS},
            numbers,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A question, taken apart.

    Attributes:
        conditions: what was understood, in order.
        rest: the words that are left, which rank.
        unmapped: words that look like a condition on something that the catalogue has no column or value for.
    """

    conditions: tuple[Condition, ...] = ()
    rest: str = ""
    unmapped: tuple[str, ...] = field(default=())

    @property
    def names_colour(self) -> bool:
        """Whether the words say what colour it shall have or not: that of a picture beside them then does not count."""
        return any(one.column == "color" for one in self.conditions) or any(
            word.rpartition(" ")[2] in COLOURS for word in self.unmapped
        )


def read(text: str, shelf: Shelf, *, beside_picture: bool) -> Reading:
    """What `text` sets as conditions on the columns of `shelf`.

    Prices and sizes become filters. Values of color, brand, category and other columns become filters beside a picture,
    where words say how the wanted thing differs from it; in words alone they stay words, which full text finds wherever
    they stand, and are told as weights. A value after ``not`` or ``without``, and one that an ``or`` joins to it,
    becomes a filter in both.

    Args:
        text: the question.
        shelf: columns and values of the catalogue.
        beside_picture: whether a picture, product or vector is asked with it.
    """
    plain = folded(text)
    conditions: list[Condition] = []
    unmapped: list[str] = []
    plain = _numbers(plain, shelf, conditions, unmapped)
    plain = _denied(plain, shelf, conditions)
    rest = _values(plain, shelf, conditions, unmapped, beside_picture=beside_picture)
    words: list[str] = _WORD.findall(rest)
    if beside_picture:
        # In words alone a colour that no column has may still stand in a title; beside a picture it cannot be had.
        unmapped += [word for word in words if word in COLOURS]
        words = [word for word in words if word not in STOP_WORDS and word not in _FILLING]
    return Reading(tuple(conditions), " ".join(words), tuple(unmapped))


def last_part(column: str, value: str) -> str:
    """What people call a value: of a path of categories (``Kitchen/Mugs``, ``Kitchen > Mugs``) its last part."""
    return value.rstrip("/> ").rpartition("/")[2].rpartition(">")[2].strip() if column == "category" else value


def where_of(conditions: Sequence[Condition]) -> str | None:
    """The filter expression of those conditions that are filters; None where there are none."""
    parts = [_expression(condition) for condition in conditions if condition.effect == "filter"]
    return " and ".join(parts) or None


def _expression(condition: Condition) -> str:
    name = "`" + condition.column + "`"
    values = [_literal(value) for value in condition.values]
    match condition.operator:
        case "=":
            return f"{name} = {values[0]}" if len(values) == 1 else f"{name} in ({', '.join(values)})"
        case "!=":
            return f"not {name} in ({', '.join(values)})"
        case "between":
            return f"({name} >= {values[0]} and {name} <= {values[1]})"
        case operator:
            return f"{name} {operator} {values[0]}"


def _literal(value: AttributeValue) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _numbers(plain: str, shelf: Shelf, conditions: list[Condition], unmapped: list[str]) -> str:
    """Takes bounds out of `plain`, and returns what is left."""
    if not has_figure(plain):
        return plain
    # Its patterns take a quarter of a second to compile, which commands that ask for no number need not.
    from lookalike.search.words.bounds import take_bounds

    bounds, plain = take_bounds(plain)
    for bound in bounds:
        if "brand" in shelf.names.get(_key(bound.text), ()):  # 三元 is a dairy
            plain = plain[: bound.start] + bound.text + plain[bound.start + len(bound.text) :]
            continue
        column, factor = _column(bound, shelf)
        values = tuple(value * factor for value in bound.values)
        if column is None or not all(map(math.isfinite, values)):
            unmapped.append(bound.text)
        else:
            conditions.append(Condition(bound.text, column, bound.direction, values))
    return plain


def _column(bound: Bound, shelf: Shelf) -> tuple[str | None, float]:
    """The column that a bound is about, and what its numbers are multiplied by."""
    if bound.dimension in ("", "price") and (bound.money or not bound.unit):
        return ("price" if "price" in shelf.numbers else None), 1.0
    named = [
        name
        for name in sorted(shelf.numbers)
        if not bound.dimension or re.match(rf"{bound.dimension}(?![a-z])", name) or stem(name) == stem(bound.dimension)
    ]
    if not bound.unit:
        return (named[0] if named and bound.dimension and not bound.money else None), 1.0
    base, value = ASKED_UNITS[bound.unit]
    measured = {name: ASKED_UNITS.get(name.rpartition("_")[2], ("", 1.0)) for name in named}
    fitting = [(name, factor) for name, (own, factor) in measured.items() if own == base]
    return (fitting[0][0], value / fitting[0][1]) if len(fitting) == 1 else (None, 1.0)


def _denied(plain: str, shelf: Shelf, conditions: list[Condition]) -> str:
    """Takes values that are denied in Chinese out of `plain`, and returns what is left."""

    def column_of(name: str) -> str | None:
        return min(shelf.names.get(_key(name), ()), key=_order, default=None)

    from lookalike.search.words.denials import denials

    for denial in denials(plain, column_of):
        for written, name in denial.values:
            column = column_of(name)
            assert column is not None
            conditions.append(Condition(written, column, "!=", shelf.names[_key(name)][column]))
        plain = _blanked(plain, denial.start, denial.end)
    return plain


@dataclass(frozen=True, slots=True)
class _Named:
    """A value that is written somewhere, and the column that it is taken for one of; a colour that none has, too."""

    start: int
    end: int
    column: str
    values: tuple[str, ...]


def _values(plain: str, shelf: Shelf, conditions: list[Condition], unmapped: list[str], *, beside_picture: bool) -> str:
    """Takes values of the catalogue out of `plain`, longest first, and returns what is left.

    So are colours that it does not have, where they are denied: what says them is not what is wanted.
    """
    named = _named(plain, shelf)
    denied, listed = -1, -1
    for place, one in enumerate(named):
        begins = one.start
        negation = _NOT.search(plain[: one.start])
        if negation is not None:
            begins = negation.start()
        elif place and denied == place - 1 and named[denied].column == one.column:
            ended = named[denied].end
            if _NEITHER.fullmatch(plain, ended, one.start):
                begins = ended
            elif _LISTED.fullmatch(plain, ended, one.start) and _is_listed(plain, named[place:]):
                begins, listed = ended, place
            elif listed == denied and _GOES_ON.fullmatch(plain, ended, one.start):
                begins = ended
        negated = begins != one.start
        effect: Effect = "filter" if beside_picture or negated else "weight"
        written = plain[one.start : one.end]
        if negated:
            denied = place
        if not one.values:
            if negated:
                unmapped.append(f"not {written}")
                plain = _blanked(plain, begins, one.end)
            continue
        if effect == "filter":
            plain = _blanked(plain, begins, one.end)
        conditions.append(Condition(written, one.column, "!=" if negated else "=", one.values, effect))
    return plain


def _named(plain: str, shelf: Shelf) -> list[_Named]:
    """Values of the catalogue in a question, longest first.

    None goes on behind a comma that parts two others, but one that has a comma itself and ends no list.
    """
    found: list[_Named] = []
    words = list(re.finditer(r"[^\s,;.!?()/&]+", plain))
    at = 0
    while at < len(words):
        for length in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            first, last = words[at], words[at + length - 1]
            columns = _columns(words[at : at + length], shelf)
            if columns is None:
                continue
            column = min(columns, key=_order)
            if "," in plain[first.start() : last.end()] and _columns([first], shelf) is not None:
                has_comma = any("," in value for value in columns[column])
                if not has_comma or _GOES_ON.match(plain, last.end()):
                    continue
            found.append(_Named(first.start(), last.end(), column, tuple(dict.fromkeys(columns[column]))))
            at += length - 1
            break
        else:
            if words[at].group() in COLOURS:
                found.append(_Named(words[at].start(), words[at].end(), "color", ()))
        at += 1
    return found


def _columns(words: Sequence[re.Match[str]], shelf: Shelf) -> Mapping[str, tuple[str, ...]] | None:
    """The values that these words name, by column; None where they name none."""
    name = " ".join(stem(word.group()) for word in words)
    columns = shelf.names.get(name)
    if columns is None and name in shelf.parts:
        columns = {"color": shelf.parts[name]}
    return None if name in STOP_WORDS else columns


def _is_listed(plain: str, named: Sequence[_Named]) -> bool:
    """Whether the first of these values goes on a list, and another of its column follows: ``white, blue``.

    Of two, ``not red, white``, the second is what is wanted instead.
    """
    if len(named) < 2 or named[1].column != named[0].column:
        return False
    return _GOES_ON.fullmatch(plain, named[0].end, named[1].start) is not None


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _order(column: str) -> tuple[int, str]:
    return (VALUE_COLUMNS.index(column) if column in VALUE_COLUMNS else len(VALUE_COLUMNS)), column


def _names(column: str, value: str) -> list[str]:
    """What a value may be called: whole, and of a category path its last part."""
    names: list[str] = []
    for whole in (value, last_part(column, value)):
        name = _key(folded(whole))
        if name and name.count(" ") < _MOST_WORDS:
            names.append(name)
    return list(dict.fromkeys(names))


def _key(name: str) -> str:
    """Under which a value of that folded name is kept."""
    return " ".join(stem(word) for word in re.findall(r"[^\s,;.!?()/&]+", name))
