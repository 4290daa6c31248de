"""Logs of what shoppers did: CSV, TSV, JSONL or Parquet, a row an event, read as it goes.

Columns: ``shopper``, ``product_id``, ``kind``, ``time``, and optionally ``session``, ``query`` and ``position``. The
names that shops and public data sets use for them are understood too (`COLUMN_NAMES`, `KIND_NAMES`); other columns are
passed over. A row that cannot be used is a `Rejection` with its line, and reading goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from lookalike.errors import SourceError
from lookalike.sources.cells import Cell
from lookalike.sources.event import KINDS, Event, EventKind
from lookalike.sources.opening import open_rows
from lookalike.sources.rows import BadRow
from lookalike.types import ProductId, Reason, Rejection

__all__ = ["COLUMN_NAMES", "KIND_NAMES", "event_of", "read_events", "read_time"]

COLUMN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "shopper": (
        "shopper",
        "shopper_id",
        "user",
        "user_id",
        "userid",
        "visitor",
        "visitor_id",
        "visitorid",
        "customer_id",
    ),
    "product_id": ("product_id", "product", "productid", "item", "item_id", "itemid", "sku", "article_id"),
    "kind": ("kind", "event", "event_type", "type", "action", "behavior", "behaviour"),
    "time": ("time", "timestamp", "at", "event_time", "ts", "date", "datetime"),
    "session": ("session", "session_id", "sessionid", "user_session"),
    "query": ("query", "query_id"),
    "position": ("position", "rank"),
}
"""Names by which each column is known, compared without regard to case; the first that a log has counts."""

KIND_NAMES: Final[Mapping[str, EventKind]] = {
    **{kind: kind for kind in KINDS},
    **dict.fromkeys(("click", "pv", "detail", "impression_click", "read", "rating"), "view"),
    **dict.fromkeys(("fav", "favorite", "favourite", "wishlist", "save", "add_to_wishlist"), "like"),
    **dict.fromkeys(("addtocart", "add_to_cart", "add-to-cart", "basket", "add"), "cart"),
    **dict.fromkeys(("transaction", "buy", "order", "sale", "checkout", "conversion"), "purchase"),
}
"""What shops call the four kinds."""

_Chosen: TypeAlias = tuple[str | None, ...]
"""The column that holds each field of `COLUMN_NAMES`, in their order."""

_REQUIRED: Final = ("shopper", "product_id", "time")
_MILLISECONDS_FROM: Final = 1e11
_MICROSECONDS_FROM: Final = 1e14
_NANOSECONDS_FROM: Final = 1e17


def read_events(path: Path) -> Iterator[Event | Rejection]:
    """Every event of the log at `path`, in the order of its rows, bad rows as rejections.

    A log without a column ``kind`` is one of views.

    Raises:
        SourceError: it cannot be read at all, is of no known kind, or lacks a column that every event needs.
    """
    rows = open_rows(path)
    declared = rows.names()
    chosen: _Chosen = (None,) * len(COLUMN_NAMES)
    if declared is not None:
        chosen = _columns(declared)
        _require(chosen, path, declared)
    cached: dict[tuple[str, ...], _Chosen] = {}
    for row in rows.rows():
        if isinstance(row, BadRow):
            yield _rejected(path, row.line, row.detail)
            continue
        if declared is None:
            names = tuple(row.cells)
            known = cached.get(names)
            if known is None:
                known = cached.setdefault(names, _columns(names)) if len(cached) < 1000 else _columns(names)
            chosen = known
        try:
            yield _of_cells(row.cells, chosen, None)
        except ValueError as exc:
            yield _rejected(path, row.line, str(exc))


def event_of(cells: Mapping[str, Cell], *, now: float | None = None) -> Event:
    """The event in one JSON object or row, under any of the names of `COLUMN_NAMES`.

    Args:
        cells: values by column name.
        now: seconds since 1970 that stand in where there is no time; None where there must be one.

    Raises:
        ValueError: naming what cannot be used.
    """
    return _of_cells(cells, _columns(tuple(cells)), now)


def _columns(names: tuple[str, ...]) -> _Chosen:
    """The column of `names` that holds each field of `COLUMN_NAMES`; None where none does."""
    lower = {name.strip().lower(): name for name in reversed(names)}
    return tuple(next((lower[known] for known in knowns if known in lower), None) for knowns in COLUMN_NAMES.values())


def _require(chosen: _Chosen, path: Path, names: tuple[str, ...]) -> None:
    absent = [name for name, column in zip(COLUMN_NAMES, chosen, strict=True) if column is None and name in _REQUIRED]
    if absent:
        raise SourceError(
            f"{path.name} has no column {' and none '.join(absent)}: expected shopper, product_id, kind and time, "
            f"received {', '.join(names) or 'none'}"
        )


def _of_cells(cells: Mapping[str, Cell], chosen: _Chosen, now: float | None) -> Event:
    shopper, product_id, kind, moment, session, query, position = (
        "" if name is None else _text(cells.get(name)) for name in chosen
    )
    problems: list[str] = []
    if not (shopper and product_id and (moment or now)):
        given = {"shopper": shopper, "product_id": product_id, "time": moment or now}
        problems += [f"{name} is missing" for name, value in given.items() if not value]
    known = KIND_NAMES.get(kind.lower() or "view")
    if known is None:
        problems.append(f"kind must be {', '.join(KINDS)}, received {kind[:40]!r}")
    at = now or 0.0
    if moment:
        try:
            at = read_time(moment)
        except ValueError as exc:
            problems.append(str(exc))
    if position and not position.removesuffix(".0").isdecimal():
        problems.append(f"position must be a whole number from 1, received {position[:40]!r}")
    if problems or known is None:
        raise ValueError("; ".join(problems))
    return Event(
        shopper,
        ProductId(product_id),
        known,
        at,
        session or None,
        query or None,
        int(position.removesuffix(".0")) if position else None,
    )


def read_time(cell: Cell) -> float:
    """Seconds since 1970 of ISO 8601 text (UTC where it names no zone), or of a number of seconds, ms, µs or ns.

    Eight digits that are a date (``20260301``) and fourteen that are one with its time (``20260301093000``), without
    anything between, are read as such, as exports write them: as numbers they would lie in 1970 and after 2286.

    Raises:
        ValueError: neither.
    """
    text = _text(cell)
    for length, form in ((8, "%Y%m%d"), (14, "%Y%m%d%H%M%S")):
        if len(text) == length and text.isdecimal() and text.isascii():
            with suppress(ValueError):
                return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.removesuffix(" UTC").removesuffix(" GMT"))
        except ValueError:
            raise ValueError(
                f"time must be ISO 8601 (2026-03-01T09:30:00Z) or seconds since 1970, received {text[:40]!r}"
            ) from None
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(number):
        raise ValueError(f"time must be finite, received {text[:40]!r}")
    for least, divisor in ((_NANOSECONDS_FROM, 1e9), (_MICROSECONDS_FROM, 1e6), (_MILLISECONDS_FROM, 1e3)):
        if number >= least:
            return number / divisor
    return number


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or isinstance(cell, tuple):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell).strip()


def _rejected(path: Path, line: int, detail: str) -> Rejection:
    return Rejection(f"{path.name}:{line}", Reason.BAD_ROW, detail, line=line)
