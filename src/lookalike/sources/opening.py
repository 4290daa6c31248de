"""The one place that decides what kind of source a path or URL is."""

from __future__ import annotations

import codecs
import hashlib
import os
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from lookalike.errors import ImageRejected, SourceError
from lookalike.images.limits import ImageLimits
from lookalike.sources.delimited import DelimitedRows
from lookalike.sources.exports import ExportRows
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.fetch.signing import without_signature
from lookalike.sources.folder import FolderSource
from lookalike.sources.jsonl import JsonArrayRows, JsonLinesRows
from lookalike.sources.local import LocalReader
from lookalike.sources.locations import LocationReader, is_url
from lookalike.sources.packed import GZIP, PackedBytes, PackedRows
from lookalike.sources.record import PictureBytes, PictureReader, Source
from lookalike.sources.rows import FileBytes, MemoryBytes, RowReader, TableBytes
from lookalike.sources.table import TableSource
from lookalike.sources.xml_feed import XmlFeedRows, is_xml_feed

__all__ = ["open_reader", "open_rows", "open_source"]

_KINDS: Final = (
    "a folder of pictures, or a .csv, .tsv, .jsonl, .ndjson, .json, .parquet or .xml file or URL (all but Parquet also "
    "packed as .gz)"
)
_TABLES: Final = "CSV, TSV, JSON, JSON lines, Parquet or a feed in XML"
_REMEDIES: Final = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "a workbook: save its sheet as CSV in UTF-8"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar"), "an archive: unpack it, and give what is in it"),
    **dict.fromkeys((".bz2", ".xz", ".zst"), "compressed: unpack it, or pack it with gzip"),
}
"""What files are that shops export and this room does not read, and what to do."""
_OF_PROGRAMS: Final = frozenset({"", ".php", ".asp", ".aspx", ".ashx", ".jsp", ".cgi"})
_PACKED: Final = ".gz"
_HEAD_BYTES: Final = 4096
_FETCH: Final = FetchPolicy()
_LIMITS: Final = ImageLimits()
_FEED_TIMEOUT_SECONDS: Final = 600.0


def open_source(
    path_or_url: str | Path,
    *,
    fetch: FetchPolicy = _FETCH,
    limits: ImageLimits = _LIMITS,
    leave_out: Path | None = None,
) -> Source:
    """The catalogue at `path_or_url`. A URL is fetched at once; of a path only the kind is looked at.

    Args:
        path_or_url: a folder, or a table by its ending, or where a URL has none, by what comes; the pictures of a
            fetched table are relative to its URL. URLs that differ in their query are different sources, unless
            only by a signature.
        fetch: how URLs are fetched, the table's own and those of its pictures.
        limits: pictures of more bytes are not read.
        leave_out: a folder that is no part of the catalogue although it may lie inside, such as the store.

    Raises:
        SourceError: there is nothing, nothing of a known kind, or it cannot be fetched.
    """
    if path_or_url == "":  # as a path it would be the working folder: a script's variable that is not set
        raise SourceError(f"the source's name is empty; expected {_KINDS}, '.' for the working folder")
    if isinstance(path_or_url, str) and is_url(path_or_url):
        return _fetched(path_or_url.strip(), fetch, limits)
    path = Path(os.path.abspath(Path(path_or_url).expanduser()))  # noqa: PTH100 - links stay as the user wrote them
    try:
        if path.is_dir():
            return FolderSource(path, max_bytes=limits.max_bytes, leave_out=leave_out)
        if not path.is_file():
            what = "is not an ordinary file" if path.exists() else "does not exist"
            raise SourceError(f"{str(path)!r} {what}; expected {_KINDS}")
    except (OSError, ValueError) as exc:
        raise SourceError(f"{str(path)!r} cannot be read: {exc}; expected {_KINDS}") from exc
    table = FileBytes(path)
    rows = ExportRows(_rows(table), table.state)
    return TableSource(str(path), table, rows, lambda: open_reader(path.parent, fetch=fetch, limits=limits))


def open_reader(root: Path | None, *, fetch: FetchPolicy = _FETCH, limits: ImageLimits = _LIMITS) -> LocationReader:
    """Reads paths relative to `root` and URLs; with None every path is refused, as a server must for its clients."""
    local = None if root is None else LocalReader(root, max_bytes=limits.max_bytes)
    return LocationReader(local=local, fetch=fetch, max_bytes=limits.max_bytes)


def open_rows(path: Path) -> RowReader:
    """The rows of the table at `path`, whatever they mean.

    Raises:
        SourceError: there is no such file, or it is of no known kind.
    """
    if not path.is_file():
        raise SourceError(f"{str(path)!r} is no file; expected a .csv, .tsv, .jsonl, .ndjson, .json or .parquet file")
    return _rows(FileBytes(path))


def _fetched(url: str, fetch: FetchPolicy, limits: ImageLimits) -> Source:
    from lookalike.sources.fetch.reader import HttpReader, shown_url

    shown = shown_url(url).partition("?")[0]
    try:
        parts = urlsplit(url)
        name = unquote(PurePosixPath(parts.path).name)
    except ValueError as exc:
        raise SourceError(f"{shown} is not a URL: {exc}") from exc
    # An address of a program (``/pub?output=csv``) says nothing of the kind, and what comes is looked at.
    is_named = _ending(name) not in _OF_PROGRAMS
    if is_named:  # before the network is asked: of another kind it would be fetched in vain
        _rows(MemoryBytes(name, b""))
    patient = max(fetch.total_timeout_seconds, _FEED_TIMEOUT_SECONDS)
    reader = HttpReader(replace(fetch, max_bytes=fetch.max_feed_bytes, total_timeout_seconds=patient))
    try:
        answer = reader.read(url, None)
    except ImageRejected as exc:
        raise SourceError(f"the feed cannot be fetched: {exc.detail}") from exc
    finally:
        reader.close()
    if not isinstance(answer, PictureBytes):
        raise SourceError(f"the feed cannot be fetched: {shown} came without content")
    # A file .csv.gz may come unpacked, since servers take its packing for that of the transfer; and a program packs.
    called = name or parts.netloc.rpartition("@")[2]
    is_packed = answer.data.startswith(GZIP)
    table = MemoryBytes(called if is_packed else _unpacked(called), answer.data)
    packed = PackedBytes(table) if is_packed else None
    with (packed or table).open() as file:
        head = file.read(_HEAD_BYTES)
    if is_xml_feed(head):  # whatever its name says: no table begins so
        rows: RowReader = XmlFeedRows(packed or table)
    elif head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise SourceError(f"{shown} came as a web page or XML; expected {_TABLES}. Perhaps its address has expired")
    else:
        rows = _rows_of(packed or table) if is_named else _rows_by_content(packed or table, head)
    if packed is not None:
        rows = PackedRows(rows, packed)

    def make_reader() -> PictureReader:
        return LocationReader(local=None, fetch=fetch, max_bytes=limits.max_bytes, base_url=url)

    # A query may hold a password, and may tell one feed from another: the source's name has its hash.
    asked = urlsplit(without_signature(url)).query
    query = f"?sha256={hashlib.sha256(asked.encode()).hexdigest()[:8]}" if asked else ""
    return TableSource(shown + query, table, ExportRows(rows, table.state), make_reader)


def _unpacked(name: str) -> str:
    return name[: -len(_PACKED)] if name.lower().endswith(_PACKED) else name


def _ending(name: str) -> str:
    """What says of which kind a file is, packed or not."""
    return PurePosixPath(_unpacked(name)).suffix.lower()


def _rows(table: TableBytes) -> RowReader:
    if _unpacked(table.name) == table.name:
        return _rows_of(table)
    packed = PackedBytes(table)
    return PackedRows(_rows_of(packed), packed)


def _rows_of(table: TableBytes) -> RowReader:
    match _ending(table.name):
        case ".csv":
            return DelimitedRows(table)
        case ".tsv" | ".tab" | ".txt":
            return DelimitedRows(table, preferred="\t")
        case ".jsonl" | ".ndjson":
            return JsonLinesRows(table)
        case ".json":
            return JsonArrayRows(table)
        case ".xml" | ".rss" | ".atom":
            return XmlFeedRows(table)
        case ".parquet" | ".pq" if isinstance(table, PackedBytes):
            raise SourceError(f"{table.name!r} is Parquet, which is compressed within: unpack it; expected {_KINDS}")
        case ".parquet" | ".pq":
            from lookalike.sources.parquet import ParquetRows

            return ParquetRows(table)
        case ending if ending in _REMEDIES:
            raise SourceError(f"{table.name!r} is {_REMEDIES[ending]}; expected {_KINDS}")
        case ending:
            shown = f"ends in {ending!r}" if ending else "has no ending"
            raise SourceError(f"{table.name!r} {shown}, which says nothing about its kind; expected {_KINDS}")


def _rows_by_content(table: TableBytes, head: bytes) -> RowReader:
    """The rows of what came without a name that tells its kind: as its first bytes say, else CSV or TSV.

    Raises:
        SourceError: it is packed in another way than with gzip, packed twice, or a workbook.
    """
    if head.startswith(b"PAR1") and not isinstance(table, PackedBytes):
        from lookalike.sources.parquet import ParquetRows

        return ParquetRows(table)
    if head.startswith((GZIP, b"PK\x03\x04", b"PAR1")):
        raise SourceError(f"{table.name!r} came compressed, or is a workbook; expected {_TABLES}")
    head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith(b"["):
        return JsonArrayRows(table)
    if head.startswith(b"{"):
        return JsonLinesRows(table)
    return DelimitedRows(table)
