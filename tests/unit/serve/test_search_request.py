"""JSON as clients send it: whatever text it holds can be kept and told."""

from __future__ import annotations

import pytest

from lookalike.serve.failure import Failure
from lookalike.serve.search_request import read_json_object

HALF = b'"\\ud800"'


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/search", b"{%s: 1}"),
        ("POST", "/v1/search", b'{"text": %s}'),
        ("POST", "/v1/explain", b'{"image": "", "product_id": %s}'),
        ("POST", "/v1/recommend", b'{"against": %s}'),
        ("POST", "/v1/events", b'{"shopper": "7", "product_id": %s, "kind": "view"}'),
        ("POST", "/v1/releases/r2/promote", b'{"reason": %s}'),
        ("PUT", "/v1/products/mug", b'{"attributes": {"title": %s}, "images": []}'),
        ("PATCH", "/v1/products/mug/red", b'{"attributes": {"title": %s}}'),
        ("PATCH", "/v1/products/mug/red", b'{"attributes": {"title": "\xed\xa0\x80"}}'),
    ],
)
def test_half_a_surrogate_pair_is_refused_wherever_json_is_read(client, method, path, body):
    content = body.replace(b"%s", HALF)
    refused = client.request(method, path, content=content, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("value", [b"0", b"{}", b'"a"', b'{"b": [1]}'])
def test_a_document_of_more_values_than_anybody_needs_is_refused_unread(client, monkeypatch, value):
    content = b'{"text": "mug", "like": [%s]}' % b",".join([value] * 100_001)
    monkeypatch.setattr("json.loads", lambda _: pytest.fail("it was read"))
    with pytest.raises(Failure) as refused:
        read_json_object(content)
    monkeypatch.undo()
    assert (refused.value.status, refused.value.error["code"]) == (413, "too_large")
    answer = client.post("/v1/search", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, "100,000 values" in answer.json()["error"]["message"]) == (413, True)


@pytest.mark.parametrize("field", ["floor", "diverse"])
def test_a_number_beyond_every_number_is_a_wrong_question(client, field):
    refused = client.post("/v1/search", json={"text": "mug", field: 10**400})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_query")


@pytest.mark.parametrize("field", ["where", "k", "text", "like", "unlike", "crop", "vector", "sort", "shopper"])
def test_a_field_that_is_sent_as_a_file_is_not_left_out_in_silence(client, draw, field):
    files = {"image": draw((210, 40, 40)), field: ("field.txt", b"price < 1")}
    for path in ("/v1/search", "/v1/describe"):
        refused = client.post(path, files=files)
        assert refused.status_code == 422, field
        assert f"{field} must be a text field" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "files", "data", "field"),
    [
        ("/v1/explain", ("image",), {"product_id": "mug/red"}, "crop"),
        ("/v1/search/video", ("video",), {}, "where"),
    ],
)
def test_nor_is_it_beside_another_question(client, draw, path, files, data, field):
    sent = {**dict.fromkeys(files, draw((210, 40, 40))), field: ("field.txt", b"0,0,4,4")}
    refused = client.post(path, files=sent, data=data)
    assert refused.status_code == 422
    assert f"{field} must be a text field" in refused.json()["error"]["message"]


def test_a_whole_surrogate_pair_is_one_character_as_ever():
    assert read_json_object(b'{"title": "\\ud83d\\ude00"}') == {"title": "\N{GRINNING FACE}"}
    assert read_json_object('{"title": "\N{GRINNING FACE}"}'.encode("utf-16")) == {"title": "\N{GRINNING FACE}"}


def test_a_failure_can_be_told_whatever_its_sentence_holds():
    assert Failure(422, "invalid_query", "there is no \ud800").body == (
        b'{"error": {"code": "invalid_query", "message": "there is no \\ud800"}}'
    )
