"""Text files as numbered physical lines, whatever their encoding, in bounded memory."""

from __future__ import annotations

import codecs
import io
import logging
import re
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from lookalike.errors import SourceError
from lookalike.sources.rows import BinaryFile, TableBytes

__all__ = ["MAX_LINE_CHARACTERS", "Line", "has_broken_text", "numbered_lines", "text_encoding"]

logger = logging.getLogger(__name__)

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
_LEGACY_SAMPLE_BYTES: Final = 4 * 2**20
_LAST_KOREAN: Final = 0xC8
_SIGNS_TOLD: Final = 16
"""Of so many different signs of Chinese some stand behind those of Korean."""
_BESIDE_ANOTHER: Final = re.compile(rb"[\x80-\xff]{2,}")


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
    """The encoding of `file`: by its byte order mark, else UTF-8, else GB 18030 (GBK), else Windows-1252.

    A file with some broken bytes among more proper UTF-8 characters is UTF-8, and only the broken rows are lost. One of
    Windows-1252 whose letters beyond ASCII stand mostly side by side, as no Western text has them, is warned of.
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
    return "utf-8" if n_proper >= n_broken else _legacy_encoding(file)


def _legacy_encoding(file: BinaryFile) -> str:
    file.seek(0)
    sample = file.read(_LEGACY_SAMPLE_BYTES)
    if len(sample) == _LEGACY_SAMPLE_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1]
    if _is_chinese(sample):
        return "gb18030"
    n_side_by_side = sum(map(len, _BESIDE_ANOTHER.findall(sample)))
    if 2 * n_side_by_side > len(sample) - len(sample.decode("ascii", "ignore")):
        logger.warning("a table is read as Windows-1252, which its text is not like: save it as UTF-8")
    return "cp1252"


def _is_chinese(sample: bytes) -> bool:
    """Whether nearly all that is not ASCII is Chinese as it is mostly written, when read as GB 18030.

    The common signs are the first level of GB 2312, in rows 16 to 55, with its punctuation in rows 1 and 3. What is
    Western text has letters there whose second byte is ASCII or that are none of these. Korean (EUC-KR) stands in rows
    16 to 40 alone, of which Chinese, sorted by its sound there, takes the later ones just as often.
    """
    try:
        letters = Counter(letter for letter in sample.decode("gb18030") if not letter.isascii())
    except UnicodeDecodeError:
        return False
    n_common = 0
    rows: list[int] = []
    for letter, n in letters.items():
        code = letter.encode("gb18030")
        if len(code) == 2 and code[1] >= 0xA1 and (0xB0 <= code[0] <= 0xD7 or code[0] in (0xA1, 0xA3)):
            n_common += n
            rows.append(code[0])
    if not 0 < 0.8 * letters.total() <= n_common:
        return False
    signs = [row for row in rows if row >= 0xB0]
    n_late = sum(row > _LAST_KOREAN for row in signs)
    return len(signs) < _SIGNS_TOLD or n_late > 0.05 * len(signs)


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
