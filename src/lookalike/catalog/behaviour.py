"""What shoppers did, as rows: written once each, read whole or by shopper, erased so that no byte stays.

Deleted rows are overwritten, the file is rebuilt and its journal emptied: `erase` promises that the store's files hold
nothing of the shopper afterwards, as far as the operating system's files go (not what a disk or a backup keeps).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from lookalike.catalog import sqlite, tables
from lookalike.catalog.database import Database, in_chunks
from lookalike.catalog.pseudonyms import Pseudonyms
from lookalike.errors import StoreBusy
from lookalike.sources.event import KINDS, Event, EventKind
from lookalike.types import ProductId

__all__ = ["Behaviour", "Recorded", "Stamp", "StoredEvent"]

_CHECKPOINT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of some events.

    Attributes:
        added: new ones.
        known: those that the store had already, by shopper, product, kind and time.
        refused: those of shoppers who switched personal results off.
    """

    added: int = 0
    known: int = 0
    refused: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.added + other.added, self.known + other.known, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Stamp:
    """How far the store's knowledge of shoppers has come.

    Attributes:
        version: grows with every change.
        withdrawals: grows when something was taken away; nothing computed before may be used.
    """

    version: int
    withdrawals: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as the store has it.

    Attributes:
        shopper: a number that stands for the shopper while they are in the store.
        product_id: what.
        kind: what was done.
        at: seconds since 1970.
        session: hash of the visit.
        query: of the search that showed it.
        position: place in its answer.
    """

    shopper: int
    product_id: ProductId
    kind: EventKind
    at: float
    session: str | None
    query: str | None
    position: int | None


class Behaviour:
    """The events of one store. Safe for any number of threads.

    Args:
        database: of the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pseudonyms = Pseudonyms(database.folder)

    def record(self, events: Sequence[Event]) -> Recorded:
        """Write events in one transaction; those that are there already change nothing."""
        if not events:
            return Recorded()
        with self._database.changing() as connection:
            # A page that is split must leave no copy of a row behind that an erasure would not find.
            sqlite.overwrite_deleted(connection)
            # Within the transaction: whoever erases everybody throws the key away within one.
            names = [self._pseudonyms.shopper(event.shopper) for event in events]
            keys, off = _shopper_keys(connection, sorted(set(names)))
            rows = [
                {
                    "shopper_key": keys[name],
                    "product_id": str(event.product_id),
                    "kind": KINDS.index(event.kind),
                    "at": round(event.at * 1000),
                    "session": None if event.session is None else self._pseudonyms.session(event.session),
                    "query": event.query,
                    "position": event.position,
                }
                for event, name in zip(events, names, strict=True)
                if name not in off
            ]
            added = 0
            if rows:
                added = connection.execute(sqlite.insert(tables.events).on_conflict_do_nothing(), rows).rowcount
            if added:
                _changed(connection)
        return Recorded(added, len(rows) - added, len(events) - len(rows))

    def stamp(self) -> Stamp:
        """Where the store stands."""
        with self._database.reading() as connection:
            row = connection.execute(select(tables.behaviour.c.version, tables.behaviour.c.withdrawals)).one()
        return Stamp(int(row[0]), int(row[1]))

    def counts(self) -> tuple[int, int]:
        """How many shoppers and how many events there are."""
        with self._database.reading() as connection:
            n_shoppers = connection.execute(select(func.count()).select_from(tables.shoppers)).scalar_one()
            return int(n_shoppers), _count(connection)

    def seed(self, shopper: str, purpose: str) -> int:
        """Randomness for one shopper and purpose that nobody without the store's key can foresee."""
        return self._pseudonyms.seed(f"{purpose}\0{shopper}")

    def is_on(self, shopper: str) -> bool:
        """Whether events of this shopper may be recorded and used; who is not known has not said no."""
        if not self._pseudonyms.any:
            return True
        with self._database.reading() as connection:
            found = connection.execute(
                select(tables.shoppers.c.personal).where(tables.shoppers.c.name == self._pseudonyms.shopper(shopper))
            ).scalar_one_or_none()
        return found is None or bool(found)

    def of(self, shopper: str) -> tuple[StoredEvent, ...]:
        """What is kept of one shopper, oldest first, whether it may be used or not."""
        if not self._pseudonyms.any:
            return ()
        own = tables.shoppers.c.name == self._pseudonyms.shopper(shopper)
        return self._listed(own)

    def all(self) -> tuple[StoredEvent, ...]:
        """Every event that may be used, by shopper and time."""
        return self._listed(tables.shoppers.c.personal)

    def met(self) -> tuple[tuple[ProductId, EventKind, int], ...]:
        """How often each thing was done with each product, by events that may be used; in the order of products."""
        own = tables.events.c
        statement = (
            select(own.product_id, own.kind, func.count())
            .join(tables.shoppers, tables.shoppers.c.shopper_key == own.shopper_key)
            .where(tables.shoppers.c.personal)
            .group_by(own.product_id, own.kind)
            .order_by(own.product_id, own.kind)
        )
        with self._database.reading() as connection:
            return tuple(
                (ProductId(product), KINDS[kind], int(n)) for product, kind, n in connection.execute(statement)
            )

    def switch(self, shopper: str, *, on: bool) -> None:
        """Switch personal results of this shopper on or off; what is kept stays until it is erased."""
        with self._database.changing() as connection:
            _shopper_keys(connection, [name := self._pseudonyms.shopper(shopper)])
            own = tables.shoppers.c
            done = connection.execute(
                update(tables.shoppers).where(own.name == name, own.personal != on).values(personal=on)
            )
            if done.rowcount:
                _changed(connection, withdrawn=not on)

    def erase(self, shopper: str | None) -> int:
        """Take away everything that is kept of a shopper, or (None) of everybody; returns how many events went.

        Their switch goes too: they are unknown afterwards.

        Raises:
            StoreBusy: it is erased, but another process keeps the journal that still holds it: stop it and erase again.
        """
        with self._database.changing() as connection:
            sqlite.overwrite_deleted(connection)
            before = _size(connection)
            gone = _erase(connection, None if shopper is None else self._pseudonyms.shopper(shopper))
            known = shopper is None or _size(connection) != before
            if known:
                _changed(connection, withdrawn=True)
            if shopper is None:
                self._pseudonyms.forget()
        if known:  # rebuilding takes long
            self._database.rebuild()
        # Of strangers too: an erasure that ended early has made one of somebody whom the journal still holds.
        self._empty_journal()
        return gone

    def expire(self, before: float) -> int:
        """Take away every event older than `before` (seconds since 1970); returns how many there were."""
        with self._database.changing() as connection:
            sqlite.overwrite_deleted(connection)
            gone = connection.execute(delete(tables.events).where(tables.events.c.at < round(before * 1000))).rowcount
            empty = (
                ~select(tables.events.c.event_key)
                .where(tables.events.c.shopper_key == tables.shoppers.c.shopper_key)
                .exists()
            )
            connection.execute(delete(tables.shoppers).where(tables.shoppers.c.personal, empty))
            if gone:
                _changed(connection, withdrawn=True)
        if gone:
            self._database.rebuild()
        self._empty_journal()
        return int(gone)

    def _empty_journal(self) -> None:
        until = time.monotonic() + _CHECKPOINT_SECONDS
        while not self._database.empty_journal():
            if time.monotonic() > until:
                raise StoreBusy(
                    f"the events are erased from {self._database.file}, but another process is reading from the "
                    "journal beside it, which still holds them: stop that process and run the same command again"
                )
            time.sleep(0.05)

    def _listed(self, which: object) -> tuple[StoredEvent, ...]:
        own = tables.events.c
        statement = (
            select(own.shopper_key, own.product_id, own.kind, own.at, own.session, own.query, own.position)
            .join(tables.shoppers, tables.shoppers.c.shopper_key == own.shopper_key)
            .where(which)  # pyright: ignore[reportArgumentType]
            .order_by(own.shopper_key, own.at, own.event_key)
        )
        with self._database.reading() as connection:
            return tuple(
                StoredEvent(int(key), ProductId(product), KINDS[kind], at / 1000.0, session, query, position)
                for key, product, kind, at, session, query, position in connection.execute(statement)
            )


def _shopper_keys(connection: Connection, names: Sequence[str]) -> tuple[dict[str, int], set[str]]:
    """The key of each name, made where there is none; and those who switched off."""
    connection.execute(
        sqlite.insert(tables.shoppers).on_conflict_do_nothing(), [{"name": name, "personal": True} for name in names]
    )
    keys: dict[str, int] = {}
    off: set[str] = set()
    own = tables.shoppers.c
    for chunk in in_chunks(names):
        for name, key, personal in connection.execute(
            select(own.name, own.shopper_key, own.personal).where(own.name.in_(chunk))
        ):
            keys[str(name)] = int(key)
            if not personal:
                off.add(str(name))
    return keys, off


def _size(connection: Connection) -> int:
    """Shoppers and events together."""
    return _count(connection) + int(connection.execute(select(func.count()).select_from(tables.shoppers)).scalar_one())


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(tables.events)).scalar_one())


def _erase(connection: Connection, name: str | None) -> int:
    if name is None:
        gone = connection.execute(delete(tables.events)).rowcount
        connection.execute(delete(tables.shoppers))
        return int(gone)
    key = connection.execute(
        select(tables.shoppers.c.shopper_key).where(tables.shoppers.c.name == name)
    ).scalar_one_or_none()
    if key is None:
        return 0
    gone = connection.execute(delete(tables.events).where(tables.events.c.shopper_key == key)).rowcount
    connection.execute(delete(tables.shoppers).where(tables.shoppers.c.shopper_key == key))
    return int(gone)


def _changed(connection: Connection, *, withdrawn: bool = False) -> None:
    own = tables.behaviour.c
    connection.execute(
        update(tables.behaviour).values(version=own.version + 1, withdrawals=own.withdrawals + (1 if withdrawn else 0))
    )
