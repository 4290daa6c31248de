"""The doctor's visits to the store: one at a time, off the event loop, and once for each state of the store."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from lookalike.evaluate.health.report import HealthReport
from lookalike.ingest.progress import Progress, Watcher

__all__ = ["CatalogueDoctor", "UnderWay", "Visits"]


@runtime_checkable
class CatalogueDoctor(Protocol):
    """Looks at the whole catalogue."""

    def sequence(self) -> int:
        """Where the store stands: grows with every change."""
        ...

    def doctor(self, path: None = None, *, watcher: Watcher | None = None) -> HealthReport:
        """What there is to put right; takes seconds to minutes."""
        ...


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A visit that goes on: pictures measured so far, and how many there are (0: not known yet)."""

    done: int
    total: int


class Visits:
    """The latest report, and the visit under way, if there is one. Only the event loop calls `report`.

    Args:
        patience_seconds: how long a request waits for a report before it is told to come again.
    """

    def __init__(self, *, patience_seconds: float = 10.0) -> None:
        self._patience_seconds = patience_seconds
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lookalike-health")
        self._report: tuple[int, HealthReport] | None = None
        self._running: Future[HealthReport] | None = None
        self._progress = UnderWay(0, 0)

    async def report(self, doctor: CatalogueDoctor, sequence: int) -> HealthReport | UnderWay:
        """The report of the store as it is, or how far the visit is that makes it.

        Args:
            doctor: looks at the store.
            sequence: where the store stands now.

        Raises:
            LookalikeError: what the visit ran into.
        """
        if self._report is not None and self._report[0] == sequence:
            return self._report[1]
        if self._running is None:
            self._progress = UnderWay(0, 0)
            self._running = self._pool.submit(self._visit, doctor)
        running = self._running
        waited = asyncio.wrap_future(running)
        done, _ = await asyncio.wait({waited}, timeout=self._patience_seconds)
        if not done:
            # Should the visit fail later, whoever asks next is told.
            waited.add_done_callback(lambda future: future.cancelled() or future.exception())
            return self._progress
        if self._running is running:
            self._running = None
        report = waited.result()
        # A store that changed meanwhile is looked at again by the next who asks.
        self._report = (sequence if report.sequence is None else report.sequence, report)
        return report

    def _visit(self, doctor: CatalogueDoctor) -> HealthReport:
        def told(progress: Progress) -> None:
            self._progress = UnderWay(progress.done, progress.total or 0)

        return doctor.doctor(watcher=told)

    @property
    def is_under_way(self) -> bool:
        """Whether a visit goes on."""
        return self._running is not None and not self._running.done()

    def close(self) -> None:
        """Begin no more visits; one that is under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
