"""Dot products of one query with many vectors, without BLAS's own threads.

One large matrix-vector product makes OpenBLAS wake a thread per core and wait for all of them, which on a busy machine
takes a hundred times longer than the work (4,096 x 256 among 18 runnable processes on two cores: 71 ms instead of
0.1 ms). Here the rows are taken in pieces that BLAS does alone, and idle cores take pieces of a large scan; whoever
asks never waits for a thread that has not begun.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

__all__ = ["products", "unflagged"]

_PIECE_ELEMENTS = 1 << 17
_SHARED_ELEMENTS = 1 << 22


def products(
    vectors: NDArray[np.float32], query: NDArray[np.float32], rows: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """``vectors @ query``, or ``vectors[rows] @ query`` without ever holding the picked vectors together.

    Args:
        vectors: float32 [n, dimension], contiguous.
        query: float32 [dimension].
        rows: which of the vectors, all within range; None for all.

    Returns:
        float32 [n] or [len(rows)].
    """
    dimension = len(query)
    n = len(vectors) if rows is None else len(rows)
    step = max(1, _PIECE_ELEMENTS // dimension)
    if rows is None and n <= step:
        with unflagged():
            return vectors @ query
    out = np.empty(n, dtype=np.float32)
    pieces = count()

    def work() -> None:
        buffer = None if rows is None else np.empty((min(step, n), dimension), dtype=np.float32)
        with unflagged():
            for piece in pieces:
                start = piece * step
                if start >= n:
                    return
                stop = min(start + step, n)
                if rows is None or buffer is None:
                    np.dot(vectors[start:stop], query, out=out[start:stop])
                else:
                    picked = buffer[: stop - start]
                    np.take(vectors, rows[start:stop], axis=0, out=picked, mode="clip")
                    np.dot(picked, query, out=out[start:stop])

    if n * dimension < _SHARED_ELEMENTS:
        work()
    else:
        _share(work)
    return out


def unflagged() -> np.errstate:
    """Where a product warns of no invalid operation. Only for vectors that were checked to be finite when they came.

    OpenBLAS has left that flag behind more than once although every number was finite (its issue 1924, numpy issues
    13173 and 24067, all mended), and 0.3.31 did in a product of 398 x 5 with a vector on one x86 machine; numpy makes
    a warning of it.
    """
    return np.errstate(invalid="ignore")


def _share(work: Callable[[], None]) -> None:
    """Do `work` here and on idle cores; it returns when nothing of it is left to begin."""
    pool, n_helpers = _pool(os.getpid())
    futures = [pool.submit(work) for _ in range(n_helpers)]
    work()
    for future in futures:
        if not future.cancel():
            future.result()


@cache
def _pool(process: int) -> tuple[ThreadPoolExecutor, int]:  # noqa: ARG001  # a forked process needs its own
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    n_helpers = min(cores, 4) - 1
    return ThreadPoolExecutor(max(1, n_helpers), thread_name_prefix="lookalike-scan"), n_helpers
