"""Memory that a step lets go of stays with the process for the next one.

A layer's maps are tens of megabytes. The C library of Linux (glibc) takes blocks above 32 MiB, at most, from the system
and gives them back as soon as they are free; so each layer of each step waits until the system has cleared the same
pages once more, which took nearly half of a step on two cores (`benchmarks/training.py`).

Reference: mallopt(3), M_MMAP_MAX and M_TRIM_THRESHOLD.
"""

from __future__ import annotations

import ctypes
import platform
import threading
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["kept_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
"""Numbers of the parameters, in glibc's `malloc.h`."""
_LARGEST_MMAP_THRESHOLD = 32 << 20
"""What glibc itself comes to, on machines of 64 bits, once a larger block has been freed."""

_lock = threading.Lock()
_inside: list[None] = []
"""An item for each that is inside, of which the last ends it."""


@contextmanager
def kept_memory() -> Generator[None, None, None]:
    """The process keeps what it frees, for the while; then it gives back what it can.

    Where the C library is not glibc nothing changes. The peak of memory grows by what lies between blocks that are in
    use, a quarter of a step's memory where it was measured. Another allocator that is loaded in its place does as
    before.
    """
    library = _glibc()
    if library is None:
        yield
        return
    with _lock:
        _inside.append(None)
        if len(_inside) == 1:
            library.mallopt(_MMAP_MAX, 0)
            library.mallopt(_TRIM_THRESHOLD, -1)  # without end
    try:
        yield
    finally:
        with _lock:
            _inside.pop()
            if not _inside:
                # What was before cannot be asked for. This is where glibc's own adjustment ends.
                library.mallopt(_MMAP_MAX, 65536)
                library.mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
                library.mallopt(_TRIM_THRESHOLD, 2 * _LARGEST_MMAP_THRESHOLD)
                library.malloc_trim(ctypes.c_size_t(0))


def _glibc() -> ctypes.CDLL | None:
    """The C library that this process runs with, if it is glibc."""
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
