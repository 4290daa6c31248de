"""Rejections: what could not be used, kept so that it is reported, and retried when its bytes or the limits change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, bindparam, delete, func, select

from lookalike.catalog import sqlite, tables
from lookalike.catalog.database import in_chunks
from lookalike.catalog.schema import now
from lookalike.catalog.sync import KnownRejection, RejectionEntry
from lookalike.types import ProductId, Reason, Rejection, VariantId

__all__ = ["Place", "clear", "count", "identity", "keys_of_source", "known", "listed", "record", "remove"]

Identity = tuple[str, str, str]
"""Location, product id, variant id; empty text stands for none."""

Place = tuple[ProductId, VariantId | None, str]
"""Where a variant shows a picture."""


def identity(location: str, product_id: str | None, variant_id: str | None) -> Identity:
    """What makes two rejections the same one."""
    return location, product_id or "", variant_id or ""


def record(connection: Connection, entries: Sequence[RejectionEntry], source: str) -> list[int]:
    """Remember these, counting further attempts at the same; returns their keys in the order of `entries`."""
    if not entries:
        return []
    moment = now()
    rows: dict[Identity, dict[str, object]] = {}
    for entry in entries:
        rejection = entry.rejection
        same = identity(rejection.image, rejection.product_id, rejection.variant_id)
        rows[same] = {
            "location": same[0],
            "product_id": same[1],
            "variant_id": same[2],
            "line": rejection.line,
            "reason": str(rejection.reason),
            "detail": rejection.detail,
            "validator": entry.validator,
            "sha256": entry.sha256,
            "attempts": 1,
            "source": source,
            "first_seen": moment,
            "last_seen": moment,
        }
    table = tables.rejections
    statement = sqlite.insert(table)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["location", "product_id", "variant_id"],
            set_={
                "line": new.line,
                "reason": new.reason,
                "detail": new.detail,
                "validator": new.validator,
                "sha256": new.sha256,
                "attempts": table.c.attempts + 1,
                "source": new.source,
                "last_seen": new.last_seen,
            },
        ),
        list(rows.values()),
    )
    keys: dict[Identity, int] = {}
    for chunk in in_chunks([same[0] for same in rows]):
        found = connection.execute(
            select(table.c.rejection_key, table.c.location, table.c.product_id, table.c.variant_id).where(
                table.c.location.in_(chunk)
            )
        )
        keys.update({(location, product, variant): key for key, location, product, variant in found})
    return [keys[identity(e.rejection.image, e.rejection.product_id, e.rejection.variant_id)] for e in entries]


def clear(connection: Connection, identities: Iterable[Identity]) -> None:
    """Forget these, because they could be used now."""
    table = tables.rejections
    if connection.execute(select(table.c.rejection_key).limit(1)).first() is None:
        return
    rows = [{"a": location, "b": product, "c": variant} for location, product, variant in identities]
    if rows:
        connection.execute(
            delete(table).where(
                and_(
                    table.c.location == bindparam("a"),
                    table.c.product_id == bindparam("b"),
                    table.c.variant_id == bindparam("c"),
                )
            ),
            rows,
        )


def remove(connection: Connection, keys: Sequence[int]) -> None:
    """Forget these."""
    for chunk in in_chunks(keys):
        connection.execute(delete(tables.rejections).where(tables.rejections.c.rejection_key.in_(chunk)))


def keys_of_source(connection: Connection, source: str | None) -> list[int]:
    """Keys of the rejections that `source` brought, or (None) of all."""
    statement = select(tables.rejections.c.rejection_key)
    if source is not None:
        statement = statement.where(tables.rejections.c.source == source)
    return list(connection.execute(statement).scalars())


def known(connection: Connection, places: Sequence[Place]) -> dict[Place, KnownRejection]:
    """The rejection at each of `places`; of one that has none itself, the last of any variant at its location.

    Variants may share a picture, and may have different ones whose addresses differ in nothing but a token.
    """
    table = tables.rejections.c
    own: dict[Identity, KnownRejection] = {}
    last: dict[str, KnownRejection] = {}
    for chunk in in_chunks(list(dict.fromkeys(location for *_, location in places))):
        rows = connection.execute(
            select(
                *(table.location, table.product_id, table.variant_id),
                *(table.reason, table.detail, table.validator, table.sha256, table.attempts),
            )
            .where(table.location.in_(chunk))
            .order_by(table.last_seen, table.rejection_key)
        )
        for location, product, variant, reason, detail, validator, sha256, attempts in rows:
            rejection = KnownRejection(Reason(reason), detail, validator, sha256, attempts)
            own[location, product, variant] = last[location] = rejection
    found: dict[Place, KnownRejection] = {}
    for place in places:
        product_id, variant_id, location = place
        rejection = own.get(identity(location, product_id, variant_id)) or last.get(location)
        if rejection is not None:
            found[place] = rejection
    return found


def listed(connection: Connection, offset: int, limit: int | None) -> tuple[Rejection, ...]:
    """Rejections in the order in which they were first met."""
    statement = select(tables.rejections).order_by(tables.rejections.c.rejection_key).offset(offset)
    rows = connection.execute(statement.limit(limit) if limit is not None else statement.limit(2**62))
    return tuple(
        Rejection(
            image=row["location"],
            reason=Reason(row["reason"]),
            detail=row["detail"],
            product_id=ProductId(row["product_id"]) if row["product_id"] else None,
            variant_id=VariantId(row["variant_id"]) if row["variant_id"] else None,
            line=row["line"],
        )
        for row in rows.mappings()
    )


def count(connection: Connection) -> int:
    """How many there are."""
    return int(connection.execute(select(func.count()).select_from(tables.rejections)).scalar_one())
