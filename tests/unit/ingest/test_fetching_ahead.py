"""How a run fetches pictures ahead, and stops."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from lookalike.ingest.run import _Fetching  # pyright: ignore[reportPrivateUsage]
from lookalike.ingest.task import Task
from lookalike.sources.record import PictureBytes, Unchanged
from lookalike.types import ProductId


class SlowReader:
    """Answers once it is let go, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun = threading.Event()
        self.go = threading.Event()

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        self.asked.append(location)
        self.begun.set()
        assert self.go.wait(20)
        return PictureBytes(b"picture", validator)


def test_a_run_that_ends_begins_no_request_that_waits_in_line() -> None:
    urls = [f"https://shop.example/{number}.jpg" for number in range(8)]
    tasks = [Task(ProductId("p"), None, url, position) for position, url in enumerate(urls)]
    reader, stop = SlowReader(), threading.Event()
    with ThreadPoolExecutor(1) as fetchers:
        work = _Fetching(tasks, reader, fetchers, stop)
        assert reader.begun.wait(20)
        stop.set()
        reader.go.set()
        assert work.read(tasks[0]) == PictureBytes(b"picture", None)
        with pytest.raises(CancelledError):
            work.read(tasks[1])
    assert reader.asked == urls[:1]
