"""JSON: one object a line, or one array of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast, final

from lookalike.errors import SourceError
from lookalike.sources.cells import Cell, cell_of
from lookalike.sources.rows import BREAKS_OFF, BadRow, Row, TableBytes, short_words, words_of
from lookalike.sources.text_lines import has_broken_text, numbered_lines, text_encoding

__all__ = ["JsonArrayRows", "JsonLinesRows"]

_MAX_ARRAY_BYTES: Final = 512 * 2**20


@final
class JsonLinesRows:
    """Rows of a JSONL (or NDJSON) file, blank lines passed over. A line that is no JSON object is bad."""

    def __init__(self, table: TableBytes) -> None:
        """Read `table`."""
        self._table = table

    @property
    def typed(self) -> bool:
        """True: JSON says what is text, number and truth."""
        return True

    def names(self) -> None:
        """None: the objects may have different names."""
        return

    def rows(self) -> Iterator[Row | BadRow]:
        """Every object, with its line."""
        with self._table.open() as file:
            try:
                encoding = text_encoding(file)
            except OSError as exc:
                raise SourceError(f"{self._table.name} cannot be read: {exc.strerror or exc}") from exc
        for line in numbered_lines(self._table, encoding):
            if not line.whole:
                yield BadRow(line.number, "the line is too long", words_of(line.text))
            elif line.text.strip():
                try:
                    value = _parsed(line.text)
                except ValueError as exc:
                    # Every line ends, but one that was cut short.
                    breaks_off = line.text.lstrip().startswith("{") and not line.text.endswith(("}", "\n", "\r"))
                    detail = f"the line is not JSON: {exc}"
                    if breaks_off:
                        detail += f"; {BREAKS_OFF}"
                    yield BadRow(line.number, detail, words_of(line.text), breaks_off)
                else:
                    yield _row(line.number, value)


@final
class JsonArrayRows:
    """Objects of a file that holds one JSON array. It is read into memory: large catalogues better use JSONL."""

    def __init__(self, table: TableBytes) -> None:
        """Read `table`."""
        self._table = table

    @property
    def typed(self) -> bool:
        """True: JSON says what is text, number and truth."""
        return True

    def names(self) -> None:
        """None: the objects may have different names."""
        return

    def rows(self) -> Iterator[Row | BadRow]:
        """Every object, with its one-based place in the array."""
        name = self._table.name
        try:
            with self._table.open() as file:
                data = file.read(_MAX_ARRAY_BYTES + 1)
        except OSError as exc:
            raise SourceError(f"{name} cannot be read: {exc.strerror or exc}") from exc
        if len(data) > _MAX_ARRAY_BYTES:
            raise SourceError(f"{name} is larger than {_MAX_ARRAY_BYTES:,} bytes; write one object a line as .jsonl")
        try:
            values = _parsed(data)
        except ValueError as exc:
            raise SourceError(f"{name} is not JSON: {exc}; expected an array of objects") from exc
        if not isinstance(values, list):
            raise SourceError(f"{name} holds no array of objects; write one, or one object a line as .jsonl")
        for number, value in enumerate(cast("list[object]", values), 1):
            yield _row(number, value)


def _parsed(text: str | bytes) -> object:
    try:
        # bytes: json tells UTF-8, UTF-16 and UTF-32 apart by itself, with or without a byte order mark.
        return cast("object", json.loads(text))
    except RecursionError as exc:
        raise ValueError("it is nested too deeply") from exc


def _row(number: int, value: object) -> Row | BadRow:
    if not isinstance(value, dict):
        return BadRow(number, f"expected a JSON object, received {type(value).__name__}", words_of(json.dumps(value)))
    cells: dict[str, Cell] = {}
    named = cast("dict[str, object]", value)
    words = short_words(named.values())
    for name, inner in named.items():
        name = " ".join(name.split())
        if has_broken_text(name):
            return BadRow(number, f"the name {name!r} holds a NUL or half a character", words)
        try:
            if name:
                cells[name] = cell_of(inner)
        except (ValueError, RecursionError) as exc:
            return BadRow(number, f"{name}: {exc}", words)
    return Row(number, cells)
