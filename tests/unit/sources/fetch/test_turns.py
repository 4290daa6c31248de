from __future__ import annotations

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
    with turns.turn("a") as quiet_seconds:
        assert quiet_seconds == 0.0
        assert slept == [pytest.approx(10.0, abs=1.0)]


def test_quiet_that_is_too_long_to_wait_for_is_told_instead() -> None:
    slept: list[float] = []
    turns = HostTurns(1, max_wait_seconds=30.0, sleep=slept.append)
    turns.keep_quiet("a", 3600.0)
    with turns.turn("a") as quiet_seconds:
        assert quiet_seconds == pytest.approx(3600.0, abs=5.0)
    assert slept == []
