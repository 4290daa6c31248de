"""Text files as numbered physical lines, whatever their encoding, in bounded memory."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from lookalike.errors import SourceError
from lookalike.sources.rows import BinaryFile, TableBytes

__all__ = ["MAX_LINE_CHARACTERS", "Line", "has_broken_text", "numbered_lines", "text_encoding"]

MAX_LINE_CHARACTERS: Final = 8 * 2**20

_CHUNK_BYTES: Final = 2**20
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line with its line end; `whole` is false where its end was cut off as too long."""

    number: int
    text: str
    whole: bool = True


def has_broken_text(text: str) -> bool:
    """Whether `text` holds a NUL, or bytes or escapes that are no characters and so cannot be stored."""
    return "\0" in text or (not text.isascii() and _SURROGATE.search(text) is not None)


def text_encoding(file: BinaryFile) -> str:
    """The encoding of `file`, read through once: by its byte order mark, else UTF-8, else Windows-1252.

    A file with some broken bytes among more proper UTF-8 characters is UTF-8, and only the broken rows are lost.
    """
    head = file.read(4)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    n_proper = n_broken = 0
    chunk = head
    while chunk:
        text = decoder.decode(chunk)
        if not text.isascii():
            n_bad = len(_SURROGATE.findall(text))
            n_broken += n_bad
            n_proper += len(text) - len(text.encode("ascii", "ignore")) - n_bad
        chunk = file.read(_CHUNK_BYTES)
    n_broken += len(decoder.decode(b"", final=True))
    return "utf-8" if n_proper >= n_broken else "cp1252"


def numbered_lines(table: TableBytes, encoding: str) -> Generator[Line, None, None]:
    """Physical lines from number 1 on, ends (``\\n``, ``\\r\\n``, ``\\r``) kept.

    Raises:
        SourceError: reading failed on the way.
    """
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with table.open() as raw, io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="") as text:
        number = 0
        try:
            while line := text.readline(MAX_LINE_CHARACTERS):
                number += 1
                whole = len(line) < MAX_LINE_CHARACTERS or line.endswith(("\n", "\r"))
                yield Line(number, line, whole)
                rest = "" if whole else line
                while rest and not rest.endswith(("\n", "\r")):
                    rest = text.readline(MAX_LINE_CHARACTERS)
        except (OSError, UnicodeError) as exc:
            raise SourceError(f"{table.name} cannot be read after line {number}: {exc}") from exc
