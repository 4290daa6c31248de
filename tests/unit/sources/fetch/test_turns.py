from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lookalike.sources.fetch.turns import HostTurns


def test_no_host_has_more_than_its_share_and_others_do_not_wait_for_it() -> None:
    turns, lock = HostTurns(2), threading.Lock()
    now: dict[str, int] = {"a": 0, "b": 0}
    most = dict(now)

    def visit(host: str) -> None:
        with turns.turn(host):
            with lock:
                now[host] += 1
                most[host] = max(most[host], now[host])
            time.sleep(0.02)
            with lock:
                now[host] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(visit, "aaaaaaaabbbbbbbb"))
    assert most == {"a": 2, "b": 2}


def test_a_host_that_asked_for_quiet_is_left_alone_by_everybody() -> None:
    slept: list[float] = []
    turns = HostTurns(1, sleep=slept.append)
    turns.keep_quiet("a", 10.0)
    turns.keep_quiet("a", 5.0)
    with turns.turn("b"):
        assert slept == []
    with turns.turn("a") as why_not:
        assert why_not is None
        assert slept == [pytest.approx(10.0, abs=1.0)]


def test_quiet_that_is_too_long_to_wait_for_is_told_instead() -> None:
    slept: list[float] = []
    turns = HostTurns(1, max_wait_seconds=30.0, sleep=slept.append)
    turns.keep_quiet("a", 3600.0)
    with turns.turn("a") as why_not:
        assert why_not is not None
        assert re.fullmatch(r"its host wants 3,(600|59\d) s without requests", why_not)
    assert slept == []


def test_a_host_that_only_fails_is_asked_once_a_minute_until_it_answers() -> None:
    now = 1000.0
    turns = HostTurns(4, clock=lambda: now)

    def is_asked(host: str, *, answered: bool = False) -> bool:
        with turns.turn(host) as why_not:
            if why_not is None:
                turns.note(host, answered=answered)
            else:
                assert re.fullmatch(r"its host has done nothing but fail for 1\d minutes", why_not)
            return why_not is None

    assert is_asked("once")
    for _ in range(30):
        assert is_asked("gone")
        now += 20.0
    assert [is_asked("gone") for _ in range(3)] == [True, False, False]
    assert is_asked("other")
    assert is_asked("once")
    now += 59.0
    assert not is_asked("gone")
    now += 1.0
    assert is_asked("gone", answered=True)
    assert all(is_asked("gone") for _ in range(5))


def test_failures_between_answers_say_nothing_of_a_host() -> None:
    now = 0.0
    turns = HostTurns(1, clock=lambda: now)
    for number in range(100):
        with turns.turn("a") as why_not:
            assert why_not is None
            turns.note("a", answered=number % 10 == 9)
        now += 60.0


def test_failures_long_before_say_nothing_of_a_host_that_was_not_asked_since() -> None:
    now = 0.0
    turns = HostTurns(4, clock=lambda: now)
    for _ in range(16):
        turns.note("a", answered=False)
    now += 1200.0
    for _ in range(3):  # none of them has been answered yet
        with turns.turn("a") as why_not:
            assert why_not is None
