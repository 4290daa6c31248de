"""Whose turn it is at a host: so many at once, and nobody while the host has asked for quiet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import final

__all__ = ["HostTurns"]


@dataclass(slots=True)
class _Host:
    places: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    quiet_until: float = 0.0


@final
class HostTurns:
    """At most `per_host` requests under way at each host. Safe for several threads."""

    def __init__(
        self, per_host: int, *, max_wait_seconds: float = 30.0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Give `per_host` places a host; `sleep` waits, and never longer than `max_wait_seconds` at once."""
        self._per_host = per_host
        self._max_wait_seconds = max_wait_seconds
        self._sleep = sleep
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    @contextmanager
    def turn(self, host: str) -> Generator[float, None, None]:
        """Wait for a place at `host` and for the end of its quiet time, and hold the place inside.

        Yields:
            0.0 where `host` may be asked now; seconds of its quiet time where they are too many to wait for.
        """
        known = self._host(host)
        with known.places:
            with known.lock:
                wait = known.quiet_until - time.monotonic()
            if wait > self._max_wait_seconds:
                yield wait
                return
            if wait > 0:
                self._sleep(wait)
            yield 0.0

    def keep_quiet(self, host: str, seconds: float) -> None:
        """Let nobody begin at `host` for `seconds` from now."""
        known = self._host(host)
        with known.lock:
            known.quiet_until = max(known.quiet_until, time.monotonic() + seconds)

    def _host(self, host: str) -> _Host:
        with self._lock:
            if host not in self._hosts:
                self._hosts[host] = _Host(threading.Semaphore(self._per_host))
            return self._hosts[host]
