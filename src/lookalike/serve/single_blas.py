"""Without BLAS's own threads while any server of the process runs, or any request is answered."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Protocol

from threadpoolctl import ThreadpoolController

__all__ = ["single_blas"]


class _Limits(Protocol):
    """What was before."""

    def restore_original_limits(self) -> None: ...


_lock = threading.Lock()
_before: list[_Limits | None] = []
"""One item a server that runs or a request that is answered, of which the first knows what was before."""


@contextmanager
def single_blas() -> Generator[None, None, None]:
    """BLAS does each product in the thread that asks for it.

    What was before comes back with the end of the last of those who wanted it: one that began later would remember the
    limit of an earlier one, and leave it to the process for good.
    """
    with _lock:
        _before.append(None if _before else _loaded().limit(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            last = _before.pop()
            if last is not None:
                last.restore_original_limits()


@cache
def _loaded() -> ThreadpoolController:
    """The libraries of this process: looking for them takes a millisecond, setting their threads some microseconds."""
    return ThreadpoolController()
