"""Makes views and keeps the latest: loaded once, then brought up to date by what changed since."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Int64
from sqlalchemy import Connection, select

from lookalike.catalog import tables
from lookalike.catalog.columns import FIXED, IDENTIFIERS, ColumnType
from lookalike.catalog.database import Database, Row, Statement
from lookalike.catalog.memory import BooleanColumn, MemoryColumn, NumberColumn, TextColumn
from lookalike.catalog.registry import known_columns
from lookalike.catalog.view import View
from lookalike.types import AttributeValue

__all__ = ["Viewer"]

MAX_CHANGES = 50_000
"""Beyond so many changes loading everything anew is no slower."""

_v, _i, _t = tables.variants.c, tables.images.c, tables.tombstones.c
# Of any length: several of them stand side by side here.
_Keys: TypeAlias = Int64[np.ndarray, " _n"]
_KINDS: Mapping[ColumnType, type[TextColumn | NumberColumn | BooleanColumn]] = {
    "text": TextColumn,
    "number": NumberColumn,
    "boolean": BooleanColumn,
}


class Viewer:
    """Hands out the current view of one catalogue; any thread may ask."""

    def __init__(self, database: Database, sequence: Callable[[], int]) -> None:
        self._database = database
        self._sequence = sequence
        self._lock = threading.Lock()
        self._view: View | None = None

    def view(self, columns: Collection[str] = ()) -> View:
        """The catalogue as it is now, with at least these columns in memory (unknown ones are left out)."""
        view = self._view
        if view is not None and view.columns.keys() >= set(columns) and view.sequence == self._sequence():
            return view
        with self._lock, self._database.reading() as connection:
            self._view = _current(connection, self._view, columns)
            return self._view


def _current(connection: Connection, before: View | None, wanted: Collection[str]) -> View:
    """The view of the transaction's moment."""
    row = connection.execute(select(tables.state.c.sequence, tables.state.c.oldest_tombstone)).one()
    sequence, oldest = int(row[0]), int(row[1])
    types: dict[str, ColumnType] = {**IDENTIFIERS, **known_columns(connection)}
    view = before
    if view is not None and view.sequence != sequence:
        known = {n: column for n, column in view.columns.items() if n in types and isinstance(column, _KINDS[types[n]])}
        changes = None
        if oldest <= view.sequence < sequence:
            changes = _changes(connection, view.sequence, known)
        view = None if changes is None else _refreshed(view, changes, known, sequence)
    if view is None:
        view = _loaded(connection, sequence)
        wanted = {*wanted, *(before.columns if before is not None else ())}
    absent: dict[str, ColumnType] = {name: types[name] for name in wanted if name in types and name not in view.columns}
    if absent:
        values = _values(connection, list(absent), None)
        columns = {name: _KINDS[column_type].of(values[name]) for name, column_type in absent.items()}
        view = view.later(sequence, {**view.columns, **columns})
    return view


def _loaded(connection: Connection, sequence: int) -> View:
    """Everything, without columns."""
    variants = _fetch(connection, select(_v.variant_key, _v.product_key).order_by(_v.variant_key))
    images = _fetch(connection, select(_i.image_key, _i.variant_key, _i.picture_key).order_by(_i.image_key))
    variant_keys, product_keys = _arrays(variants, 2)
    image_keys, image_variants, picture_keys = _arrays(images, 3)
    return View(
        sequence=sequence,
        image_keys=image_keys,
        picture_keys=picture_keys,
        variant_keys=image_variants,
        all_variant_keys=variant_keys,
        all_product_keys=product_keys,
        columns={},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Changes:
    """What happened after a sequence number; arrays by rising key."""

    removed_images: _Keys
    removed_variants: _Keys
    image_keys: _Keys
    image_variants: _Keys
    image_pictures: _Keys
    variant_keys: _Keys
    variant_products: _Keys
    values: Mapping[str, Sequence[AttributeValue | None]]


def _changes(connection: Connection, since: int, columns: Collection[str]) -> _Changes | None:
    """What happened after `since`, with the values that changed variants have; None: too much."""
    tombstones = _fetch(connection, select(_t.kind, _t.key).where(_t.sequence > since).limit(MAX_CHANGES))
    # Sorted here: an ORDER BY tempts SQLite to walk the whole table instead of the index on the sequence.
    variants = sorted(
        _fetch(connection, select(_v.variant_key, _v.product_key).where(_v.sequence > since).limit(MAX_CHANGES))
    )
    images = sorted(
        _fetch(
            connection,
            select(_i.image_key, _i.variant_key, _i.picture_key).where(_i.sequence > since).limit(MAX_CHANGES),
        )
    )
    if max(len(tombstones), len(variants), len(images)) >= MAX_CHANGES:
        return None
    variant_keys, variant_products = _arrays(variants, 2)
    image_keys, image_variants, image_pictures = _arrays(images, 3)
    return _Changes(
        removed_images=_keys(key for kind, key in tombstones if kind == tables.IMAGE),
        removed_variants=_keys(key for kind, key in tombstones if kind == tables.VARIANT),
        image_keys=image_keys,
        image_variants=image_variants,
        image_pictures=image_pictures,
        variant_keys=variant_keys,
        variant_products=variant_products,
        values=_values(connection, list(columns), since) if len(variant_keys) else {},
    )


def _refreshed(view: View, changes: _Changes, columns: Mapping[str, MemoryColumn], sequence: int) -> View | None:
    """The view after the changes; None where they do not fit onto it (keys that did not grow)."""
    moved = (changes.removed_images, changes.removed_variants, changes.image_keys, changes.variant_keys)
    if not any(len(keys) for keys in moved):
        return view.later(sequence, columns)
    variants = _merge(view.all_variant_keys, changes.removed_variants, changes.variant_keys)
    images = _merge(view.image_keys, changes.removed_images, changes.image_keys)
    if variants is None or images is None:
        return None
    refreshed: dict[str, MemoryColumn] = {}
    for name, column in columns.items():
        values = changes.values.get(name, ())
        refreshed[name] = column.updated(
            variants.kept,
            variants.rows,
            [values[n] for n in variants.changed],
            [values[n] for n in variants.appended],
        )
    return View(
        sequence=sequence,
        image_keys=images.apply(view.image_keys, changes.image_keys),
        picture_keys=images.apply(view.picture_keys, changes.image_pictures),
        variant_keys=images.apply(view.variant_keys, changes.image_variants),
        all_variant_keys=variants.apply(view.all_variant_keys, changes.variant_keys),
        all_product_keys=variants.apply(view.all_product_keys, changes.variant_products),
        columns=refreshed,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Merge:
    """How changes go into arrays that are sorted by key.

    Attributes:
        kept: which old rows stay; None: all.
        rows: rows, among those that stay, that change.
        changed: positions among the changes that go to `rows`.
        appended: positions among the changes that come behind.
    """

    kept: Bool[np.ndarray, " _n"] | None
    rows: _Keys
    changed: _Keys
    appended: _Keys

    def apply(self, old: _Keys, new: _Keys) -> _Keys:
        """The merged array of one attribute."""
        merged = old.copy() if self.kept is None else old[self.kept]
        merged[self.rows] = new[self.changed]
        return np.concatenate([merged, new[self.appended]])


def _merge(old: _Keys, removed: _Keys, new: _Keys) -> _Merge | None:
    kept = ~np.isin(old, removed) if len(removed) else None
    stays = old if kept is None else old[kept]
    rows = np.searchsorted(stays, new)
    present = np.zeros(len(new), dtype=np.bool_)
    inside = rows < len(stays)
    present[inside] = stays[rows[inside]] == new[inside]
    if bool((inside & ~present).any()):
        return None
    return _Merge(kept, rows[present], np.flatnonzero(present), np.flatnonzero(~present))


def _values(
    connection: Connection, names: Sequence[str], since: int | None
) -> dict[str, Sequence[AttributeValue | None]]:
    """Values of these columns by rising variant key: of all variants, or of those changed after `since`."""

    def column(which: Statement) -> list[AttributeValue | None]:
        if since is None:
            return [row[0] for row in _fetch(connection, which.order_by(_v.variant_key))]
        rows = _fetch(connection, which.add_columns(_v.variant_key).where(_v.sequence > since))
        return [row[0] for row in sorted(rows, key=_last)]

    values: dict[str, Sequence[AttributeValue | None]] = {}
    for name in names:
        if name == "product_id":
            values[name] = column(select(tables.products.c.product_id).join_from(tables.variants, tables.products))
        elif name == "variant_id" or name in FIXED:
            values[name] = column(select(_v[name]))
    own = [name for name in names if name not in values]
    if own:
        objects = json.loads("[" + ",".join(map(str, column(select(_v.attributes)))) + "]")
        for name in own:
            values[name] = [entry.get(name) for entry in objects]
    return values


def _fetch(connection: Connection, statement: Statement) -> list[Row]:
    """Rows straight from the driver: hundreds of thousands of them, all of plain types."""
    cursor = connection.execute(statement).cursor
    return [] if cursor is None else list(cursor.fetchall())


def _arrays(rows: Sequence[Row], n_columns: int) -> tuple[_Keys, ...]:
    table = np.fromiter((key for row in rows for key in row), dtype=np.int64, count=n_columns * len(rows)).reshape(
        len(rows), n_columns
    )
    return tuple(np.ascontiguousarray(table[:, n]) for n in range(n_columns))


def _last(row: Row) -> int:
    return int(row[-1])


def _keys(keys: Iterable[int]) -> _Keys:
    return np.fromiter(keys, dtype=np.int64)
