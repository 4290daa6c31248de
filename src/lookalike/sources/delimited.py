"""CSV and TSV: rows of text with a header, read so that a broken row costs only itself."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, final

from lookalike.errors import SourceError
from lookalike.sources.columns import n_known_names, spelled
from lookalike.sources.rows import BREAKS_OFF, BadRow, Row, TableBytes, words_of
from lookalike.sources.text_lines import Line, has_broken_text, numbered_lines, text_encoding

__all__ = ["DelimitedRows"]

_HEAD_BYTES: Final = 512
_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# Re-reading the lines that an unclosed quote swallowed must not make reading quadratic.
_REREAD_CHARACTERS: Final = 2**26
# Descriptions in HTML may hold whole pictures; the module's own limit is an eighth of this.
_LONGEST_CELL: Final = 2**20
_OTHERS: Final = (
    (b"\x1f\x8b", "is packed with gzip: call it {0!r}"),
    (b"PK\x03\x04", "is a workbook or an archive: save the sheet as CSV in UTF-8, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "is a workbook: save its sheet as CSV in UTF-8"),
    (b"PAR1", "is Parquet: call it so (.parquet)"),
    (b"<", "is XML or a web page: call a feed in XML so (.xml)"),
)
"""What else files called CSV are, by what they begin with, and what to do."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How the file is written; `header_line` is the line after which the rows begin."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    header_line: int


@final
class DelimitedRows:
    """Rows of a CSV or TSV file.

    The delimiter is the one of ``, ; tab |`` with which the header shows most of the known columns (a first line
    ``sep=;`` as spreadsheets write it is obeyed). A row with too few or too many cells, an unclosed quote, a NUL or
    bytes that are no text is bad; after an unclosed quote reading goes on with the next line. A last line that is
    half a row and has no end breaks off the file.
    """

    def __init__(
        self,
        table: TableBytes,
        *,
        preferred: str = ",",
        short_rows: bool = False,
        meant: Collection[str] | None = None,
    ) -> None:
        """Read `table`; where nothing else decides, `preferred` separates its cells.

        With `short_rows`, what is missing at the end of a row is empty, and no fault. Of columns that are not `meant`,
        as they are `spelled`, several may have one name; None: every column is.
        """
        self._table = table
        self._preferred = preferred
        self._short_rows = short_rows
        self._meant = meant
        self._known: tuple[str, _Dialect] | None = None

    @property
    def typed(self) -> bool:
        """False: every cell is text."""
        return False

    def names(self) -> tuple[str, ...]:
        """The header's cells, stripped; columns without a name are left out.

        Raises:
            SourceError: there is no header, or it names a column twice.
        """
        return tuple(name for name in self._dialect().names if name)

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row below the header; blank lines are passed over."""
        dialect = self._dialect()
        lines = numbered_lines(self._table, dialect.encoding)
        for _ in range(dialect.header_line):
            next(lines, None)
        for found in _cells(lines, dialect.delimiter, len(dialect.names), short_rows=self._short_rows):
            if isinstance(found, BadRow):
                yield found
            else:
                number, cells = found
                yield Row(number, {name: cell for name, cell in zip(dialect.names, cells, strict=True) if name})

    def _dialect(self) -> _Dialect:
        state = self._table.state()
        if self._known is None or self._known[0] != state:
            self._known = (state, self._look())
        return self._known[1]

    def _look(self) -> _Dialect:
        with self._table.open() as file:
            try:
                head = file.read(_HEAD_BYTES).removeprefix(codecs.BOM_UTF8).lstrip()
                file.seek(0)
                encoding = text_encoding(file)
            except OSError as exc:
                raise SourceError(f"{self._table.name} cannot be read: {exc.strerror or exc}") from exc
        for begins, what in _OTHERS:
            if head.startswith(begins):
                raise SourceError(f"{self._table.name} {what.format(f'{self._table.name}.gz')}")
        names, delimiter, header_line = self._header(encoding)
        broken = [name for name in names if has_broken_text(name)]
        if broken:
            raise SourceError(
                f"the header of {self._table.name} holds bytes that are no text in its encoding: {broken[0]!r}; "
                "save the file as UTF-8 and try again"
            )
        meant = [name for name in names if name and (self._meant is None or spelled(name) in self._meant)]
        twice = sorted({name for name in meant if meant.count(name) > 1})
        if twice:
            raise SourceError(
                f"{self._table.name} has more than one column named {', '.join(map(repr, twice))}; "
                "rename one of them, so that it is clear which is meant"
            )
        return _Dialect(encoding, delimiter, names, header_line)

    def _header(self, encoding: str) -> tuple[tuple[str, ...], str, int]:
        head: list[Line] = []
        said: str | None = None
        lines = numbered_lines(self._table, encoding)
        for line in lines:
            text = line.text.strip("\r\n")
            if line.number == 1 and text[:4].lower() == "sep=" and text[4:] in _DELIMITERS:
                said = text[4]
            elif text.strip() or head:
                head.append(line)
            if len(head) == 20:
                break
        lines.close()
        if not head:
            raise SourceError(f"{self._table.name} is empty; expected a header line with product_id and image")
        if "\0" in head[0].text:
            raise SourceError(
                f"the header of {self._table.name} holds NUL characters, so it is not text or is UTF-16 without a "
                "byte order mark; save it as UTF-8 and try again"
            )
        order = [self._preferred, *(sign for sign in _DELIMITERS if sign != self._preferred)]
        best: tuple[tuple[int, int], tuple[str, ...], str, int] | None = None
        for delimiter in [said] if said else order:
            names, last = _header_cells(head, delimiter)
            # Where nothing is known the header is refused, and then its names shall be told apart.
            n_known = n_known_names(names)
            score = (n_known, 0 if n_known else len(names))
            if best is None or score > best[0]:
                best = (score, names, delimiter, last)
        if best is None:
            raise SourceError(f"{self._table.name} has no header line; expected one with product_id and image")
        return best[1:]


def _header_cells(head: list[Line], delimiter: str) -> tuple[tuple[str, ...], int]:
    reader = csv.reader((line.text for line in head), delimiter=delimiter)
    try:
        names = tuple(" ".join(name.split()) for name in next(reader))
    except (csv.Error, StopIteration):
        return (), head[0].number
    while names and not names[-1]:
        names = names[:-1]
    return names, head[0].number + reader.line_num - 1


def _cells(
    lines: Iterator[Line], delimiter: str, n_columns: int, *, short_rows: bool
) -> Iterator[tuple[int, list[str]] | BadRow]:
    """Line number and cells of each row, or what is wrong with it."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))  # of the whole process
    feeder = _Feeder(lines)
    reader = csv.reader(feeder, delimiter=delimiter, strict=True)
    reread = 0
    while True:
        feeder.taken.clear()
        problem: str | None = None
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            problem = (
                str(exc) if "field limit" not in str(exc) else f"a cell has more than {_LONGEST_CELL:,} characters"
            )
        taken = list(feeder.taken)
        first = taken[0]
        if problem is not None and len(taken) == 1 and first.whole:
            # Quotes that do not follow the rules inside one line (6" pipe): read them as every spreadsheet does.
            cells, problem = _lenient(first.text, delimiter, problem)
        if short_rows and cells:
            cells += [""] * (n_columns - len(cells))
        if problem is None:
            problem = _problem(cells, n_columns) if cells else None
        if not all(line.whole for line in taken):
            problem = "the line is too long"
        if problem is None:
            if any(cell.strip() for cell in cells):
                yield first.number, cells[:n_columns]
            continue
        n_below = sum(len(line.text) for line in taken[1:])
        if taken[1:] and reread + n_below <= _REREAD_CHARACTERS:
            reread += n_below
            feeder.back.extendleft(reversed(taken[1:]))
            problem = f"{problem}; perhaps a quote is opened in this line and not closed"
            taken = taken[:1]
        # Half a row is common within a file, and many a file's last line has no end; both at once has but one that was
        # cut off. A file that was cut between two rows cannot be told.
        breaks_off = len(taken) == 1 and first.whole and not first.text.endswith(("\r", "\n"))
        breaks_off = breaks_off and len(cells) < n_columns
        if breaks_off:
            problem += f", and the line has no end: {BREAKS_OFF}"
        yield BadRow(first.number, problem, words_of(first.text, delimiter), breaks_off)
        for line in taken[1:]:
            problem = f"it belongs to line {first.number}, which cannot be read"
            yield BadRow(line.number, problem, words_of(line.text, delimiter))


def _lenient(text: str, delimiter: str, problem: str) -> tuple[list[str], str | None]:
    marker = "\n\0"
    try:
        cells = next(csv.reader([text.rstrip("\r\n") + "\n", marker], delimiter=delimiter), [])
    except csv.Error:
        return [], problem
    # A quote that is still open runs on into the marker.
    return ([], "a quote is opened and not closed") if any("\n" in cell for cell in cells) else (cells, None)


def _problem(cells: list[str], n_columns: int) -> str | None:
    while len(cells) > n_columns and not cells[-1].strip():
        cells.pop()
    if len(cells) != n_columns and any(cell.strip() for cell in cells):
        return f"the row has {len(cells)} cells; the header has {n_columns}"
    if any(has_broken_text(cell) for cell in cells):
        return "the row holds a NUL or bytes that are no text in the file's encoding"
    return None


@final
class _Feeder:
    """Lines for `csv.reader`, remembering those of the current row, with a way to put some back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.taken: list[Line] = []
        self.back: deque[Line] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else next(self._lines)
        self.taken.append(line)
        return line.text
