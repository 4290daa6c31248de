"""Approximate searches that are run again exactly, in the background, so that operators see what the index misses."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np

from lookalike.errors import LookalikeError
from lookalike.search.answer import Answer

__all__ = ["Audit"]

logger = logging.getLogger(__name__)

_REST_PER_WORK = 19.0


class Audit:
    """A sample of the searches that were not exact, and how many of the true nearest pictures they missed.

    One search at a time is run again, in a thread of its own; after one that took t seconds none is taken for 19 t.
    So it costs at most a twentieth of one core, however busy the server is. Exact answers cost nothing.

    Args:
        again: runs a search again and says how many pictures were missed of how many; see `Engine.missed`.
        share: of the approximate searches, 0 to 1; 0 for none.
        generator: chooses them.
    """

    def __init__(
        self, again: Callable[[Answer, str | None], tuple[int, int]], share: float, generator: np.random.Generator
    ) -> None:
        self._again = again
        self._share = share
        self._generator = generator
        self._lock = Lock()
        self._busy = False
        self._free_at = 0.0
        self._counts = {"searches": 0, "found": 0, "missed": 0}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lookalike-audit")

    def offer(self, answer: Answer, where: str | None) -> bool:
        """Take this search into the sample, or not; returns at once and says which."""
        # Words bend a ranking: only what the picture alone found can be asked again.
        if answer.exact or self._share <= 0.0 or not {"picture", "colour"}.issuperset(answer.lanes):
            return False
        with self._lock:
            if self._busy or time.monotonic() < self._free_at or self._generator.random() >= self._share:
                return False
            self._busy = True
        self._pool.submit(self._run, answer, where)
        return True

    def counts(self) -> dict[str, int]:
        """Searches run again, and of their true nearest pictures how many had been found and missed."""
        with self._lock:
            return dict(self._counts)

    def recall(self) -> float | None:
        """Share of the true nearest pictures that had been found; None before the first."""
        counts = self.counts()
        true = counts["found"] + counts["missed"]
        return counts["found"] / true if true else None

    def close(self) -> None:
        """Take no more; what runs ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, answer: Answer, where: str | None) -> None:
        started = time.monotonic()
        missed = true = 0
        try:
            missed, true = self._again(answer, where)
        except LookalikeError as error:  # the catalogue changed meanwhile: nothing to compare
            logger.info("audit skipped reason=%s", error)
        finally:
            now = time.monotonic()
            with self._lock:
                self._busy = False
                self._free_at = now + _REST_PER_WORK * (now - started)
                self._counts["searches"] += bool(true)
                self._counts["missed"] += missed
                self._counts["found"] += true - missed
