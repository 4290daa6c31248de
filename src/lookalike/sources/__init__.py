"""Where records and pictures come from: folders and tables, paths and URLs."""

from lookalike.sources.opening import open_source
from lookalike.sources.record import (
    STANDARD_COLUMNS,
    ColumnType,
    PictureBytes,
    PictureReader,
    Record,
    Source,
    Unchanged,
)

__all__ = [
    "STANDARD_COLUMNS",
    "ColumnType",
    "PictureBytes",
    "PictureReader",
    "Record",
    "Source",
    "Unchanged",
    "open_source",
]
