"""The store's write lock: long jobs take turns, over all processes; short edits do not need it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from lookalike.errors import StoreBusy

__all__ = ["write_lock"]

LOCK = "write.lock"
HOLDER = "write.pid"


@contextmanager
def write_lock(folder: Path, *, timeout_seconds: float) -> Generator[None]:
    """Hold ``folder/write.lock``; the system lets go of it when the process ends, however it ends.

    Raises:
        StoreBusy: somebody holds it for longer than `timeout_seconds`.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, thread_local=False)
    holder = folder / HOLDER
    try:
        lock.acquire(timeout=timeout_seconds)
    except Timeout as exc:
        raise StoreBusy(
            f"the store at {folder} is being written by {_describe(holder)}: wait until it is done, or stop it"
        ) from exc
    try:
        _note(holder)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _note(holder: Path) -> None:
    try:
        holder.write_text(f"{os.getpid()}\n", encoding="ascii")
    except OSError:
        # Only the message of others depends on it; a full disk must not stop a prune that would make room.
        holder.unlink(missing_ok=True)


def _describe(holder: Path) -> str:
    try:
        return f"process {int(holder.read_text(encoding='ascii'))}"
    except (OSError, ValueError):
        return "another process"
