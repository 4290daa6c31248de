"""What people are told of shoppers' events: what an import did, and what is kept of one shopper."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.catalog.behaviour import Recorded
from lookalike.engine.moments import iso
from lookalike.types import Rejection

__all__ = ["EventsReport", "ShopperProfile"]


@dataclass(frozen=True, slots=True)
class EventsReport:
    """What an import did.

    Attributes:
        recorded: events that are new, were known, or refused.
        rejected: the first rows that could not be used, with their lines.
        n_rejected: how many rows could not be used.
        n_products: different products that the log has.
        n_unknown_products: those of them that the catalogue has not.
        n_shoppers: in the store now.
        n_events: in the store now.
        seconds: wall time.
        n_ahead: events of the log, new or known, that are dated more than a day ahead (no time zone is further). They
            are kept, since a log may be made up, and count as the newest.
    """

    recorded: Recorded
    rejected: tuple[Rejection, ...]
    n_rejected: int
    n_products: int
    n_unknown_products: int
    n_shoppers: int
    n_events: int
    seconds: float
    n_ahead: int = 0


@dataclass(frozen=True, slots=True)
class ShopperProfile:
    """What is kept of a shopper.

    Attributes:
        on: whether it may be used and added to.
        events: how many are kept.
        kinds: how many of each kind.
        products: different products, the latest first.
        first: time of the oldest event, seconds since 1970; None without events.
        last: time of the newest.
        now: products of the latest visit, the latest first.
        interests: for each of their interests its share and its products, the latest first; empty without pictures.
    """

    on: bool
    events: int
    kinds: dict[str, int]
    products: tuple[str, ...]
    first: float | None
    last: float | None
    now: tuple[str, ...]
    interests: tuple[tuple[float, tuple[str, ...]], ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "personal": self.on,
            "events": self.events,
            "kinds": dict(self.kinds),
            "products": list(self.products),
            "first": None if self.first is None else iso(self.first),
            "last": None if self.last is None else iso(self.last),
            "now": list(self.now),
            "interests": [{"share": round(share, 4), "products": list(products)} for share, products in self.interests],
        }
