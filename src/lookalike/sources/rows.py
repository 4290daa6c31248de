"""Rows before they mean anything: the seam between file formats and the table."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, final, runtime_checkable

from lookalike.errors import SourceError
from lookalike.sources.cells import Cell

__all__ = [
    "BREAKS_OFF",
    "BadRow",
    "BinaryFile",
    "FileBytes",
    "MemoryBytes",
    "Row",
    "RowReader",
    "TableBytes",
    "short_words",
    "words_of",
]

BinaryFile: TypeAlias = io.BufferedReader | io.BytesIO
"""Bytes on disk or in memory, from the beginning."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column name, and the one-based line (or row number) where the row begins."""

    line: int
    cells: Mapping[str, Cell]


_MOST_WORDS = 64
_LONGEST_WORD = 256
_MOST_CHARACTERS = 2**12
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s",:;|{}\[\]]+)')


def words_of(text: str, delimiter: str | None = None) -> tuple[str, ...]:
    """What may be a value of its own in a row that cannot be read: quoted parts, words, and cells.

    Args:
        text: the row; of a very long one the beginning is looked at.
        delimiter: between cells, where the format has one.
    """
    text = text[:_MOST_CHARACTERS]
    found = [first or second for first, second in _WORD.findall(text)]
    cells = [] if delimiter is None else [cell.strip().strip('"').strip() for cell in text.split(delimiter)]
    return short_words((*cells, *found))


def short_words(values: Iterable[object]) -> tuple[str, ...]:
    """Those of these texts and whole numbers that are as short as names are, each once, the first few."""
    words = (str(value) for value in values if isinstance(value, str | int))
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= _LONGEST_WORD))[:_MOST_WORDS]


BREAKS_OFF = "the file ends before it is complete, and what is missing is not removed"
"""Said of the last row of a file that was cut short."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that its format does not allow.

    Attributes:
        line: where it begins, one-based.
        detail: a sentence.
        words: what stands in it as far as can be told; one of them may be the product that it is about.
        breaks_off: whether the file ends here before it is complete.
    """

    line: int
    detail: str
    words: tuple[str, ...] = ()
    breaks_off: bool = False


@runtime_checkable
class RowReader(Protocol):
    """One file format."""

    @property
    def typed(self) -> bool:
        """Whether cells carry their own types; otherwise all are text and types are inferred from it."""
        ...

    def names(self) -> tuple[str, ...] | None:
        """Column names in order, where the file declares them; None where only its rows tell.

        Raises:
            SourceError: the file cannot be read at all.
        """
        ...

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row in order, read as it goes.

        Raises:
            SourceError: the file cannot be read (any more).
        """
        ...


@runtime_checkable
class TableBytes(Protocol):
    """The bytes of a table, wherever they are."""

    @property
    def name(self) -> str:
        """Its file name, for ``FILE:LINE``."""
        ...

    def open(self) -> BinaryFile:
        """A new reader from the beginning.

        Raises:
            SourceError: it cannot be opened.
        """
        ...

    def state(self) -> str:
        """Something that differs after the content was changed."""
        ...


@final
class FileBytes:
    """A table in the local file system."""

    def __init__(self, path: Path) -> None:
        """Read the file at `path`."""
        self._path = path

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self._path.name

    def open(self) -> BinaryFile:
        """The file, opened for reading."""
        try:
            return self._path.open("rb")
        except OSError as exc:
            raise SourceError(f"{self._path} cannot be read: {exc.strerror or exc}") from exc

    def state(self) -> str:
        """Size and times of the file."""
        try:
            found = os.stat(self._path)  # noqa: PTH116
        except OSError as exc:
            raise SourceError(f"{self._path} cannot be read: {exc.strerror or exc}") from exc
        return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


@final
class MemoryBytes:
    """A table that was fetched."""

    def __init__(self, name: str, data: bytes) -> None:
        """Call `data` by `name`."""
        self._name = name
        self._data = data

    @property
    def name(self) -> str:
        """The last part of its URL."""
        return self._name

    def open(self) -> BinaryFile:
        """The bytes as a file."""
        return io.BytesIO(self._data)

    def state(self) -> str:
        """Constant: the bytes are held."""
        return "memory"
