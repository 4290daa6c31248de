"""Words, numbers, strings and signs of the filter language, with where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lookalike.errors import SelectionSyntaxError

__all__ = ["KEYWORDS", "MAX_CHARACTERS", "Token", "tokens"]

MAX_CHARACTERS = 100_000
KEYWORDS = frozenset(
    {"and", "or", "not", "in", "is", "null", "true", "false", "like", "contains", "starts", "ends", "with", "between"}
)

Kind = Literal["word", "name", "number", "string", "sign", "end"]

_TOKEN = re.compile(
    r"""
      (?P<number> [+-]? (?: \d+ (?:\.\d*)? | \.\d+ ) (?:[eE][+-]?\d+)? (?![\w.]) )
    | (?P<string> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
    | (?P<name> `[^`]+` )
    | (?P<word> [^\W\d]\w* )
    | (?P<sign> != | <> | <= | >= | == | [=<>(),] )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of an expression.

    Attributes:
        kind: ``word`` is a bare name or keyword, ``name`` was in backticks, ``end`` follows the last one.
        text: without quotes, escapes undone; keywords are told by their lower case.
        position: of its first character, zero-based.
    """

    kind: Kind
    text: str
    position: int

    @property
    def keyword(self) -> str | None:
        """The keyword that this is, in lower case."""
        lower = self.text.lower()
        return lower if self.kind == "word" and lower in KEYWORDS else None


def tokens(text: str) -> list[Token]:
    """The pieces of `text`, with an ``end`` behind them.

    Raises:
        SelectionSyntaxError: longer than 100,000 characters, an open quote, or a character that means nothing.
    """
    if len(text) > MAX_CHARACTERS:
        raise SelectionSyntaxError(f"a filter has at most {MAX_CHARACTERS} characters, received {len(text)}")
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise SelectionSyntaxError(_complaint(text, at), position=at)
        kind: Kind = match.lastgroup  # pyright: ignore[reportAssignmentType]
        piece = match.group()
        if kind == "string":
            piece = _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), piece[1:-1])
        elif kind == "name":
            piece = piece[1:-1]
        found.append(Token(kind, piece, at))
        at = match.end()
    found.append(Token("end", "", len(text)))
    return found


def _complaint(text: str, at: int) -> str:
    sign = text[at]
    if sign in "\"'`":
        return f"the {sign} at character {at + 1} is never closed"
    if sign in "+-." and re.match(r"\w", text[at - 1 : at]):
        return f"{sign!r} at character {at + 1} follows a word: a column whose name has signs goes in backticks"
    if sign.isdigit() or sign in "+-.":
        return f"{text[at : at + 20]!r} at character {at + 1} is not a number: put text in quotes"
    return f"{sign!r} at character {at + 1} means nothing here: put text in quotes, odd column names in backticks"
