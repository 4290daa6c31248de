"""One thing that one shopper did with one product, checked once at the door."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from lookalike.types import ProductId

__all__ = ["KINDS", "LATEST", "LONGEST_ID", "Event", "EventKind"]

EventKind: TypeAlias = Literal["view", "like", "cart", "purchase"]
KINDS: Final[tuple[EventKind, ...]] = get_args(EventKind)
"""In the order of what they say about a wish, the weakest first; a kind's place here is how the store names it."""

LONGEST_ID: Final = 256
"""Most characters of any id in an event."""

LATEST: Final = 253_402_300_799.0
"""The last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class Event:
    """A view, like, cart or purchase.

    Attributes:
        shopper: who, as the shop names them; the store keeps only a keyed hash of it.
        product_id: what; it need not be in the catalogue.
        kind: what was done.
        at: when, in seconds since 1970, UTC.
        session: which visit, where the shop knows; hashed likewise.
        query: id of the search whose answer showed the product, where one did.
        position: its place in that answer, from 1.

    Raises:
        ValueError: naming every field that cannot be used.
    """

    shopper: str
    product_id: ProductId
    kind: EventKind
    at: float
    session: str | None = None
    query: str | None = None
    position: int | None = None

    def __post_init__(self) -> None:
        if (
            0 < len(self.shopper.strip()) <= len(self.shopper) <= LONGEST_ID
            and 0 < len(self.product_id.strip()) <= len(self.product_id) <= LONGEST_ID
            and self.kind in KINDS
            and 0 <= self.at <= LATEST
            and self.session is self.query is self.position is None
        ):
            return  # nearly all events of large logs
        problems: list[str] = []
        for name in ("shopper", "product_id", "session", "query"):
            value: str | None = getattr(self, name)
            if value is None and name in ("session", "query"):
                continue
            if not value or not value.strip() or len(value) > LONGEST_ID:
                problems.append(f"{name} must have 1 to {LONGEST_ID} characters, received {str(value)[:40]!r}")
        if self.kind not in KINDS:
            problems.append(f"kind must be {', '.join(KINDS)}, received {self.kind!r}")
        if not (math.isfinite(self.at) and 0 <= self.at <= LATEST):
            problems.append(f"time must lie in the years 1970 to 9999, received {self.at!r} seconds since 1970")
        if self.position is not None and not 1 <= self.position <= 1_000_000:
            problems.append(f"position must be 1 to 1,000,000, received {self.position}")
        if problems:
            raise ValueError("; ".join(problems))
