"""The catalogue's health over HTTP: once for each state of the store, for those who may write, never blocking."""

from __future__ import annotations

import asyncio
import time

import pytest

from lookalike.errors import StoreError
from lookalike.serve import ServeSettings
from lookalike.serve.visits import UnderWay, Visits


def test_the_report_is_made_once_for_each_state_of_the_store(client, engine):
    first = client.get("/v1/catalogue/health")
    assert first.status_code == 200
    assert first.json()["summary"]["findings"] == 0
    assert client.get("/v1/catalogue/health").json() == first.json()
    assert engine.visits == 1
    engine.changes += 1
    assert client.get("/v1/catalogue/health").json()["sequence"] == engine.changes
    assert engine.visits == 2


def test_a_long_visit_is_told_as_under_way_and_made_once(engine):
    engine.visit_seconds = 0.5

    async def ask() -> None:
        visits = Visits(patience_seconds=0.05)
        answers = [await visits.report(engine, 1) for _ in range(3)]
        assert answers[-1] == UnderWay(1, 2)
        await asyncio.sleep(0.7)
        assert (await visits.report(engine, 1)).files == 2
        assert engine.visits == 1
        visits.close()

    asyncio.run(ask())


def test_a_visit_that_fails_is_told_and_tried_again(engine):
    engine.visit_fails = True

    async def ask() -> None:
        visits = Visits()
        with pytest.raises(StoreError, match="disk"):
            await visits.report(engine, 1)
        engine.visit_fails = False
        assert (await visits.report(engine, 1)).files == 2
        visits.close()

    asyncio.run(ask())


def test_the_event_loop_goes_on_during_a_visit(engine):
    engine.visit_seconds = 0.3

    async def ask() -> None:
        visits = Visits()
        running = asyncio.create_task(visits.report(engine, 1))
        started = time.perf_counter()
        await asyncio.sleep(0.01)
        assert time.perf_counter() - started < 0.2
        await running
        visits.close()

    asyncio.run(ask())


def test_only_who_may_write_may_look(connect, engine):
    guarded = connect(ServeSettings(write_token="secret-of-some-length"))
    assert guarded.get("/v1/catalogue/health").status_code == 401
    assert (
        guarded.get("/v1/catalogue/health", headers={"Authorization": "Bearer secret-of-some-length"}).status_code
        == 200
    )
    assert engine.visits == 1
