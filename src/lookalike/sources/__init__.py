"""Where records and pictures come from: folders and tables, paths and URLs."""

from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.opening import open_reader, open_source
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
    "FetchPolicy",
    "PictureBytes",
    "PictureReader",
    "Record",
    "Source",
    "Unchanged",
    "open_reader",
    "open_source",
]
