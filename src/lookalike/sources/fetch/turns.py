"""Whose turn it is at a host: so many at once, nobody while it has asked for quiet, few while it fails.

Each picture of a host that is gone takes half a minute to be given up: a feed of many would take days.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, final

__all__ = ["HostTurns"]

_GONE_AFTER_SECONDS: Final = 600.0
_GONE_AFTER_FAILURES: Final = 16
"""In all that time, so that one picture that failed long ago says nothing of its host."""
_ASKED_AGAIN_SECONDS: Final = 60.0
_FORGOTTEN_AFTER_SECONDS: Final = 600.0
"""So long without a failure, what failed before says nothing: the host may have been back since."""


@dataclass(slots=True)
class _Host:
    places: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    quiet_until: float = 0.0
    n_failures: int = 0
    first_failure: float = 0.0
    last_failure: float = 0.0
    asked_again: float = 0.0


@final
class HostTurns:
    """At most `per_host` requests under way at each host. Safe for several threads.

    A host that does nothing but fail for ten minutes is asked once a minute from then on, until it answers.
    """

    def __init__(
        self,
        per_host: int,
        *,
        max_wait_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Give `per_host` places a host; `sleep` waits, and never longer than `max_wait_seconds` at once."""
        self._clock = clock
        self._per_host = per_host
        self._max_wait_seconds = max_wait_seconds
        self._sleep = sleep
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    @contextmanager
    def turn(self, host: str) -> Generator[str | None, None, None]:
        """Wait for a place at `host` and for the end of its quiet time, and hold the place inside.

        Yields:
            None where `host` may be asked now; why it may not where its quiet time is too long to wait for, or it is
            gone.
        """
        known = self._host(host)
        with known.places:
            with known.lock:
                now = self._clock()
                if now - known.last_failure > _FORGOTTEN_AFTER_SECONDS:
                    known.n_failures = 0
                wait, failing = known.quiet_until - now, now - known.first_failure
                is_gone = known.n_failures >= _GONE_AFTER_FAILURES and failing >= _GONE_AFTER_SECONDS
                if is_gone and now - known.asked_again >= _ASKED_AGAIN_SECONDS:
                    known.asked_again, is_gone = now, False
            if wait > self._max_wait_seconds:
                yield f"its host wants {wait:,.0f} s without requests"
                return
            if is_gone:
                yield f"its host has done nothing but fail for {failing / 60:,.0f} minutes"
                return
            if wait > 0:
                self._sleep(wait)
            yield None

    def note(self, host: str, *, answered: bool) -> None:
        """Remember whether a request to `host` was answered, or failed in a way that may pass."""
        known = self._host(host)
        with known.lock:
            if answered:
                known.n_failures = 0
            else:
                known.last_failure = self._clock()
                known.first_failure = known.first_failure if known.n_failures else known.last_failure
                known.n_failures += 1

    def keep_quiet(self, host: str, seconds: float) -> None:
        """Let nobody begin at `host` for `seconds` from now."""
        known = self._host(host)
        with known.lock:
            known.quiet_until = max(known.quiet_until, self._clock() + seconds)

    def _host(self, host: str) -> _Host:
        with self._lock:
            if host not in self._hosts:
                self._hosts[host] = _Host(threading.Semaphore(self._per_host))
            return self._hosts[host]
