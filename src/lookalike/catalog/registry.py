"""The columns that this catalogue has come to know, and what happens when a source disagrees about a type."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from lookalike.catalog import sqlite, tables
from lookalike.catalog.attributes import COLUMNS, Searchable, pack, searchable, unpack
from lookalike.catalog.columns import FIXED, ColumnType, as_text, check_name, wider
from lookalike.catalog.ledger import Ledger
from lookalike.errors import InvalidProduct

__all__ = ["known_columns", "register", "without_values"]

MAX_COLUMNS = 1_000
_AT_ONCE = 2_000
"""Variants that are held in memory while the type of a column changes."""


def known_columns(connection: Connection) -> dict[str, ColumnType]:
    """The fixed columns, then the shop's own by name."""
    rows = connection.execute(select(tables.columns.c.name, tables.columns.c.type).order_by(tables.columns.c.name))
    own: dict[str, ColumnType] = {row.name: row.type for row in rows}
    return {**FIXED, **own}


def without_values(connection: Connection, names: Iterable[str]) -> set[str]:
    """Those of the shop's own columns of which no variant has a value."""
    own = tables.variants.c
    empty: set[str] = set()
    for name in names:
        # Inside a value quotes are escaped, so that this can only be the name itself.
        key = f"{json.dumps(name, ensure_ascii=False)}:"
        found = select(own.variant_key).where(func.instr(own.attributes, key) > 0).limit(1)
        if connection.execute(found).first() is None:
            empty.add(name)
    return empty


def register(
    connection: Connection, ledger: Ledger, wanted: Mapping[str, ColumnType], empty: Iterable[str] = ()
) -> dict[str, ColumnType]:
    """Make the catalogue know `wanted`; returns all columns with the types they have from now on.

    A column of the shop's own that is wanted with another type becomes text, and so do the values it has. One of those
    in `empty`, which have none, takes the type that is wanted.

    Raises:
        InvalidProduct: a name that cannot be a column's, or more than 1,000 columns.
    """
    known = known_columns(connection)
    new: dict[str, ColumnType] = {name: column_type for name, column_type in wanted.items() if name not in known}
    for name in new:
        check_name(name)
    if len(known) + len(new) > MAX_COLUMNS:
        raise InvalidProduct(
            f"a catalogue has at most {MAX_COLUMNS} columns, this would make it {len(known) + len(new)}: "
            f"leave out columns that nobody filters by"
        )
    if new:
        connection.execute(insert(tables.columns), [{"name": n, "type": t} for n, t in new.items()])
        ledger.changed()
    taken: dict[str, ColumnType] = {name: wanted[name] for name in empty}
    for name, column_type in taken.items():
        connection.execute(update(tables.columns).where(tables.columns.c.name == name).values(type=column_type))
        ledger.changed()
    known.update(taken)
    widened = [
        name
        for name, column_type in wanted.items()
        if name in known and name not in FIXED and wider(known[name], column_type) != known[name]
    ]
    if widened:
        connection.execute(update(tables.columns).where(tables.columns.c.name.in_(widened)).values(type="text"))
        _make_text(connection, ledger, widened)
    after: dict[str, ColumnType] = dict(known)
    after.update(new)
    for name in widened:
        after[name] = "text"
    return after


def _make_text(connection: Connection, ledger: Ledger, names: list[str]) -> None:
    """Turn the values that variants have in these columns into text, some thousands of variants at a time."""
    ledger.changed()
    own = tables.variants.c
    statement = (
        select(own.variant_key, tables.products.c.product_id, own.variant_id, *(own[name] for name in COLUMNS))
        .join_from(tables.variants, tables.products)
        .where(own.variant_key > bindparam("after"), own.attributes != "{}")
        .order_by(own.variant_key)
        .limit(_AT_ONCE)
    )
    after = 0
    while rows := connection.execute(statement, {"after": after}).all():
        _retype(connection, ledger, rows, names)
        after = int(rows[-1][0])


def _retype(connection: Connection, ledger: Ledger, rows: Sequence[Sequence[Any]], names: list[str]) -> None:
    """Write those of these variants again that have such a value which is no text."""
    own = tables.variants.c
    changed: list[dict[str, object]] = []
    texts: list[tuple[int, Searchable]] = []
    for row in rows:
        values = list(row)
        key, product_id, variant_id = values[:3]
        attributes = unpack(values[3:])
        if any(not isinstance(attributes.get(name, ""), str) for name in names):
            attributes.update({name: as_text(attributes[name]) for name in names if name in attributes})
            packed = pack(attributes)
            changed.append({"key": key, "packed": packed["attributes"], "at": ledger.sequence})
            texts.append((key, searchable(packed, product_id, variant_id)))
    if changed:
        connection.execute(
            update(tables.variants)
            .where(own.variant_key == bindparam("key"))
            .values(attributes=bindparam("packed"), sequence=bindparam("at")),
            changed,
        )
        sqlite.forget_text(connection, [key for key, _ in texts])
        sqlite.store_text(connection, texts)
