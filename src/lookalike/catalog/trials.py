"""Trials of two ways of answering: at most one runs, ended ones are kept. The ways are the search room's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from lookalike.catalog import tables
from lookalike.catalog.schema import now

__all__ = ["StoredTrial", "end", "listed", "start"]


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """One trial.

    Attributes:
        number: from 1, in the order in which they were started.
        a: the first way, as it is written.
        b: the second.
        live: release and re-ranking that were live when it began; under others it compares something else.
        started_at: UTC, ISO 8601.
        ended_at: likewise; None while it runs.
    """

    number: int
    a: str
    b: str
    live: str
    started_at: str
    ended_at: str | None

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "trial": self.number,
            "a": self.a,
            "b": self.b,
            "started": self.started_at,
            "ended": self.ended_at,
        }


def start(connection: Connection, a: str, b: str, live: str) -> None:
    """Begin a trial, and end the one that runs; the sequence grows, so that searches notice."""
    end(connection)
    connection.execute(insert(tables.trials).values(a=a, b=b, live=live, started_at=now()))


def end(connection: Connection) -> bool:
    """End the trial that runs; whether one did. The sequence grows."""
    running = tables.trials.c.ended_at.is_(None)
    done = connection.execute(update(tables.trials).where(running).values(ended_at=now()))
    connection.execute(update(tables.state).values(sequence=tables.state.c.sequence + 1))
    return done.rowcount > 0


def listed(connection: Connection) -> tuple[StoredTrial, ...]:
    """Every trial, oldest first."""
    rows = connection.execute(select(tables.trials).order_by(tables.trials.c.trial_key))
    return tuple(StoredTrial(*row) for row in rows)
