"""Pages of other sites, which a browser lets send but not read: they change nothing and ask about nobody."""

from __future__ import annotations

import pytest

from lookalike.serve import ServeSettings

OTHER = {"origin": "https://evil.example"}
CROSS = {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"}
SHOPPER = "me-" + "0" * 32


@pytest.mark.parametrize("headers", [OTHER, CROSS, {"sec-fetch-site": "same-site"}, {"origin": "null"}])
def test_a_page_of_another_site_changes_nothing_without_a_token(client, engine, headers):
    client.post("/v1/releases/r2/promote")
    for path, content in (("/v1/releases/rollback", b""), ("/v1/releases/r3/promote", b'{"force": true}')):
        refused = client.post(path, content=content, headers={**headers, "content-type": "text/plain"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "other_site")
    assert engine.release == "r2"


@pytest.mark.parametrize("token", ["", "secret"])
@pytest.mark.parametrize("path", ["events", "people/erase", "people/show", "recommend"])
def test_a_page_of_another_site_tells_and_asks_nothing_of_shoppers(connect, engine, token, path):
    given = {"shopper": SHOPPER, **({"product_id": "mug/red", "kind": "view"} if path == "events" else {})}
    client = connect(ServeSettings(write_token=token))
    refused = client.post(f"/v1/{path}", json=given, headers=OTHER)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "other_site")
    assert not engine.events
    assert client.post(f"/v1/{path}", json=given).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1"},
        {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1"},
        {"sec-fetch-site": "none"},
    ],
)
def test_the_servers_own_page_and_programs_may_do_what_they_could(client, headers):
    assert client.post("/v1/releases/r2/promote", headers=headers).status_code == 200


def test_a_page_whose_origin_is_named_may_do_what_the_own_page_may(connect):
    named, all_may_read = (
        connect(ServeSettings(cors_origins=("https://shop.example",))),
        connect(ServeSettings(cors_origins=("*",))),
    )
    headers = {"origin": "https://shop.example", "sec-fetch-site": "cross-site"}
    assert named.post("/v1/releases/r2/promote", headers=headers).status_code == 200
    assert all_may_read.post("/v1/releases/r2/promote", headers=headers).status_code == 403


@pytest.mark.parametrize("name", ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"])
def test_any_forwarding_header_of_a_proxy_closes_writes(client, name):
    refused = client.post("/v1/releases/rollback", headers={name: "x"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "writes_closed")
