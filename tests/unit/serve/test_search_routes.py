from __future__ import annotations

import base64
import gzip
import json
import threading
from dataclasses import replace

import pytest

from lookalike.errors import StoreBusy, StoreDamaged, StoreFull, StoreNotFound, StoreReadOnly
from lookalike.serve import ServeSettings

RED = (210, 40, 40)


def test_a_photograph_finds_the_product_that_it_shows(client, draw):
    response = client.post("/v1/search", files={"image": ("photo.jpg", draw(RED))}, data={"k": "2"})
    assert response.status_code == 200
    document = response.json()
    assert document["hits"][0]["product_id"] == "mug/red"
    assert len(document["hits"]) == 2
    assert set(document) == {
        "hits",
        "lanes",
        "corrected",
        "unknown",
        "understood",
        "unmapped",
        "heard",
        "code",
        "ranking",
        "warnings",
        "exact",
        "verdict",
        "verdict_details",
        "release",
        "timings_ms",
        "offset",
        "next_offset",
        "vector",
    }
    hit = document["hits"][0]
    assert {"product_id", "variant_id", "image", "title", "similarity", "attributes", "image_key", "variants"} == set(
        hit
    )
    assert [variant["variant_id"] for variant in hit["variants"]] == ["red-1", "red-2"]
    assert response.headers["cache-control"] == "no-store"


def test_json_finds_the_same_as_a_form(client, draw):
    data = draw(RED)
    by_form = client.post("/v1/search", files={"image": ("p", data)}).json()
    for coded in (base64.b64encode(data).decode(), "data:image/jpeg;base64," + base64.b64encode(data).decode()):
        by_json = client.post("/v1/search", json={"image": coded}).json()
        assert by_json["hits"] == by_form["hits"]


def test_the_vector_of_an_answer_finds_the_same_again_without_the_photograph(client, draw):
    first = client.post("/v1/search", files={"image": ("p", draw(RED))}).json()
    again = client.post("/v1/search", json={"vector": first["vector"]}).json()
    assert [hit["product_id"] for hit in again["hits"]] == [hit["product_id"] for hit in first["hits"]]
    for before, after in zip(first["hits"], again["hits"], strict=True):
        assert abs(before["similarity"] - after["similarity"]) < 0.01
    assert again["vector"] == first["vector"]


def test_a_product_finds_others_and_not_itself(client):
    document = client.post("/v1/search", json={"like": "mug/red"}).json()
    assert "mug/red" not in [hit["product_id"] for hit in document["hits"]]
    assert len(document["hits"]) == 3


def test_pages_join_without_gap_or_overlap(client):
    whole = client.post("/v1/search", json={"like": "mug/red", "k": 3}).json()["hits"]
    pages: list[object] = []
    offset: int | None = 0
    while offset is not None:
        page = client.post("/v1/search", json={"like": "mug/red", "k": 1, "offset": offset}).json()
        pages += page["hits"]
        offset = page["next_offset"]
    assert pages == whole


def test_a_filter_reaches_the_engine(client, draw):
    files = {"image": ("p", draw(RED))}
    document = client.post("/v1/search", files=files, data={"where": 'category = "Bowls"'}).json()
    assert [hit["product_id"] for hit in document["hits"]] == ["mug/cream"]


def test_a_field_in_the_address_of_a_search_is_told_as_ignored(client, draw):
    form = {"files": {"image": draw((210, 40, 40))}}
    assert client.post("/v1/search", **form).json()["warnings"] == []
    answer = client.post("/v1/search?k=1", **form).json()
    assert answer["warnings"] == ["the address's parameter 'k' was ignored: this operation reads its body"]
    assert len(answer["hits"]) > 1
    for path in ("explain", "describe"):
        fields = {"product_id": "mug/red"} if path == "explain" else {}
        told = client.post(f"/v1/{path}?where=a", data=fields, **form).json()
        assert len(told["warnings"]) == 1
        assert "warnings" not in client.post(f"/v1/{path}", data=fields, **form).json()


@pytest.mark.parametrize("crop", ["16,12,32,24", [16, 12, 32, 24], {"x": 16, "y": 12, "width": 32, "height": 24}])
def test_a_crop_is_looked_for_in_every_form(client, draw, crop):
    coded = base64.b64encode(draw(RED)).decode()
    plain = client.post("/v1/search", json={"image": coded}).json()
    cropped = client.post("/v1/search", json={"image": coded, "crop": crop}).json()
    assert cropped["vector"] != plain["vector"]


@pytest.mark.parametrize(
    ("given", "status", "code", "says"),
    [
        ({"json": {}}, 422, "invalid_query", "one of image, text, audio, like and vector"),
        ({"json": {"like": "a", "vector": "1.c0ffee00.AA"}}, 422, "invalid_query", ""),
        ({"json": {"like": "mug/none"}}, 404, "not_found", "there is no product 'mug/none'"),
        ({"json": {"like": "mug/red", "unlike": "mug/none"}}, 404, "not_found", "there is no product 'mug/none'"),
        (
            {"json": {"text": "mug", "like": ["mug/red", "mug/none"]}},
            404,
            "not_found",
            "there is no product 'mug/none'",
        ),
        ({"json": {"like": "mug/red", "k": 0}}, 422, "invalid_query", "k must be 1 to 200"),
        ({"json": {"like": "mug/red", "k": 201}}, 422, "invalid_query", "k must be 1 to 200"),
        ({"json": {"like": "mug/red", "k": "many"}}, 422, "invalid_query", "whole number"),
        ({"json": {"like": "mug/red", "k": True}}, 422, "invalid_query", "whole number"),
        ({"json": {"like": "mug/red", "offset": -1}}, 422, "invalid_query", "offset"),
        ({"json": {"like": "mug/red", "by": "shelf"}}, 422, "invalid_query", "product, variant or image"),
        ({"json": {"like": "mug/red", "txet": "mug"}}, 422, "invalid_query", "unknown field"),
        ({"json": {"like": 7}}, 422, "invalid_query", "like must be text"),
        ({"json": {"image": 7}}, 422, "invalid_query", "base64"),
        ({"json": {"image": "%%%"}}, 422, "invalid_query", "base64"),
        ({"json": {"image": "https://shop.example/a.jpg"}}, 422, "invalid_query", "does not fetch"),
        ({"json": {"like": "mug/red", "crop": "1,2,3"}}, 422, "invalid_query", "crop"),
        ({"json": {"like": "mug/red", "crop": 5}}, 422, "invalid_query", "crop"),
        ({"json": {"vector": "hello"}}, 422, "invalid_query", "vector must look like"),
        ({"json": {"vector": "1.deadbeef.AAAA"}}, 409, "fingerprint_mismatch", "photograph again"),
        ({"json": {"vector": "1.c0ffee00.AAAA"}}, 422, "invalid_query", "192 dimensions"),
        ({"json": {"like": "mug/red", "where": "colour = 1"}}, 422, "unknown_column", "known are"),
        ({"json": {"like": "mug/red", "where": "(("}}, 422, "selection_syntax_error", ""),
        ({"json": [1]}, 400, "malformed_json", "object"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "malformed_json", "not JSON"),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "unsupported_media_type", "text/plain"),
        ({"content": b""}, 415, "unsupported_media_type", "no content type"),
        ({"files": {"image": ("p", b"not a picture at all")}}, 422, "image_rejected", "not a picture"),
        ({"files": {"image": ("p", b"")}}, 422, "invalid_query", "received none of them"),
        ({"files": [("image", ("a", b"1")), ("image", ("b", b"2"))]}, 422, "invalid_query", "one image"),
        ({"data": {"image": "text"}, "files": {"x": ("y", b"z")}}, 422, "invalid_query", "as a file"),
        (
            {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
            400,
            "malformed_form",
            "",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(client, given, status, code, says):
    response = client.post("/v1/search", **given)
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert says in error["message"]
    assert "Traceback" not in response.text


def test_a_rejected_picture_names_its_reason(client):
    response = client.post("/v1/search", files={"image": ("p", b"hello")})
    assert response.json()["error"]["reason"] == "not_an_image"


def test_a_filter_error_says_where(client):
    response = client.post("/v1/search", json={"like": "mug/red", "where": "price <= 3 and !!"})
    assert response.json()["error"]["position"] == 15


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreBusy("locked by /srv/secret"), 503, "store_busy"),
        (StoreNotFound("no store at /srv/secret"), 503, "nothing_indexed"),
        (StoreFull("/srv/secret"), 507, "store_full"),
        (StoreReadOnly("/srv/secret"), 403, "store_read_only"),
        (StoreDamaged("/srv/secret/catalog.db"), 500, "store_damaged"),
        (RuntimeError("/srv/secret exploded"), 500, "internal"),
    ],
)
def test_inner_failures_are_told_without_paths_or_tracebacks(client, engine, error, status, code):
    def fail() -> None:
        raise error

    engine.before_search = fail
    response = client.post("/v1/search", json={"like": "mug/red"})
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert "/srv" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_an_upload_over_the_limit_is_refused_whether_announced_or_not(connect):
    client = connect(ServeSettings(max_upload_bytes=2000))
    announced = client.post("/v1/search", content=b"x" * 3000, headers={"content-type": "application/json"})

    async def in_pieces():
        for _ in range(30):
            yield b"x" * 100

    streamed = client.post("/v1/search", content=in_pieces(), headers={"content-type": "application/json"})
    for response in (announced, streamed):
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "too_large"


def test_a_full_lane_refuses_at_once_and_serves_again_afterwards(connect, engine):
    client = connect(ServeSettings(search_threads=1, waiting=1))
    gate = threading.Event()
    engine.before_search = lambda: gate.wait(10) and None
    threading.Timer(0.3, gate.set).start()
    ask = ("POST", "/v1/search", {"json": {"like": "mug/red"}})
    responses = client.together([ask] * 6)
    statuses = sorted(response.status_code for response in responses)
    assert statuses == [200, 200, 503, 503, 503, 503]
    refused = next(response for response in responses if response.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["code"] == "busy"
    assert client.post("/v1/search", json={"like": "mug/red"}).status_code == 200


def test_a_search_that_takes_too_long_is_given_up_and_keeps_its_place_until_it_ends(connect, engine):
    client = connect(ServeSettings(search_threads=1, waiting=0, request_timeout_seconds=0.1))
    gate = threading.Event()
    engine.before_search = lambda: gate.wait(10) and None
    assert client.post("/v1/search", json={"like": "mug/red"}).status_code == 504
    assert client.post("/v1/search", json={"like": "mug/red"}).status_code == 503
    gate.set()
    for _ in range(200):
        if client.post("/v1/search", json={"like": "mug/red"}).status_code == 200:
            break
    else:
        pytest.fail("the place was never given back")


def test_the_event_loop_answers_while_searches_run(connect, engine):
    client = connect()
    gate = threading.Event()
    engine.before_search = lambda: gate.wait(10) and None
    search = ("POST", "/v1/search", {"json": {"like": "mug/red"}})
    threading.Timer(0.5, gate.set).start()
    responses = client.together([search, ("GET", "/healthz", {})])
    assert [response.status_code for response in responses] == [200, 200]
    assert responses[1].elapsed < responses[0].elapsed


def test_numbers_that_json_does_not_know_become_null(client, engine):
    engine.patch_product("mug/blue", {"price": float("nan")})
    response = client.post("/v1/search", json={"like": "mug/red"})
    hits = json.loads(response.text, parse_constant=lambda name: pytest.fail(name))["hits"]
    blue = next(hit for hit in hits if hit["product_id"] == "mug/blue")
    assert blue["attributes"]["price"] is None


def test_the_vector_of_an_answer_names_the_model_of_its_own_release_though_another_was_promoted_since(
    client, engine, monkeypatch
):
    search = engine.search

    def answered_just_before_a_promotion(*given: object, **named: object) -> object:
        answer = search(*given, **named)
        engine.model = replace(engine.model, fingerprint="decade00" * 8)
        return answer

    monkeypatch.setattr(engine, "search", answered_just_before_a_promotion)
    vector = client.post("/v1/search", json={"like": "mug/red"}).json()["vector"]
    assert vector.startswith("1.c0ffee00.")


def test_words_are_a_question_without_a_vector(client) -> None:
    answer = client.post("/v1/search", json={"text": "red mug"}).json()
    assert [hit["title"] for hit in answer["hits"]] == ["red mug"]
    assert answer["vector"] is None
    assert answer["lanes"] == ["words"]
    assert answer["hits"][0]["lanes"] == {"words": 1.0}


def test_what_is_being_typed_is_completed(client) -> None:
    answer = client.get("/v1/suggest", params={"text": "red", "k": 3})
    assert answer.json() == {"suggestions": [{"text": "red mug", "kind": "title"}]}
    assert client.get("/v1/suggest").status_code == 422


def test_a_form_s_second_filter_is_refused_and_not_taken_for_the_only_one(client, draw):
    def asked(*filters: str):
        files = [("image", ("photo.jpg", draw(RED))), *(("where", (None, text)) for text in filters)]
        return client.post("/v1/search", files=files)

    refused = asked('category = "Bowls"', 'category = "Mugs"')
    assert refused.status_code == 422
    assert "where is one field of the form, received 2 with different values" in refused.json()["error"]["message"]
    assert asked('category = "Mugs"', "", 'category = "Mugs"').status_code == 200


def test_a_packed_body_is_refused_as_what_it_is(client):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    refused = client.post("/v1/search", content=gzip.compress(b'{"text": "mug"}'), headers=headers)
    assert refused.status_code == 415
    assert "content encoding 'gzip'" in refused.json()["error"]["message"]
    for unpacked in ("identity", "utf-8"):
        headers["content-encoding"] = unpacked
        assert client.post("/v1/search", content=b'{"text": "mug"}', headers=headers).status_code == 200
