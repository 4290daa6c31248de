"""Records of promotions: when which release took over from which, after what comparison, and why where against it.

Releases are named, not referred to: a record outlives the release that it is about. Who asked cannot be known; the
reason that was given is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from lookalike.catalog import tables
from lookalike.catalog.schema import now

__all__ = ["Promotion", "PromotionKind", "listed", "record"]

PromotionKind = Literal["promoted", "forced", "refused", "rolled_back"]


@dataclass(frozen=True, slots=True)
class Promotion:
    """One record.

    Attributes:
        at: UTC, ISO 8601.
        kind: ``promoted``, ``forced`` (against the gate, or without one), ``refused`` or ``rolled_back``.
        from_release: what was live before; None where nothing was.
        to_release: what was to become live.
        reason: in the words of whoever asked; None where none was given.
        gate: the comparison, JSON-ready; None where there was none.
    """

    at: str
    kind: PromotionKind
    from_release: str | None
    to_release: str
    reason: str | None
    gate: Mapping[str, object] | None

    def as_dict(self) -> dict[str, object]:
        """Every field, JSON-ready."""
        return {
            "at": self.at,
            "kind": self.kind,
            "from": self.from_release,
            "to": self.to_release,
            "reason": self.reason,
            "gate": None if self.gate is None else dict(self.gate),
        }


def record(
    connection: Connection,
    kind: PromotionKind,
    from_release: str | None,
    to_release: str,
    *,
    reason: str | None = None,
    gate: Mapping[str, object] | None = None,
) -> None:
    """Add a record; nothing ever changes or removes one."""
    connection.execute(
        insert(tables.promotions).values(
            at=now(),
            kind=kind,
            from_release=from_release,
            to_release=to_release,
            reason=reason,
            gate=None if gate is None else json.dumps(dict(gate), ensure_ascii=False, allow_nan=False),
        )
    )


def listed(connection: Connection) -> tuple[Promotion, ...]:
    """Every record, oldest first."""
    rows = connection.execute(select(tables.promotions).order_by(tables.promotions.c.promotion_key))
    return tuple(_promotion(row) for row in rows)


def _promotion(row: Sequence[Any]) -> Promotion:
    _, at, kind, from_release, to_release, reason, gate = row
    return Promotion(at, kind, from_release, to_release, reason, None if gate is None else json.loads(gate))
