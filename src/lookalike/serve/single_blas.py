"""Without BLAS's own threads while any server of the process runs."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

__all__ = ["single_blas"]

_lock = threading.Lock()
_before: list[threadpool_limits | None] = []
"""One item a server that runs, of which the first knows what was before."""


@contextmanager
def single_blas() -> Generator[None, None, None]:
    """BLAS does each product in the thread that asks for it.

    What was before comes back with the end of the last server: one that began later would remember the limit of an
    earlier one, and leave it to the process for good.
    """
    with _lock:
        _before.append(None if _before else threadpool_limits(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            last = _before.pop()
            if last is not None:
                last.restore_original_limits()
