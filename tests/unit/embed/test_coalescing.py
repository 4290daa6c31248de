"""Claims about `lookalike.embed.coalescing`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.embed.coalescing import Coalescer, CoalescerClosed


class Recorder:
    """Doubles its items and remembers the batches; the first batch may be held back with `gate`."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate
        self.started = threading.Event()
        self.batches: list[list[int]] = []
        self.threads: list[int] = []
        self.now = 0
        self.most = 0
        self.lock = threading.Lock()

    def __call__(self, items: Sequence[int]) -> list[int]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            first = not self.batches
            self.batches.append(list(items))
            self.threads.append(threading.get_ident())
        if first and self.gate is not None:
            self.started.set()
            assert self.gate.wait(60)
        with self.lock:
            self.now -= 1
        return [2 * item for item in items]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited a minute in vain"
        time.sleep(0.001)


def n_waiting(coalescer: Coalescer[int, int]) -> int:
    return len(coalescer._waiting)


def held(recorder: Recorder, coalescer: Coalescer[int, int], pool: ThreadPoolExecutor, items: Sequence[int]):
    """Start item -1, which blocks in its batch, then queue `items` behind it, in order."""
    futures = [pool.submit(coalescer, -1)]
    assert recorder.started.wait(60)
    for item in items:
        n_before = n_waiting(coalescer)
        futures.append(pool.submit(coalescer, item))
        until(lambda n=n_before: n_waiting(coalescer) == n + 1)
    return futures


def test_an_idle_coalescer_runs_the_item_in_the_callers_own_thread():
    recorder = Recorder()
    assert Coalescer(recorder)(21) == 42
    assert recorder.batches == [[21]]
    assert recorder.threads == [threading.get_ident()]


def test_what_arrives_during_a_batch_is_run_as_the_next_one_in_order_of_arrival():
    gate = threading.Event()
    recorder = Recorder(gate)
    coalescer: Coalescer[int, int] = Coalescer(recorder)
    with ThreadPoolExecutor(8) as pool:
        futures = held(recorder, coalescer, pool, [5, 3, 4, 1])
        gate.set()
        assert [future.result(60) for future in futures] == [-2, 10, 6, 8, 2]
    assert recorder.batches == [[-1], [5, 3, 4, 1]]


def test_no_batch_exceeds_the_bound():
    gate = threading.Event()
    recorder = Recorder(gate)
    coalescer: Coalescer[int, int] = Coalescer(recorder, max_batch=3)
    with ThreadPoolExecutor(12) as pool:
        futures = held(recorder, coalescer, pool, range(8))
        gate.set()
        assert [future.result(60) for future in futures] == [-2, *range(0, 16, 2)]
    assert recorder.batches == [[-1], [0, 1, 2], [3, 4, 5], [6, 7]]


def test_the_lead_is_handed_on_after_each_batch():
    gate = threading.Event()
    recorder = Recorder(gate)
    coalescer: Coalescer[int, int] = Coalescer(recorder, max_batch=1)
    with ThreadPoolExecutor(6) as pool:
        futures = held(recorder, coalescer, pool, range(4))
        gate.set()
        for future in futures:
            future.result(60)
    assert len(set(recorder.threads)) == 5


def test_as_many_batches_run_at_once_as_allowed():
    gate = threading.Event()
    inside = threading.Barrier(2, timeout=60)

    def run(items: Sequence[int]) -> list[int]:
        inside.wait()  # Breaks, and fails the test, unless two are inside at once.
        gate.wait(60)
        return list(items)

    coalescer: Coalescer[int, int] = Coalescer(run, concurrency=2)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(coalescer, item) for item in (1, 2)]
        gate.set()
        assert [future.result(60) for future in futures] == [1, 2]


def test_an_error_reaches_only_the_caller_whose_item_it_is_about():
    gate = threading.Event()
    started = threading.Event()

    def run(items: Sequence[int]) -> list[int]:
        if items[0] == -1:
            started.set()
            gate.wait(60)
        if 13 in items:
            raise KeyError(f"bad luck in {list(items)}")
        return [2 * item for item in items]

    recorder = Recorder()
    recorder.started = started
    coalescer: Coalescer[int, int] = Coalescer(run)
    with ThreadPoolExecutor(6) as pool:
        futures = held(recorder, coalescer, pool, [1, 13, 2])
        gate.set()
        assert futures[1].result(60) == 2
        assert futures[3].result(60) == 4
        with pytest.raises(KeyError, match=r"bad luck in \[13\]"):
            futures[2].result(60)
    assert coalescer(7) == 14


def test_a_function_that_loses_results_is_an_error_not_a_hang():
    with pytest.raises(ValueError, match="a batch of 1 gave 0 results"):
        Coalescer(lambda items: [])(1)


def test_an_interrupted_leader_leaves_the_others_to_a_successor():
    gate = threading.Event()
    started = threading.Event()
    calls: list[list[int]] = []

    def run(items: Sequence[int]) -> list[int]:
        calls.append(list(items))
        if items[0] == -1:
            started.set()
            gate.wait(60)
        if len(items) > 1 and items[0] == 0:
            raise SystemExit  # As KeyboardInterrupt would: not an Exception.
        return list(items)

    recorder = Recorder()
    recorder.started = started
    coalescer: Coalescer[int, int] = Coalescer(run)
    with ThreadPoolExecutor(6) as pool:
        futures = held(recorder, coalescer, pool, [0, 1, 2])
        gate.set()
        with pytest.raises(SystemExit):
            futures[1].result(60)
        assert [futures[2].result(60), futures[3].result(60)] == [1, 2]
    assert calls == [[-1], [0, 1, 2], [1, 2]]
    assert coalescer(5) == 5


@pytest.mark.parametrize("promoted", [False, True])
def test_a_caller_interrupted_while_it_waits_leaves_the_others_served(monkeypatch: pytest.MonkeyPatch, promoted: bool):
    gate = threading.Event()
    recorder = Recorder(gate)
    coalescer: Coalescer[int, int] = Coalescer(recorder)
    interrupted = threading.local()

    class Interruptible(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if not getattr(interrupted, "now", False):
                return super().wait(timeout)
            if promoted:  # The interruption comes just after the lead was handed to this caller.
                super().wait(60)
            else:
                at_hand.wait(60)
            raise KeyboardInterrupt

    at_hand = threading.Event()
    monkeypatch.setattr("lookalike.embed.coalescing.Event", Interruptible)

    def interrupted_call() -> int:
        interrupted.now = True
        return coalescer(0)

    with ThreadPoolExecutor(4) as pool:
        blocked = pool.submit(coalescer, -1)
        assert recorder.started.wait(60)
        victim = pool.submit(interrupted_call)
        until(lambda: n_waiting(coalescer) == 1)
        others = [pool.submit(coalescer, item) for item in (1, 2)]
        until(lambda: n_waiting(coalescer) == 3)
        at_hand.set()
        until(lambda: promoted or n_waiting(coalescer) == 2)
        gate.set()
        assert blocked.result(60) == -2
        assert isinstance(victim.exception(10), KeyboardInterrupt)
        assert [future.result(60) for future in others] == [2, 4]
    assert coalescer(5) == 10


def test_close_waits_for_what_was_accepted_and_refuses_the_rest():
    gate = threading.Event()
    recorder = Recorder(gate)
    coalescer: Coalescer[int, int] = Coalescer(recorder)
    with ThreadPoolExecutor(6) as pool:
        futures = held(recorder, coalescer, pool, [1, 2])
        closing = pool.submit(coalescer.close)
        until(lambda: coalescer._closed)
        assert not closing.done()
        with pytest.raises(CoalescerClosed):
            coalescer(3)
        gate.set()
        closing.result(60)
        assert [future.result(60) for future in futures] == [-2, 2, 4]
    coalescer.close()


def test_the_context_closes():
    with Coalescer(Recorder()) as coalescer:
        assert coalescer(1) == 2
    with pytest.raises(CoalescerClosed):
        coalescer(1)


@pytest.mark.parametrize("bad", [{"max_batch": 0}, {"concurrency": 0}])
def test_bounds_below_one_are_refused(bad: dict[str, int]):
    with pytest.raises(ValueError, match="at least 1"):
        Coalescer(lambda items: list(items), **bad)


@settings(max_examples=15, deadline=None)
@given(
    items=st.lists(st.integers(0, 99), max_size=60),
    n_threads=st.integers(1, 12),
    max_batch=st.integers(1, 9),
    concurrency=st.integers(1, 3),
    bad=st.sets(st.integers(0, 99), max_size=5),
)
def test_every_caller_gets_its_own_result_whatever_the_weather(
    items: list[int], n_threads: int, max_batch: int, concurrency: int, bad: set[int]
):
    recorder = Recorder()

    def run(batch: Sequence[int]) -> list[int]:
        assert 1 <= len(batch) <= max_batch
        results = recorder(batch)
        if len(batch) % 2:
            time.sleep(0.0005)
        if bad & set(batch):
            raise LookupError(sorted(bad & set(batch)))
        return results

    def call(item: int) -> int | None:
        try:
            return coalescer(item)
        except LookupError as error:
            return -error.args[0][0]

    with (
        Coalescer(run, max_batch=max_batch, concurrency=concurrency) as coalescer,
        ThreadPoolExecutor(n_threads) as pool,
    ):
        found = list(pool.map(call, items))
    assert found == [-item if item in bad else 2 * item for item in items]
    assert recorder.most <= concurrency


def test_vectors_do_not_depend_on_company():
    from lookalike.embed.coalescing import coalesced_embedding

    class Means:
        description = None

        def embed(self, batch: np.ndarray) -> np.ndarray:
            return batch.reshape(len(batch), -1, 3).mean(axis=1).astype(np.float32)

    pictures = [np.full((8, 8, 3), level, np.uint8) for level in range(20)]
    embed = coalesced_embedding(Means(), max_batch=4)  # pyright: ignore[reportArgumentType]
    with ThreadPoolExecutor(5) as pool:
        vectors = list(pool.map(embed, pictures))
    np.testing.assert_array_equal(np.stack(vectors), np.arange(20, dtype=np.float32)[:, None].repeat(3, axis=1))
