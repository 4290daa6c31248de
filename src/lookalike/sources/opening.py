"""The one place that decides what kind of source a path or URL is."""

from __future__ import annotations

import os
from pathlib import Path

from lookalike.errors import SourceError
from lookalike.images.limits import ImageLimits
from lookalike.sources.delimited import DelimitedRows
from lookalike.sources.folder import FolderSource
from lookalike.sources.local import LocalReader
from lookalike.sources.record import Source
from lookalike.sources.rows import FileBytes, RowReader, TableBytes
from lookalike.sources.table import TableSource

__all__ = ["open_source"]

_KINDS = "a folder of pictures, or a .csv, .tsv, .jsonl, .ndjson, .json or .parquet file"
_LIMITS = ImageLimits()


def open_source(path_or_url: str | Path, *, limits: ImageLimits = _LIMITS) -> Source:
    """The catalogue at `path_or_url`, not read yet.

    Raises:
        SourceError: there is nothing, or nothing of a known kind.
    """
    path = Path(path_or_url).expanduser()
    if path.is_dir():
        return FolderSource(path, max_bytes=limits.max_bytes)
    if not path.exists():
        raise SourceError(f"there is nothing at {path}; expected {_KINDS}")
    table = FileBytes(path)
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as the user wrote them
    return TableSource(
        str(absolute), table, _row_reader(table), lambda: LocalReader(absolute.parent, max_bytes=limits.max_bytes)
    )


def _row_reader(table: TableBytes) -> RowReader:
    match Path(table.name).suffix.lower():
        case ".csv":
            return DelimitedRows(table)
        case ".tsv" | ".tab":
            return DelimitedRows(table, preferred="\t")
        case ending:
            raise SourceError(f"{table.name} ends in {ending or 'nothing'!r}; expected {_KINDS}")
