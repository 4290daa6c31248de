"""The audit: what is sampled, what it may cost, what it counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from lookalike.errors import SelectionError
from lookalike.search.answer import Answer
from lookalike.serve.audit import Audit
from lookalike.types import Hits, ReleaseId


def answer(*, exact: bool = False) -> Answer:
    return Answer(Hits((), "product"), exact, None, ReleaseId("r1"), {}, 0, None, np.ones(2, dtype=np.float32))


def audit(again: Callable[[Answer, str | None], tuple[int, int]], share: float = 1.0) -> Audit:
    return Audit(again, share, np.random.default_rng(0))


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_what_was_missed_is_counted_and_nothing_is_known_before() -> None:
    sample = audit(lambda _, where: (2, 10))
    assert sample.recall() is None
    assert sample.offer(answer(), None)
    wait_for(lambda: sample.counts()["searches"] == 1)
    assert sample.counts() == {"searches": 1, "found": 8, "missed": 2}
    assert sample.recall() == pytest.approx(0.8)
    sample.close()


def test_exact_answers_are_never_run_again_and_no_share_means_none() -> None:
    sample = audit(lambda _, where: (0, 10))
    assert not sample.offer(answer(exact=True), None)
    none = audit(lambda _, where: (0, 10), share=0.0)
    assert not any(none.offer(answer(), None) for _ in range(100))


def test_one_runs_at_a_time_and_rests_nineteen_times_as_long_as_it_worked() -> None:
    release = threading.Event()

    def slow(_: Answer, where: str | None) -> tuple[int, int]:
        release.wait(20)
        time.sleep(0.2)
        return 0, 10

    sample = audit(slow)
    assert sample.offer(answer(), None)
    assert not sample.offer(answer(), None)
    release.set()
    wait_for(lambda: sample.counts()["searches"] == 1)
    assert not sample.offer(answer(), None)
    sample.close()


def test_a_filter_that_no_longer_works_is_no_failure() -> None:
    asked: list[str | None] = []

    def gone(_: Answer, where: str | None) -> tuple[int, int]:
        asked.append(where)
        raise SelectionError("there is no column colour")

    sample = audit(gone)
    assert sample.offer(answer(), "colour = 'red'")
    wait_for(lambda: asked == ["colour = 'red'"])
    wait_for(lambda: sample.offer(answer(), None))
    assert sample.counts()["searches"] == 0
    sample.close()


def test_about_the_share_that_was_asked_for_is_taken() -> None:
    sample = audit(lambda _, where: (0, 0), share=0.1)
    taken = 0
    for _ in range(400):
        sample._busy, sample._free_at = False, 0.0
        taken += sample.offer(answer(), None)
    assert 20 <= taken <= 65
    sample.close()
