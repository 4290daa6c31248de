"""Parquet: the one door of this room to pyarrow. Import it only where a Parquet file is at hand: it is heavy."""

# pyright: reportUnknownParameterType=false
# (pyarrow has no type stubs)

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Final, final

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.errors import SourceError
from lookalike.sources.cells import Cell, cell_of
from lookalike.sources.rows import BadRow, Row, TableBytes, short_words

__all__ = ["ParquetRows"]

logger = logging.getLogger(__name__)

_BATCH_ROWS: Final = 4096
_NO_FRACTION: Final = re.compile(r"\.0+(?=(?:Z|[+-]\d{4})?$)")
_OFFSET: Final = re.compile(r"(?<=[+-]\d\d)(?=\d\d$)")


@final
class ParquetRows:
    """Rows of a Parquet file, a batch in memory at a time.

    Columns of bytes, also inside others (embedded pictures), are left out: pictures are named, not carried.
    """

    def __init__(self, table: TableBytes) -> None:
        """Read `table`."""
        self._table = table

    @property
    def typed(self) -> bool:
        """True: the schema says what is text, number and truth."""
        return True

    def names(self) -> tuple[str, ...]:
        """The schema's columns that hold no bytes."""
        with self._table.open() as raw, self._file(raw) as file:
            return self._readable(file)

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row with its one-based number."""

        with self._table.open() as raw, self._file(raw) as file:
            names = self._readable(file)
            number = 0
            try:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=list(names), use_threads=False):
                    columns = [_cells(column) for column in batch.columns]
                    fields = batch.schema.names
                    for values in zip(*columns, strict=True):
                        number += 1
                        bad = next((str(value) for value in values if isinstance(value, ValueError)), None)
                        if bad is None:
                            yield Row(number, dict(zip(fields, values, strict=True)))  # pyright: ignore[reportArgumentType]
                        else:
                            yield BadRow(number, bad, short_words(values))
            except (pa.ArrowException, OSError, ValueError) as exc:
                raise SourceError(f"{self._table.name} cannot be read after row {number}: {exc}") from exc

    def _file(self, raw: object) -> pq.ParquetFile:

        try:
            return pq.ParquetFile(raw)
        except (pa.ArrowException, OSError, ValueError) as exc:
            raise SourceError(f"{self._table.name} is not a Parquet file that can be read: {exc}") from exc

    def _readable(self, file: pq.ParquetFile) -> tuple[str, ...]:
        schema = file.schema_arrow
        names: list[str] = []
        for field in schema:
            if _holds_bytes(field.type):
                if field.name in ("image", "images"):
                    raise SourceError(
                        f"the column {field.name!r} of {self._table.name} holds bytes ({field.type}); "
                        "expected paths or URLs: write the pictures to files and name those"
                    )
                logger.info("column of bytes is left out: %s of %s", field.name, self._table.name)
            else:
                names.append(field.name)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SourceError(f"{self._table.name} has more than one column named {', '.join(map(repr, twice))}")
        return tuple(names)


def _cells(column: pa.Array) -> list[Cell | ValueError]:

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind):
        # Arrow's own text knows nanoseconds and years that Python's datetime does not.
        column = column.cast(pa.string()) if not pa.types.is_duration(kind) else column.cast(pa.int64())
        return [_iso(text) if isinstance(text, str) else text for text in column.to_pylist()]
    try:
        return [cell_of(value) for value in column.to_pylist()]
    except (pa.ArrowException, ValueError, OverflowError):
        return [_cell(value, column) for value in column]


def _iso(text: str) -> str:
    return _OFFSET.sub(":", _NO_FRACTION.sub("", text.replace(" ", "T", 1)))


def _cell(value: pa.Scalar, column: pa.Array) -> Cell | ValueError:

    try:
        return cell_of(value.as_py())
    except (pa.ArrowException, ValueError, OverflowError) as exc:
        return ValueError(f"a value of type {column.type} cannot be read: {exc}")


def _holds_bytes(kind: pa.DataType) -> bool:

    types = pa.types
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return True
    if types.is_dictionary(kind):
        return _holds_bytes(kind.value_type)
    return types.is_nested(kind) and any(_holds_bytes(kind.field(i).type) for i in range(kind.num_fields))
