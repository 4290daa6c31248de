"""A lane: a bounded pool of threads with a bounded queue, so that slow work never blocks the event loop.

A request that finds the queue full is refused at once (503 with ``Retry-After``) instead of waiting for an answer
that nobody reads any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from lookalike.serve.failure import Failure

__all__ = ["Lane"]

T = TypeVar("T")


class Lane:
    """Runs synchronous work in at most `threads` threads, with at most `waiting` more jobs queued.

    A job that outlives its request keeps its place until it ends: threads cannot be stopped, and a lane that
    forgot them would let an overload pile up unseen.
    """

    def __init__(self, name: str, *, threads: int, waiting: int, timeout_seconds: float) -> None:
        self.name = name
        self.refused = 0
        self._most = threads + waiting
        self._timeout_seconds = timeout_seconds
        self._taken = 0
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=f"lookalike-{name}")

    @property
    def taken(self) -> int:
        """Jobs that run or wait now."""
        return self._taken

    async def run(self, job: Callable[[], T]) -> T:
        """The job's result, computed in a thread; call only from the event loop.

        Raises:
            Failure: 503 when the lane is full, 504 when the job takes longer than the timeout.
        """
        if self._taken >= self._most:
            self.refused += 1
            raise Failure(
                503,
                "busy",
                f"all {self._most} places for {self.name} requests are taken",
                hint="try again in a second",
                headers={"Retry-After": "1"},
            )
        loop = asyncio.get_running_loop()
        self._taken += 1
        job_future: Future[T] = self._pool.submit(job)
        job_future.add_done_callback(lambda _: self._leave(loop))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(job_future), self._timeout_seconds)
        except TimeoutError as error:
            if job_future.done() and not job_future.cancelled():
                raise
            raise Failure(
                504,
                "timed_out",
                f"the answer took longer than {self._timeout_seconds:g} seconds",
                hint="try again; if it stays slow, the server needs more cores or fewer clients",
            ) from error

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop.is_closed():  # nobody else counts any more
            self._free()
        else:
            loop.call_soon_threadsafe(self._free)

    def _free(self) -> None:
        self._taken -= 1

    def close(self) -> None:
        """Take no more jobs and drop those that wait; those that run end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)
