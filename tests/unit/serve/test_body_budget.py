"""What bodies weigh together, before lanes see them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping

import pytest
from starlette.requests import Request

from lookalike.serve import ServeSettings, create_app
from lookalike.serve.body_budget import BodyBudget
from lookalike.serve.failure import Failure

LIKE = {"like": "mug/red", "text": " " * 1000}


@pytest.fixture(autouse=True)
def nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.serve.body_budget.SMALL_BYTES", 0)


def announcing(n_bytes: int | None) -> Request:
    headers = [] if n_bytes is None else [(b"content-length", str(n_bytes).encode())]
    return Request({"type": "http", "headers": headers})


def test_bodies_beyond_what_may_be_held_are_refused_until_others_are_answered(connect):
    client = connect(ServeSettings(max_held_bytes=1500))
    first, second = client.together([("POST", "/v1/search", {"json": LIKE})] * 2)
    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]["code"]) == (503, "busy")
    assert second.headers["retry-after"] == "1"
    assert client.post("/v1/search", json=LIKE).status_code == 200


def test_a_clip_counts_too(connect, draw):
    client = connect(ServeSettings(max_held_bytes=1100))
    clip = ("POST", "/v1/search/video", {"files": {"video": ("a", draw((210, 40, 40)))}})
    statuses = [one.status_code for one in client.together([clip, ("POST", "/v1/search", {"json": LIKE})])]
    assert statuses == [200, 503]


def test_a_body_that_does_not_say_how_long_it_is_counts_as_the_longest():
    budget = BodyBudget(1000)
    budget.reserve(announcing(100), 600)
    budget.reserve(announcing(None), 600)
    assert budget.held_bytes == 700
    with pytest.raises(Failure, match="as it may, 1,000"):
        budget.reserve(announcing(None), 600)
    assert budget.held_bytes == 700


def test_a_body_larger_than_all_that_may_be_held_has_room_where_nothing_is_held():
    budget, request = BodyBudget(1000), announcing(5000)
    budget.reserve(request, 5000)
    budget.release(request.scope)
    budget.release(request.scope)
    assert budget.held_bytes == 0


def test_what_a_failed_request_had_set_aside_is_given_back(connect):
    client = connect(ServeSettings(max_held_bytes=1500))

    for _ in range(2):
        assert client.post("/v1/search", json={**LIKE, "by": "colour"}).status_code == 422
        assert client.request("PUT", "/v1/products/mug/red", content=b"{" * 1200).status_code == 400
    assert client.post("/v1/search", json=LIKE).status_code == 200


def test_clips_leave_room_for_others_and_small_bodies_always_have_some(monkeypatch):
    budget = BodyBudget(1000)
    budget.reserve(announcing(400), 600, share=0.5)
    with pytest.raises(Failure):
        budget.reserve(announcing(400), 600, share=0.5)
    budget.reserve(announcing(400), 600)
    with pytest.raises(Failure):
        budget.reserve(announcing(300), 600)
    monkeypatch.setattr("lookalike.serve.body_budget.SMALL_BYTES", 300)
    budget.reserve(announcing(300), 600)
    assert budget.held_bytes == 1100


def test_a_client_that_does_not_read_its_answer_keeps_no_room_from_others(engine):
    app = create_app(engine, ServeSettings(max_held_bytes=1500))
    bodies, body = app.state.desk.bodies, json.dumps(LIKE).encode()
    held: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    async def send(message: MutableMapping[str, object]) -> None:
        held.append(bodies.held_bytes)

    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    where = {"path": "/v1/search", "raw_path": b"/v1/search", "root_path": "", "query_string": b""}
    scope = {"type": "http", "method": "POST", "headers": headers, "client": ("127.0.0.1", 1), **where}
    asyncio.run(app({**scope, "http_version": "1.1", "scheme": "http", "server": None}, receive, send))
    assert held
    assert set(held) == {0}
