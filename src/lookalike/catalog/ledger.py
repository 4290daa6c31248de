"""The books of one writing transaction: which sequence it gets, which keys it hands out, what it removed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from lookalike.catalog import tables

__all__ = ["Ledger"]

MAX_TOMBSTONE_AGE = 100_000
"""In sequence numbers; who is further behind loads everything anew."""
_TRIM_EVERY = 1_000
_KINDS = ("product", "variant", "image", "picture")
_COLUMNS = ("sequence", "oldest_tombstone", *(f"next_{kind}" for kind in _KINDS))


class Ledger:
    """Open one at the beginning of a writing transaction and `close` it before the transaction ends.

    Attributes:
        sequence: what the store's sequence will be if anything changes; rows written carry it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # By name, not all: the migrations of older stores keep books too, where columns that came later are not there.
        row = connection.execute(select(*(tables.state.c[name] for name in _COLUMNS))).mappings().one()
        self._before = int(row["sequence"])
        self._oldest = int(row["oldest_tombstone"])
        self.sequence = self._before + 1
        self._next = {kind: int(row[f"next_{kind}"]) for kind in _KINDS}
        self._handed_out = False
        self._changed = False

    def product_key(self) -> int:
        """A key that no product ever had."""
        return self._hand_out("product")

    def variant_key(self) -> int:
        """A key that no variant ever had."""
        return self._hand_out("variant")

    def image_key(self) -> int:
        """A key that no image ever had."""
        return self._hand_out("image")

    def picture_key(self) -> int:
        """A key that no picture ever had."""
        return self._hand_out("picture")

    def _hand_out(self, kind: str) -> int:
        key = self._next[kind]
        self._next[kind] = key + 1
        self._handed_out = True
        return key

    def changed(self) -> None:
        """Something that a search can see is different now."""
        self._changed = True

    def removed(self, kind: int, keys: Iterable[int]) -> None:
        """Leave tombstones of `kind` (`tables.IMAGE`, `VARIANT`, `PICTURE`)."""
        rows = [{"sequence": self.sequence, "kind": kind, "key": key} for key in keys]
        if rows:
            self._connection.execute(insert(tables.tombstones), rows)
            self._changed = True

    def close(self) -> int:
        """Write the books; returns the store's sequence, which grew if anything changed."""
        if not (self._changed or self._handed_out):
            return self._before
        if self.sequence % _TRIM_EVERY == 0 and (oldest := self.sequence - MAX_TOMBSTONE_AGE) > self._oldest:
            self._connection.execute(delete(tables.tombstones).where(tables.tombstones.c.sequence <= oldest))
            self._oldest = oldest
        self._connection.execute(
            update(tables.state).values(
                sequence=self.sequence,
                oldest_tombstone=self._oldest,
                **{f"next_{kind}": key for kind, key in self._next.items()},
            )
        )
        return self.sequence
