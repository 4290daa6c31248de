"""Tables packed with gzip, unpacked as they are read; one that is damaged or cut off is read as far as it goes."""

from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Iterator
from typing import Final, final

from lookalike.errors import SourceError
from lookalike.sources.rows import BadRow, BinaryFile, Row, RowReader, TableBytes, short_words

__all__ = ["GZIP", "PackedBytes", "PackedRows"]

GZIP: Final = b"\x1f\x8b"
"""What gzip begins with."""
_CHUNK_BYTES: Final = 2**16
# Catalogues shrink 5 to 100 times; what is made to fill memory or time does so 1,000 times.
_MOST_TIMES: Final = 250
_FREE_BYTES: Final = 2**28
_WITH_HEADER: Final = 16 + zlib.MAX_WBITS
_ROW_ENDS: Final = b"\n\r>}]"
"""What a whole table ends with; a CSV may end otherwise, and half a row of it looks like a whole one."""


@final
class PackedBytes:
    """The content of a table that is packed with gzip, in one part or several."""

    def __init__(self, table: TableBytes) -> None:
        """Unpack `table`."""
        self._table = table
        self._damage: tuple[str, str] | None = None
        self._ends_whole = False

    @property
    def name(self) -> str:
        """That of the packed file."""
        return self._table.name

    def open(self) -> BinaryFile:
        """The content from the beginning; it ends where the gzip is damaged.

        Raises:
            SourceError: it cannot be opened, or is no gzip. While it is read: it unpacks to much more than any table.
        """
        return io.BufferedReader(_Unpacking(self, self._table.open()), _CHUNK_BYTES)

    def state(self) -> str:
        """That of the packed file."""
        return self._table.state()

    def damage(self) -> str | None:
        """Why the content ended too early, once somebody has read to its end; None for a whole one."""
        return self._damage[1] if self._damage is not None and self._damage[0] == self.state() else None

    def ends_whole(self) -> bool:
        """Whether the content is whole in spite of the damage, which lies behind it."""
        return self._ends_whole

    def note(self, damage: str, *, ends_whole: bool) -> None:
        """Remember `damage` of what the file holds now, and whether what came before ends as tables do."""
        self._damage, self._ends_whole = (self.state(), damage), ends_whole


@final
class PackedRows:
    """The rows of a packed table.

    Where the gzip is damaged or cut off, the row that stood there may be half a one. It is bad, and breaks off the
    file. Where something follows the end of the gzip every row is there; as it may be a further part, of which nothing
    can be read, that breaks off the file as well.
    """

    def __init__(self, rows: RowReader, packed: PackedBytes) -> None:
        """Hand on `rows`, which read `packed`."""
        self._rows = rows
        self._packed = packed

    @property
    def typed(self) -> bool:
        """As of the table."""
        return self._rows.typed

    def names(self) -> tuple[str, ...] | None:
        """As of the table."""
        return self._rows.names()

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row, one behind what is read.

        Raises:
            SourceError: the table cannot be read (any more).
        """
        last: Row | BadRow | None = None
        try:
            for row in self._rows.rows():
                if last is not None:
                    yield last
                last = row
        except SourceError as exc:
            damage = self._packed.damage()
            raise (exc if damage is None else SourceError(f"{self._packed.name}: {damage}; {exc}")) from exc
        damage = self._packed.damage()
        if damage is None:
            if last is not None:
                yield last
            return
        words = () if last is None else last.words if isinstance(last, BadRow) else short_words(last.cells.values())
        if last is not None and self._packed.ends_whole():
            yield last
            words = ()
        yield BadRow(
            1 if last is None else last.line, f"{damage}, and what is missing is not removed", words, breaks_off=True
        )


@final
class _Unpacking(io.RawIOBase):
    """One reading of a packed file."""

    def __init__(self, packed: PackedBytes, file: BinaryFile) -> None:
        self._packed = packed
        self._file = file
        self._begin()

    def _begin(self) -> None:
        self._file.seek(0)
        self._taken = self._file.read(_CHUNK_BYTES)
        self._n_packed = len(self._taken)
        self._n_bytes = 0
        self._last_byte = b""
        self._is_over = not self._taken
        self._inflater = zlib.decompressobj(_WITH_HEADER)
        if self._taken and not self._taken.startswith(GZIP):
            name = self._packed.name
            raise SourceError(
                f"{name} is no gzip, although its name says so; if it was unpacked on its way here, call it "
                f"{name[: -len('.gz')]!r}"
            )

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._n_bytes

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_CUR:
            offset, whence = self._n_bytes + offset, io.SEEK_SET
        if whence != io.SEEK_SET or offset not in (0, self._n_bytes):
            raise io.UnsupportedOperation("what is packed is read from its beginning")
        if offset != self._n_bytes:
            self._begin()
        return self._n_bytes

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        while not self._is_over:
            before = self._inflater.copy()
            try:
                data = self._inflater.decompress(self._taken, len(buffer))
            except zlib.error as exc:
                self._inflater = before
                data = self._until_damage(len(buffer))
                self._end(f"the gzip is damaged ({exc})")
            else:
                self._taken = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
                self._last_byte = data[-1:] or self._last_byte
                self._go_on()
            if data:
                self._n_bytes += len(data)
                self._check()
                buffer[: len(data)] = data
                return len(data)
        return 0

    def _until_damage(self, most: int) -> bytes:
        """What comes before damage that is known to be among what was taken; an error gives nothing of its call."""
        found = bytearray()
        with contextlib.suppress(zlib.error):
            while self._taken and not self._inflater.eof and len(found) < most:
                found += self._inflater.decompress(self._taken, 1 + (most - len(found)) // 1024)
                self._taken = self._inflater.unconsumed_tail
        return bytes(found)

    def _go_on(self) -> None:
        """Take more of the file where it is needed: within a part, or for the next."""
        if self._inflater.eof:
            self._taken = self._taken.lstrip(b"\0")  # what tapes are filled up with
            while not self._taken and self._take():
                self._taken = self._taken.lstrip(b"\0")
            if not self._taken:
                self._is_over = True
            elif not self._taken.startswith(GZIP[: len(self._taken)]):
                self._end("what follows the end of the gzip is none", ends_whole=self._last_byte in _ROW_ENDS)
            else:
                self._inflater = zlib.decompressobj(_WITH_HEADER)
        elif not self._taken and not self._take():
            self._end("the gzip ends before it is complete")

    def _take(self) -> bool:
        self._taken = self._file.read(_CHUNK_BYTES)
        self._n_packed += len(self._taken)
        return bool(self._taken)

    def _end(self, damage: str, *, ends_whole: bool = False) -> None:
        self._packed.note(damage, ends_whole=ends_whole)
        self._is_over = True

    def _check(self) -> None:
        if self._n_bytes > max(_FREE_BYTES, _MOST_TIMES * self._n_packed):
            raise SourceError(
                f"{self._packed.name} unpacks to more than {_MOST_TIMES} times its size, as no catalogue does; unpack "
                "it yourself if it is meant to"
            )

    def close(self) -> None:
        self._file.close()
        super().close()
