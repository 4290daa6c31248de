"""What a run remembers of the contents that it has decoded."""

from __future__ import annotations

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from lookalike.errors import ImageRejected
from lookalike.ingest.once import DecodedOnce
from lookalike.ingest.task import Prepared
from lookalike.types import Reason


def _refuse() -> Prepared:
    raise ImageRejected(Reason.CORRUPT, "the file ends early")


def _told(once: DecodedOnce, sha256: str) -> str:
    with pytest.raises(ImageRejected) as refused:
        once.prepared(sha256, _refuse)
    return f"{refused.value.reason}: {refused.value.detail}"


def test_little_is_remembered_of_a_content_that_is_refused() -> None:
    once = DecodedOnce()
    tracemalloc.start()
    try:
        for number in range(2000):
            with pytest.raises(ImageRejected):
                once.prepared(f"{number:064x}", _refuse)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / 2000 < 1000


def test_whoever_waits_for_a_content_is_told_of_its_refusal_as_whoever_comes_later() -> None:
    once, begun, go = DecodedOnce(), threading.Event(), threading.Event()

    def refuse_late() -> Prepared:
        begun.set()
        assert go.wait(20)
        return _refuse()

    with ThreadPoolExecutor(2) as workers:
        first = workers.submit(once.prepared, "ab" * 32, refuse_late)
        assert begun.wait(20)
        waiting = workers.submit(_told, once, "ab" * 32)
        go.set()
        assert isinstance(first.exception(), ImageRejected)
    assert waiting.result() == _told(once, "ab" * 32) == "corrupt: the file ends early"
