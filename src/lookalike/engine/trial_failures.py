"""The record of what a trial's ways could not answer: no shopper waits for it, and the shop finds it with the trial."""

from __future__ import annotations

import logging
import threading
import time
from typing import Literal

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.schema import now
from lookalike.catalog.trial_failures import TrialFailure
from lookalike.errors import LookalikeError, StoreError

__all__ = ["FailureRecord"]

logger = logging.getLogger(__name__)

_WRITTEN_EVERY_SECONDS = 10.0
_LONGEST_MESSAGE = 300
_WHICH = {"a": "first", "b": "second"}


class FailureRecord:
    """Failures of one open store's trials. Safe for several threads.

    The first is written at once, those after it at most every ten seconds, and only while nobody else writes: what
    could not be written yet is kept and goes with the next failure, with a look at all of them here, or when the store
    is closed, which waits. Until then other processes do not see it.

    Args:
        catalog: keeps them.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._waiting: dict[tuple[int, str, str], TrialFailure] = {}
        self._told: set[tuple[int, str, str]] = set()
        self._written = float("-inf")

    def add(self, trial: int, way: Literal["a", "b"], error: LookalikeError) -> None:
        """One search that this way could not answer; the log says so once for each kind of error."""
        kind = type(error).__name__
        key, at = (trial, way, kind), now()
        new = TrialFailure(trial, way, kind, str(error)[:_LONGEST_MESSAGE], 1, at, at)
        with self._lock:
            before = self._waiting.get(key)
            self._waiting[key] = new if before is None else before.and_then(new)
            first = key not in self._told
            self._told.add(key)
            due = first or time.monotonic() - self._written >= _WRITTEN_EVERY_SECONDS
        if first:
            logger.warning("a trial's %s way cannot answer trial=%d error=%s: %s", _WHICH[way], trial, kind, error)
        if due:
            self.write()

    def write(self, *, patient: bool = False) -> None:
        """Put what waits into the store, where it can be written to right now.

        Args:
            patient: whether to wait while somebody else writes.
        """
        with self._lock:
            if not self._waiting:
                return
            self._written = time.monotonic()
            try:
                self._catalog.add_trial_failures(tuple(self._waiting.values()), patient=patient)
            except StoreError as error:
                logger.debug("failures of a trial wait n=%d: %s", len(self._waiting), error)
            else:
                self._waiting.clear()

    def all(self) -> tuple[TrialFailure, ...]:
        """Those of the store, of every process, with what waits here."""
        self.write()
        found = {(one.trial, one.way, one.error): one for one in self._catalog.trial_failures()}
        with self._lock:
            for key, one in self._waiting.items():
                found[key] = found[key].and_then(one) if key in found else one
        return tuple(found[key] for key in sorted(found))
