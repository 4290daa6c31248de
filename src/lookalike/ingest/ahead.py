"""Requests for pictures by URL, begun before the worker that will need them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol, TypeAlias, final, runtime_checkable
from weakref import WeakValueDictionary

from lookalike.ingest.preparing import read_task, validator_of
from lookalike.ingest.task import Task
from lookalike.sources.locations import is_url
from lookalike.sources.record import PictureBytes, PictureReader, Unchanged
from lookalike.types import ProductId, VariantId
from lookalike.video import split_moment

__all__ = ["FETCHING", "FetchingAhead"]

FETCHING = "fetch"
"""How the names of threads begin that wait for other hosts."""
_LOOKED_EVERY_SECONDS = 0.2


@runtime_checkable
class _Places(Protocol):
    """A reader that knows where in the file system a location lies; None for what is fetched."""

    def path_of(self, location: str) -> Path | None: ...


_Answer: TypeAlias = Future[PictureBytes | Unchanged]
_Name: TypeAlias = tuple[ProductId, VariantId | None, str]


@final
class FetchingAhead:
    """Starts requests for those pictures of a chunk that are fetched; files are read when needed.

    Pictures that ask for the same, as the sizes of a product do, share one request as long as any of them waits.
    Once `stop` is set nothing is begun any more, and whoever waits gets `CancelledError`, also for what is under way.

    Args:
        reader: reads them.
        fetchers: threads in which it does.
        stop: set when the run is over.
    """

    def __init__(self, reader: PictureReader, fetchers: ThreadPoolExecutor, stop: threading.Event) -> None:
        self._reader = reader
        self._places = reader if isinstance(reader, _Places) else None  # asked once: it takes longer than the rest
        self._fetchers = fetchers
        self._stop = stop
        self._shared: WeakValueDictionary[tuple[str, str | None], _Answer] = WeakValueDictionary()

    def begin(self, tasks: Sequence[Task]) -> Callable[[Task], PictureBytes | Unchanged]:
        """Start what `tasks` need, from one thread; returns what gives the answer for each, from any thread."""
        ahead = {_name(task): self._asked(task) for task in tasks if task.data is None and self._is_fetched(task)}

        def read(task: Task) -> PictureBytes | Unchanged:
            answer = ahead.pop(_name(task), None)
            if answer is None:
                return self._read(task)
            try:
                self._wait_for(answer)
                return answer.result()
            finally:
                del answer  # an error would hold this frame, and by it itself: later rows would be told the old one

        return read

    def _wait_for(self, answer: _Answer) -> None:
        while not answer.done():
            if self._stop.is_set():
                raise CancelledError("the run is over")
            wait((answer,), timeout=_LOOKED_EVERY_SECONDS)

    def _is_fetched(self, task: Task) -> bool:
        # What a table that was itself fetched calls a path leads to a URL too.
        return is_url(task.location) or (self._places is not None and self._places.path_of(task.location) is None)

    def _asked(self, task: Task) -> _Answer:
        # A moment is announced, and counted, for each picture by itself.
        # By its whole address: what looks like a signature may be what tells a picture from another.
        address = task.address or task.location
        wanted = None if split_moment(task.location) is not None else (address, validator_of(task))
        answer = None if wanted is None else self._shared.get(wanted)
        if answer is None:
            answer = self._fetchers.submit(self._read, task)
            if wanted is not None:
                self._shared[wanted] = answer
        return answer

    def _read(self, task: Task) -> PictureBytes | Unchanged:
        if self._stop.is_set():
            raise CancelledError("the run is over")
        return read_task(task, self._reader)


def _name(task: Task) -> _Name:
    return task.product_id, task.variant_id, task.location
