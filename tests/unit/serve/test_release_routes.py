"""Releases over HTTP: listed, promoted, refused, forced and rolled back, by those who may write."""

from __future__ import annotations

import pytest

from lookalike.serve.settings import ServeSettings


def test_releases_and_records_are_listed(client) -> None:
    told = client.get("/v1/releases").json()
    assert [release["release_id"] for release in told["releases"]] == ["r1", "r2", "r3"]
    assert told["promotions"] == []


def test_a_release_is_promoted_and_rolled_back(client) -> None:
    done = client.post("/v1/releases/r2/promote")
    assert done.status_code == 200
    assert (done.json()["live"], done.json()["previous"], done.json()["forced"]) == ("r2", "r1", False)
    assert client.get("/v1/status").json()["release"] == "r2"
    assert client.post("/v1/releases/rollback").json() == {"live": "r1", "previous": "r2", "missing": 3}


def test_a_worse_release_is_refused_with_its_numbers_and_can_be_forced_with_a_reason(client) -> None:
    refused = client.post("/v1/releases/r3/promote", json={"golden": "mine"})
    assert refused.status_code == 409
    error = refused.json()["error"]
    assert error["code"] == "promotion_refused"
    assert error["gate"] == {"refused": True, "golden": "mine"}
    assert "force" in error["hint"]
    forced = client.post("/v1/releases/r3/promote", json={"force": True, "reason": "licence"})
    assert (forced.status_code, forced.json()["forced"]) == (200, True)
    assert client.get("/v1/releases").json()["promotions"][-1] == {"kind": "forced", "to": "r3", "reason": "licence"}


def test_what_is_not_there_or_not_whole_is_said_without_folders(client) -> None:
    absent = client.post("/v1/releases/r9/promote")
    assert absent.status_code == 404
    assert "somewhere" not in absent.text
    incomplete = client.post("/v1/releases/r4/promote")
    assert (incomplete.status_code, incomplete.json()["error"]["code"]) == (409, "release_incomplete")
    assert client.post("/v1/releases/rollback").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 422, "object"),
        (b'{"forced": true}', 422, "no field"),
        (b'{"force": "yes", "reason": 3}', 422, "force must be true or false"),
    ],
)
def test_a_wrong_body_is_refused_and_changes_nothing(client, body: bytes, status: int, said: str) -> None:
    answer = client.post("/v1/releases/r2/promote", content=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    assert client.get("/v1/status").json()["release"] == "r1"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/releases"), ("POST", "/v1/releases/r2/promote"), ("POST", "/v1/releases/rollback")],
)
def test_only_those_who_may_write_see_and_switch_releases(connect, method: str, path: str) -> None:
    stranger = connect(ServeSettings(write_token="a-secret-of-some-length"))
    assert stranger.request(method, path).status_code == 401
    far = connect(ServeSettings(), client=("203.0.113.9", 4000))
    assert far.request(method, path).status_code == 403
