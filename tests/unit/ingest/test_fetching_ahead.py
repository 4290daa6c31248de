"""How a run fetches pictures ahead, and stops."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest

from lookalike.catalog.sync import KnownRejection
from lookalike.errors import ImageRejected
from lookalike.ingest.ahead import FetchingAhead
from lookalike.ingest.task import Task
from lookalike.sources.record import PictureBytes, Unchanged
from lookalike.types import ProductId, Reason, VariantId


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


def test_a_run_that_ends_waits_for_no_request_and_begins_none_that_waits_in_line() -> None:
    urls = [f"https://shop.example/{number}.jpg" for number in range(8)]
    tasks = [Task(ProductId("p"), None, url, position) for position, url in enumerate(urls)]
    reader, stop = SlowReader(), threading.Event()
    with ThreadPoolExecutor(1) as fetchers:
        read = FetchingAhead(reader, fetchers, stop).begin(tasks)
        assert reader.begun.wait(20)
        stop.set()
        for task in tasks[:2]:
            with pytest.raises(CancelledError):
                read(task)
        reader.go.set()
    assert reader.asked == urls[:1]


def test_pictures_that_ask_for_the_same_share_one_request() -> None:
    url, moment = "https://shop.example/1.jpg", "https://shop.example/1.mp4#t=0.50"
    changed = KnownRejection(Reason.CORRUPT, "damaged", "http:{}", None, 1)

    def sizes(location: str, refused: KnownRejection | None = None) -> list[Task]:
        return [Task(ProductId("p"), VariantId(size), location, 0, refused=refused) for size in "SML"]

    reader, stop = SlowReader(), threading.Event()
    reader.go.set()
    with ThreadPoolExecutor(2) as fetchers:
        ahead = FetchingAhead(reader, fetchers, stop)
        chunks = [sizes(url), sizes(url), sizes(url, changed), sizes(moment)]
        reads = [ahead.begin(chunk) for chunk in chunks]
        answers = [[read(task) for task in chunk] for read, chunk in zip(reads, chunks, strict=True)]
    assert sorted(reader.asked) == [url, url, moment, moment, moment]  # a clip's moments are counted one by one
    assert answers[1] == [PictureBytes(b"picture", None)] * 3
    assert answers[2] == [PictureBytes(b"picture", "http:{}")] * 3


def test_pictures_that_only_a_token_tells_apart_are_fetched_each() -> None:
    name = "https://cdn.example/photo"
    addresses = [f"{name}?token={token}&expires=9" for token in ("one", "two", "one")]
    tasks = [Task(ProductId(f"p{at}"), None, name, 0, address=address) for at, address in enumerate(addresses)]
    reader, stop = SlowReader(), threading.Event()
    reader.go.set()
    with ThreadPoolExecutor(2) as fetchers:
        read = FetchingAhead(reader, fetchers, stop).begin(tasks)
        for task in tasks:
            read(task)
    assert sorted(reader.asked) == addresses[:2]


class FeedReader(SlowReader):
    """Of a feed that was fetched: what it calls a path is fetched too, but for what lies on the disk."""

    def path_of(self, location: str) -> Path | None:
        return Path(location) if location.startswith("/disk") else None


def test_the_paths_of_a_fetched_feed_are_fetched_ahead_too() -> None:
    reader, stop = FeedReader(), threading.Event()
    tasks = [Task(ProductId("p"), None, location, 0) for location in ("/disk/1.jpg", "img/2.jpg")]
    with ThreadPoolExecutor(2) as fetchers:
        read = FetchingAhead(reader, fetchers, stop).begin(tasks)
        assert reader.begun.wait(20)
        assert reader.asked == ["img/2.jpg"]
        reader.go.set()
        assert read(tasks[0]) == read(tasks[1]) == PictureBytes(b"picture", None)


def test_an_answer_is_not_held_once_everybody_has_it() -> None:
    reader, stop = SlowReader(), threading.Event()
    reader.go.set()
    task = Task(ProductId("p"), None, "https://shop.example/1.jpg", 0)
    with ThreadPoolExecutor(1) as fetchers:
        ahead = FetchingAhead(reader, fetchers, stop)
        for _ in range(2):
            assert ahead.begin([task])(task) == PictureBytes(b"picture", None)
            fetchers.submit(int).result()  # the thread has let go of its last task
    assert len(reader.asked) == 2


class FailingReader(SlowReader):
    """Finds no server behind any URL."""

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        self.asked.append(location)
        raise ImageRejected(Reason.FETCH_FAILED, "the connection was reset")


def test_a_failure_is_not_held_once_everybody_has_it() -> None:
    reader, stop = FailingReader(), threading.Event()
    task = Task(ProductId("p"), None, "https://shop.example/1.jpg", 0)
    gc.disable()  # the collector must not be needed for it
    try:
        with ThreadPoolExecutor(1) as fetchers:
            ahead = FetchingAhead(reader, fetchers, stop)
            for _ in range(2):
                with pytest.raises(ImageRejected):
                    ahead.begin([task])(task)
                fetchers.submit(int).result()  # the thread has let go of its last task
    finally:
        gc.enable()
    assert len(reader.asked) == 2
