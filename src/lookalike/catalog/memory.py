"""Columns in memory: one value per variant, in arrays that a filter can be evaluated over in a few milliseconds.

Arrays are never changed once a column is made; an update makes a new column that shares the vocabulary, to which
values are only ever added, until most of them are of the past: then the new column has a vocabulary of its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int32, Int64

from lookalike.types import AttributeValue, Mask

__all__ = ["BooleanColumn", "MemoryColumn", "NumberColumn", "TextColumn", "Vocabulary", "caseless"]

Rows: TypeAlias = Int64[np.ndarray, " rows"]
Kept: TypeAlias = Bool[np.ndarray, " n_before"] | None
Values: TypeAlias = Sequence[AttributeValue | None]

_LARGE_VOCABULARY = 1_000
"""Up to so many texts, and twice as many as there are rows, those that no row has any more are not looked for."""


def caseless(text: str) -> str:
    """`text` as it is compared: without case, and with accents within their letters, however they were typed."""
    folded = text.casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


class Vocabulary:
    """Texts by number. Texts that are equal but for their case have one number and are shown as first met."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.folded: list[str] = []
        self._by_text: dict[str | None, int] = {None: -1}
        self._by_folded: dict[str, int] = {}

    def code(self, text: str) -> int:
        """Number of `text` in any case; -2 where it is not there."""
        return self._by_folded.get(caseless(text), -2)

    def encode(self, texts: Sequence[str | None]) -> Int32[np.ndarray, " n"]:
        """Numbers of these, made where need be; -1 for None. One thread at a time."""
        for text in [text for text in dict.fromkeys(texts) if text not in self._by_text]:
            assert text is not None
            folded = caseless(text)
            code = self._by_folded.get(folded)
            if code is None:
                code = len(self.shown)
                self.shown.append(text)
                self.folded.append(folded)
                self._by_folded[folded] = code
            self._by_text[text] = code
        return np.fromiter(map(self._by_text.__getitem__, texts), dtype=np.int32, count=len(texts))


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """Numbers of a vocabulary, -1 where the value is missing."""

    codes: Int32[np.ndarray, " n"]
    vocabulary: Vocabulary

    @classmethod
    def of(cls, values: Values) -> TextColumn:
        """A column of these values."""
        vocabulary = Vocabulary()
        return cls(vocabulary.encode(_texts(values)), vocabulary)

    def present(self) -> Mask:
        """Where there is a value."""
        return self.codes >= 0

    def texts(self) -> list[str]:
        """The texts that any row has, as they are shown; the vocabulary keeps those that all rows have lost too."""
        used = np.bincount(self.codes[self.codes >= 0], minlength=1)
        return [self.vocabulary.shown[code] for code in np.flatnonzero(used).tolist()]

    def where(self, matches: Bool[np.ndarray, " vocabulary"]) -> Mask:
        """Where the vocabulary's text is one that matches."""
        # The last entry is what -1 picks: a missing value matches nothing.
        return np.append(matches, np.False_)[self.codes]

    def at(self, rows: Rows) -> TextColumn:
        """The column of these rows alone, with a vocabulary of its own: what is asked of it costs what they cost."""
        codes, shown = self.codes[rows].tolist(), self.vocabulary.shown
        return TextColumn.of([None if code < 0 else shown[code] for code in codes])

    def updated(self, kept: Kept, rows: Rows, values: Values, appended: Values) -> TextColumn:
        """The column with only `kept` values, then `values` at `rows` of what is left, then `appended` behind it."""
        codes = self.codes.copy() if kept is None else self.codes[kept]
        codes[rows] = self.vocabulary.encode(_texts(values))
        codes = np.concatenate([codes, self.vocabulary.encode(_texts(appended))])
        if len(self.vocabulary.shown) <= max(_LARGE_VOCABULARY, 2 * len(codes)):
            return TextColumn(codes, self.vocabulary)
        held = codes >= 0
        used, places = np.unique(codes[held], return_inverse=True)
        vocabulary = Vocabulary()
        codes[held] = vocabulary.encode([self.vocabulary.shown[code] for code in used.tolist()])[places]
        return TextColumn(codes, vocabulary)


@dataclass(frozen=True, slots=True, eq=False)
class NumberColumn:
    """Numbers, NaN where the value is missing."""

    numbers: Float64[np.ndarray, " n"]

    @classmethod
    def of(cls, values: Values) -> NumberColumn:
        """A column of these values."""
        return cls(_numbers(values))

    def present(self) -> Mask:
        """Where there is a value."""
        return ~np.isnan(self.numbers)

    def at(self, rows: Rows) -> NumberColumn:
        """The column of these rows alone."""
        return NumberColumn(self.numbers[rows])

    def updated(self, kept: Kept, rows: Rows, values: Values, appended: Values) -> NumberColumn:
        """As `TextColumn.updated`."""
        numbers = self.numbers.copy() if kept is None else self.numbers[kept]
        numbers[rows] = _numbers(values)
        return NumberColumn(np.concatenate([numbers, _numbers(appended)]))


@dataclass(frozen=True, slots=True, eq=False)
class BooleanColumn:
    """1, 0, and -1 where the value is missing."""

    flags: Int8[np.ndarray, " n"]

    @classmethod
    def of(cls, values: Values) -> BooleanColumn:
        """A column of these values."""
        return cls(_flags(values))

    def present(self) -> Mask:
        """Where there is a value."""
        return self.flags >= 0

    def at(self, rows: Rows) -> BooleanColumn:
        """The column of these rows alone."""
        return BooleanColumn(self.flags[rows])

    def updated(self, kept: Kept, rows: Rows, values: Values, appended: Values) -> BooleanColumn:
        """As `TextColumn.updated`."""
        flags = self.flags.copy() if kept is None else self.flags[kept]
        flags[rows] = _flags(values)
        return BooleanColumn(np.concatenate([flags, _flags(appended)]))


MemoryColumn: TypeAlias = TextColumn | NumberColumn | BooleanColumn


def _texts(values: Values) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in values]


def _numbers(values: Values) -> Float64[np.ndarray, " n"]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _flags(values: Values) -> Int8[np.ndarray, " n"]:
    return np.fromiter((-1 if value is None else bool(value) for value in values), dtype=np.int8, count=len(values))
