"""The filter language: text to a `Selection`, and back.

::

    expression  = all { "or" all }
    all         = negation { "and" negation }
    negation    = "not" negation | "(" expression ")" | predicate
    predicate   = column ( sign value | ["not"] "in" "(" value { "," value } ")" | "is" ["not"] "null"
                         | ["not"] "between" value "and" value
                         | ["not"] ( "contains" | "starts" "with" | "ends" "with" | "like" ) string )
                | column                                   (a true/false column by itself)
    sign        = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">="
    value       = string | number | "true" | "false"
    column      = word | "`" anything "`"

Keywords are read in any case. ``like`` takes a pattern whose only wildcard is ``%`` at one end or both.
"""

from __future__ import annotations

import json
import re

from lookalike.catalog.selection import (
    MAX_DEPTH,
    MAX_VALUES,
    And,
    Comparison,
    Membership,
    Missing,
    Not,
    Operator,
    Or,
    Selection,
    TextMatch,
    TextOperator,
)
from lookalike.catalog.tokens import KEYWORDS, Token, tokens
from lookalike.errors import SelectionSyntaxError
from lookalike.types import AttributeValue

__all__ = ["parse", "render"]

_SIGNS: dict[str, Operator] = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_BARE = re.compile(r"[^\W\d]\w*")
_MAX_INTEGER = 2**63


def parse(text: str) -> Selection:
    """The tree that `text` writes down; columns and types are not checked (`lookalike.catalog.selection.check` does).

    Raises:
        SelectionSyntaxError: it cannot be read; `position` says where, the message what was expected.
    """
    found = tokens(text)
    if len(found) == 1:
        raise SelectionSyntaxError(
            'the filter is empty: write for example category = "Shoes" and price < 50', position=0
        )
    parser = _Parser(found)
    selection = parser.expression(0)
    if parser.token.kind != "end":
        raise parser.expected("and, or, or the end of the filter")
    return selection


class _Parser:
    """Recursive descent over the tokens; one method per rule of the grammar."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    def expected(self, what: str) -> SelectionSyntaxError:
        """The error for the token at hand."""
        token = self.token
        received = "the filter ends" if token.kind == "end" else f"received {token.text!r}"
        return SelectionSyntaxError(
            f"at character {token.position + 1} of the filter {what} is expected, {received}", position=token.position
        )

    def expression(self, depth: int) -> Selection:
        if depth > MAX_DEPTH:
            raise SelectionSyntaxError(
                f"the filter is nested deeper than {MAX_DEPTH} levels: write it flatter", position=self.token.position
            )
        parts = [self._all(depth)]
        while self._skip("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self, depth: int) -> Selection:
        parts = [self._negation(depth)]
        while self._skip("and"):
            parts.append(self._negation(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negation(self, depth: int) -> Selection:
        if depth > MAX_DEPTH:
            raise SelectionSyntaxError(
                f"the filter is nested deeper than {MAX_DEPTH} levels: write it flatter", position=self.token.position
            )
        if self._skip("not"):
            return Not(self._negation(depth + 1))
        if self._skip_sign("("):
            inner = self.expression(depth + 1)
            if not self._skip_sign(")"):
                raise self.expected("a closing parenthesis")
            return inner
        return self._predicate()

    def _predicate(self) -> Selection:
        column = self._column()
        token = self.token
        if token.kind == "sign" and token.text in _SIGNS:
            self._at += 1
            return self._comparison(column, _SIGNS[token.text])
        if self._skip("is"):
            negated = self._skip("not")
            if not self._skip("null"):
                raise self.expected("null" if negated else "null or not null")
            return Missing(column, negated)
        negated = self._skip("not")
        if self._skip("in"):
            return Membership(column, self._list(), negated)
        if self._skip("between"):
            return self._between(column, negated=negated)
        if self._skip("contains"):
            return TextMatch(column, "contains", self._string(), negated)
        if self._skip("like"):
            return self._like(column, negated=negated)
        for first, operator in (("starts", "starts with"), ("ends", "ends with")):
            if self._skip(first):
                if not self._skip("with"):
                    raise self.expected(f"with (as in {operator})")
                match: TextOperator = operator  # pyright: ignore[reportAssignmentType]
                return TextMatch(column, match, self._string(), negated)
        if negated or token.kind in ("string", "number", "name") or (token.kind == "word" and token.keyword is None):
            raise self.expected("in, between, contains, starts with, ends with or like" if negated else "a comparison")
        return Comparison(column, "=", True)

    def _comparison(self, column: str, operator: Operator) -> Selection:
        if self.token.keyword == "null":
            raise SelectionSyntaxError(
                f"at character {self.token.position + 1} of the filter: nothing is equal to a missing value, "
                f"write `{column}` is null or is not null",
                position=self.token.position,
            )
        return Comparison(column, operator, self._value())

    def _between(self, column: str, *, negated: bool) -> Selection:
        low = self._value()
        if not self._skip("and"):
            raise self.expected("and (as in between 10 and 20)")
        both = And((Comparison(column, ">=", low), Comparison(column, "<=", self._value())))
        # A missing value is not between, nor is it "not between", as with every comparison.
        return And((Missing(column, negated=True), Not(both))) if negated else both

    def _like(self, column: str, *, negated: bool) -> Selection:
        token = self.token
        pattern = self._string()
        inner = pattern[pattern.startswith("%") : len(pattern) - (len(pattern) > 1 and pattern.endswith("%"))]
        if "%" in inner:
            raise SelectionSyntaxError(
                f"at character {token.position + 1} of the filter: like takes % at the beginning or end only, "
                f"received {pattern!r}: join several contains with and",
                position=token.position,
            )
        match pattern.startswith("%"), len(pattern) > 1 and pattern.endswith("%"):
            case True, True:
                return TextMatch(column, "contains", inner, negated)
            case True, False:
                return TextMatch(column, "ends with", inner, negated)
            case False, True:
                return TextMatch(column, "starts with", inner, negated)
            case _:
                return Comparison(column, "!=" if negated else "=", inner)

    def _column(self) -> str:
        token = self.token
        if token.kind == "name" or (token.kind == "word" and token.keyword is None):
            self._at += 1
            return token.text
        if token.keyword is not None:
            raise self.expected(f"a column (one that is called {token.text} is written `{token.text}`)")
        raise self.expected("a column")

    def _list(self) -> tuple[AttributeValue, ...]:
        if not self._skip_sign("("):
            raise self.expected("an opening parenthesis")
        values = [self._value()]
        while self._skip_sign(","):
            values.append(self._value())
            if len(values) > MAX_VALUES:
                raise self.expected(f"a list of at most {MAX_VALUES} values")
        if not self._skip_sign(")"):
            raise self.expected("a comma or a closing parenthesis")
        return tuple(values)

    def _string(self) -> str:
        token = self.token
        if token.kind != "string":
            raise self.expected("text in quotes")
        self._at += 1
        return token.text

    def _value(self) -> AttributeValue:
        token = self.token
        value: AttributeValue
        if token.kind == "string":
            value = token.text
        elif token.kind == "number":
            value = self._number(token)
        elif token.keyword in ("true", "false"):
            value = token.keyword == "true"
        else:
            raise self.expected("a number, true, false or text in quotes")
        self._at += 1
        return value

    def _number(self, token: Token) -> float | int:
        if re.fullmatch(r"[+-]?\d{1,19}", token.text) and abs(int(token.text)) < _MAX_INTEGER:
            return int(token.text)
        number = float(token.text)
        if number in (float("inf"), float("-inf")):
            raise self.expected("a number of ordinary size")
        return number

    def _skip(self, keyword: str) -> bool:
        if self.token.keyword != keyword:
            return False
        self._at += 1
        return True

    def _skip_sign(self, sign: str) -> bool:
        if self.token.kind != "sign" or self.token.text != sign:
            return False
        self._at += 1
        return True


def render(selection: Selection) -> str:
    """Text that `parse` reads as the same tree; equal trees give equal text."""
    match selection:
        case Comparison(column, operator, value):
            return f"{_name(column)} {operator} {_literal(value)}"
        case Membership(column, values, negated):
            return f"{_name(column)} {'not ' * negated}in ({', '.join(map(_literal, values))})"
        case TextMatch(column, operator, value, negated):
            return f"{_name(column)} {'not ' * negated}{operator} {_literal(value)}"
        case Missing(column, negated):
            return f"{_name(column)} is {'not ' * negated}null"
        case Not(part):
            return f"not {_part(part)}"
        case And(parts):
            return " and ".join(map(_part, parts))
        case Or(parts):
            return " or ".join(map(_part, parts))


def _part(selection: Selection) -> str:
    text = render(selection)
    return f"({text})" if isinstance(selection, And | Or) else text


def _name(column: str) -> str:
    return column if _BARE.fullmatch(column) and column.lower() not in KEYWORDS else f"`{column}`"


def _literal(value: AttributeValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(value)
