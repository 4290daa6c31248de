"""Many callers, one batch: what arrives while a batch runs is run together as the next one.

An idle coalescer adds no wait at all: the caller's own thread runs its item at once. Under load the batches grow by
themselves, because more arrives while the previous one runs. There is no thread and no timer of its own: whoever
runs a batch hands the lead to the first of those who wait, so nobody works for others longer than for one batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Event, Lock
from types import TracebackType
from typing import Generic, TypeVar

import numpy as np

from lookalike.embed.embedder import Embedder
from lookalike.types import Pixels, Vector

__all__ = ["Coalescer", "CoalescerClosed", "coalesced_embedding"]

T = TypeVar("T")
R = TypeVar("R")


class CoalescerClosed(RuntimeError):
    """An item was handed to a coalescer after `Coalescer.close`."""


class _Turn(Generic[T, R]):
    """One caller's item, and what became of it: part of another's batch, or the first of a batch to run itself."""

    __slots__ = ("batch", "error", "item", "results", "woken")

    def __init__(self, item: T) -> None:
        self.item = item
        self.batch: list[_Turn[T, R]] = []
        self.results: list[R] = []
        self.error: Exception | None = None
        self.woken = Event()

    def outcome(self) -> R:
        if self.error is not None:
            raise self.error
        return self.results[0]


class Coalescer(Generic[T, R]):
    """Runs single items of concurrent callers as batches; safe to call from any number of threads.

    Items are run in the order in which they arrived. At most `concurrency` batches run at a time.
    """

    def __init__(self, run: Callable[[Sequence[T]], Sequence[R]], *, max_batch: int = 32, concurrency: int = 1) -> None:
        """Coalesce calls of `run`.

        Args:
            run: takes 1 to `max_batch` items, returns one result for each, in order. When it raises for a batch of
                several, it is called again for each of them alone, so that only the faulty one's caller learns of
                it: it must bear being called again.
            max_batch: the largest batch.
            concurrency: how many batches may run at once, each in the thread of one caller.

        Raises:
            ValueError: `max_batch` or `concurrency` below 1.
        """
        if max_batch < 1 or concurrency < 1:
            raise ValueError(f"max_batch and concurrency must be at least 1, received {max_batch} and {concurrency}")
        self._run = run
        self._max_batch = max_batch
        self._concurrency = concurrency
        self._lock = Lock()
        self._idle = Condition(self._lock)
        self._waiting: deque[_Turn[T, R]] = deque()
        self._n_running = 0
        self._closed = False

    def __call__(self, item: T) -> R:
        """The result of `item`; blocks until the batch it became part of has run.

        Raises:
            CoalescerClosed: after `close`.
            Exception: whatever `run` raises for this item.
        """
        turn: _Turn[T, R] = _Turn(item)
        with self._lock:
            if self._closed:
                raise CoalescerClosed("this coalescer was closed; nothing more can be run through it")
            if self._n_running < self._concurrency:
                # Nothing waits while fewer run than may: see `_hand_on`.
                self._n_running += 1
                turn.batch = [turn]
            else:
                self._waiting.append(turn)
        if not turn.batch:
            try:
                turn.woken.wait()
            except BaseException:
                self._abandon(turn)
                raise
        if turn.batch:
            self._lead(turn.batch)
        return turn.outcome()

    def close(self) -> None:
        """Refuse new items, and return once every item already accepted has its result. May be called twice."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: self._n_running == 0)

    def __enter__(self) -> Coalescer[T, R]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _lead(self, batch: list[_Turn[T, R]]) -> None:
        """Run `batch`, which the caller's own turn is the first of, and hand the lead on."""
        try:
            self._resolve(batch)
        except BaseException:
            # The leader is being interrupted: the others of its batch go back to the head of the queue.
            with self._lock:
                self._waiting.extendleft(reversed([turn for turn in batch[1:] if not turn.woken.is_set()]))
            raise
        finally:
            self._hand_on()

    def _abandon(self, turn: _Turn[T, R]) -> None:
        """The caller of `turn` is being interrupted while it waits: pass on whatever was left to it."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
            self._waiting.extendleft(reversed(turn.batch[1:]))
        if turn.batch:
            self._hand_on()

    def _hand_on(self) -> None:
        """Wake the first of those who wait with a batch to run, or let one fewer run."""
        with self._idle:
            if not self._waiting:
                self._n_running -= 1
                self._idle.notify_all()
                return
            batch = [self._waiting.popleft() for _ in range(min(self._max_batch, len(self._waiting)))]
            batch[0].batch = batch
            batch[0].woken.set()

    def _resolve(self, batch: list[_Turn[T, R]]) -> None:
        try:
            results = self._results([turn.item for turn in batch])
        except Exception as error:  # noqa: BLE001  it is raised again in the thread whose item it is about
            if len(batch) == 1:
                batch[0].error = error
                batch[0].woken.set()
                return
            for turn in batch:
                self._resolve([turn])
            return
        for turn, result in zip(batch, results, strict=True):
            turn.results.append(result)
            turn.woken.set()

    def _results(self, items: list[T]) -> Sequence[R]:
        results = self._run(items)
        if len(results) != len(items):
            raise ValueError(f"the function run for a batch of {len(items)} gave {len(results)} results")
        return results


def coalesced_embedding(embedder: Embedder, *, max_batch: int = 8) -> Coalescer[Pixels, Vector]:
    """One preprocessed picture in, its unit vector out; concurrent callers share batches of at most `max_batch`."""

    def embed(pictures: Sequence[Pixels]) -> list[Vector]:
        return list(embedder.embed(np.stack(pictures)))

    return Coalescer(embed, max_batch=max_batch)
