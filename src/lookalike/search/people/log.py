"""Events in columns: integers and times, by shopper and time, for whoever computes on all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64

from lookalike.sources.event import KINDS, EventKind

__all__ = ["PAUSE_SECONDS", "WEIGHTS", "Log", "LogWriter"]

PAUSE_SECONDS = 1800.0
"""A pause that ends a visit where the log does not say what a visit is."""

WEIGHTS: dict[EventKind, float] = {"view": 1.0, "like": 2.0, "cart": 2.0, "purchase": 3.0}
"""How much each kind says about a wish, beside a view."""

KIND_WEIGHTS = np.asarray([WEIGHTS[kind] for kind in KINDS])


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Events sorted by shopper, then time, then the order in which they were read.

    Attributes:
        product_ids: name of each product number.
        n_shoppers: shoppers are numbered 0 to below this.
        shopper: of each event.
        product: of each event.
        kind: place in `lookalike.sources.event.KINDS`.
        at: seconds since 1970.
        visit: number of the visit; visits of one shopper follow one another.
    """

    product_ids: tuple[str, ...]
    n_shoppers: int
    shopper: Int64[np.ndarray, " n"]
    product: Int64[np.ndarray, " n"]
    kind: Int8[np.ndarray, " n"]
    at: Float64[np.ndarray, " n"]
    visit: Int64[np.ndarray, " n"]

    def __post_init__(self) -> None:
        if len({len(column) for column in (self.shopper, self.product, self.kind, self.at, self.visit)}) != 1:
            raise ValueError("the columns of a log must have one length")

    def __len__(self) -> int:
        return len(self.shopper)

    @property
    def n_products(self) -> int:
        """Products are numbered 0 to below this."""
        return len(self.product_ids)

    @property
    def starts(self) -> Int64[np.ndarray, " n_shoppers_plus_1"]:
        """Where each shopper's events begin, and where the last one's end."""
        return np.searchsorted(self.shopper, np.arange(self.n_shoppers + 1)).astype(np.int64)

    def part(self, kept: Bool[np.ndarray, " n"]) -> Log:
        """The events in `kept`, with all numbers as they were."""
        return Log(
            self.product_ids,
            self.n_shoppers,
            self.shopper[kept],
            self.product[kept],
            self.kind[kept],
            self.at[kept],
            self.visit[kept],
        )

    def with_products(self, product_ids: Sequence[str]) -> Log:
        """The same events in a world that also has these products, whose numbers come after those of the log."""
        known = set(self.product_ids)
        return Log(
            (*self.product_ids, *(one for one in dict.fromkeys(product_ids) if one not in known)),
            self.n_shoppers,
            self.shopper,
            self.product,
            self.kind,
            self.at,
            self.visit,
        )


class LogWriter:
    """Gathers events in any order into a `Log`."""

    def __init__(self) -> None:
        self._shoppers: dict[object, int] = {}
        self._products: dict[str, int] = {}
        self._sessions: dict[str, int] = {}
        self._rows: list[tuple[int, int, int, float, int]] = []

    def add(self, shopper: object, product_id: str, kind: EventKind, at: float, session: str | None) -> None:
        """One more event."""
        self._rows.append(
            (
                self._shoppers.setdefault(shopper, len(self._shoppers)),
                self._products.setdefault(product_id, len(self._products)),
                KINDS.index(kind),
                at,
                -1 if session is None else self._sessions.setdefault(session, len(self._sessions)),
            )
        )

    @property
    def shoppers(self) -> tuple[object, ...]:
        """Who each shopper number is."""
        return tuple(self._shoppers)

    def finish(self) -> Log:
        """All of them; the same event twice counts once."""
        if not self._rows:
            nothing = np.empty(0, dtype=np.int64)
            return Log((), 0, nothing, nothing, nothing.astype(np.int8), nothing.astype(np.float64), nothing)
        shopper, product, kind, at, session = (np.asarray(column) for column in zip(*self._rows, strict=True))
        order = np.lexsort((np.arange(len(at)), at, shopper))
        shopper, product, kind, at, session = (column[order] for column in (shopper, product, kind, at, session))
        kept = ~_repeated(shopper, product, kind, at)
        shopper, product, kind, at, session = (column[kept] for column in (shopper, product, kind, at, session))
        return Log(
            tuple(self._products),
            len(self._shoppers),
            shopper.astype(np.int64),
            product.astype(np.int64),
            kind.astype(np.int8),
            at.astype(np.float64),
            _visits(shopper, at, session),
        )


def log_of(rows: Iterable[tuple[object, str, EventKind, float, str | None]]) -> Log:
    """The log of events as (shopper, product id, kind, seconds since 1970, session)."""
    writer = LogWriter()
    for row in rows:
        writer.add(*row)
    return writer.finish()


def _repeated(
    shopper: Int64[np.ndarray, " n"],
    product: Int64[np.ndarray, " n"],
    kind: Int64[np.ndarray, " n"],
    at: Float64[np.ndarray, " n"],
) -> Bool[np.ndarray, " n"]:
    """Which events are the same as an earlier one."""
    order = np.lexsort((np.arange(len(at)), kind, product, at, shopper))
    same = np.zeros(len(at), dtype=bool)
    for column in (shopper, product, kind, at):
        moved = column[order][1:] != column[order][:-1]
        same[1:] |= moved
    repeated = np.zeros(len(at), dtype=bool)
    repeated[order] = ~same
    if len(at):
        repeated[order[0]] = False
    return repeated


def _visits(
    shopper: Int64[np.ndarray, " n"], at: Float64[np.ndarray, " n"], session: Int64[np.ndarray, " n"]
) -> Int64[np.ndarray, " n"]:
    """The visit of each event: as the session says, and a pause where none does."""
    begins = np.ones(len(at), dtype=bool)
    said = (session[1:] >= 0) & (session[:-1] >= 0)
    other = np.where(said, session[1:] != session[:-1], at[1:] - at[:-1] > PAUSE_SECONDS)
    begins[1:] = (shopper[1:] != shopper[:-1]) | other
    return np.cumsum(begins).astype(np.int64) - 1
