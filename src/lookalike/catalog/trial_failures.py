"""Searches that one of a trial's two ways could not answer, counted: why, and when first and last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from lookalike.catalog import sqlite, tables

__all__ = ["TrialFailure", "add", "listed"]


@dataclass(frozen=True, slots=True)
class TrialFailure:
    """One kind of failure of one way of a trial.

    Attributes:
        trial: number of the trial.
        way: which of its ways could not answer.
        error: kind of the error.
        message: of the last one.
        searches: how many it was met with.
        first_at: UTC, ISO 8601.
        last_at: likewise.
    """

    trial: int
    way: Literal["a", "b"]
    error: str
    message: str
    searches: int
    first_at: str
    last_at: str

    def and_then(self, later: TrialFailure) -> TrialFailure:
        """Both, of the same kind: searches together, the later message."""
        searches = self.searches + later.searches
        return TrialFailure(self.trial, self.way, self.error, later.message, searches, self.first_at, later.last_at)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, without the trial that it is told of."""
        return {
            "way": self.way,
            "error": self.error,
            "message": self.message,
            "searches": self.searches,
            "first": self.first_at,
            "last": self.last_at,
        }


def add(connection: Connection, failures: Sequence[TrialFailure]) -> None:
    """Count these beside those of the same trial, way and kind; searches are not told, as nothing changes for them."""
    own = tables.trial_failures
    for one in failures:
        new = sqlite.insert(own).values(
            trial_key=one.trial,
            way=one.way,
            error=one.error,
            message=one.message,
            searches=one.searches,
            first_at=one.first_at,
            last_at=one.last_at,
        )
        later = {"searches": own.c.searches + one.searches, "message": one.message, "last_at": one.last_at}
        connection.execute(new.on_conflict_do_update(index_elements=["trial_key", "way", "error"], set_=later))


def listed(connection: Connection) -> tuple[TrialFailure, ...]:
    """All of them, by trial, way and kind."""
    own = tables.trial_failures.c
    rows = connection.execute(
        select(own.trial_key, own.way, own.error, own.message, own.searches, own.first_at, own.last_at).order_by(
            own.trial_key, own.way, own.error
        )
    )
    return tuple(TrialFailure(*row) for row in rows)
