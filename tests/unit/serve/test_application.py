from __future__ import annotations

import asyncio
import re
import threading

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from lookalike.serve import ServeSettings, create_app


def test_every_answer_carries_the_security_headers(client):
    for path in ("/", "/docs", "/v1/status", "/nowhere", "/page/js/main.js"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy.replace("'", " ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_blas_shares_no_product_among_threads_while_the_server_runs(engine):
    def threads() -> list[int]:
        return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

    async def run() -> list[int]:
        app = create_app(engine)
        async with app.router.lifespan_context(app):
            return threads()

    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        assert set(asyncio.run(run())) <= {1}
        assert threads() == before


def test_blas_has_its_threads_again_after_the_last_of_several_servers(engine):
    def threads() -> list[int]:
        return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

    async def run() -> list[int]:
        first, second = (app.router.lifespan_context(app) for app in (create_app(engine), create_app(engine)))
        await first.__aenter__()
        await second.__aenter__()
        await first.__aexit__(None, None, None)
        between = threads()
        await second.__aexit__(None, None, None)
        return between

    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        assert set(asyncio.run(run())) <= {1}
        assert threads() == before


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/v1/search", 405)])
def test_unknown_places_and_methods_are_json_errors(client, method, path, status):
    response = client.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) >= {"code", "message"}


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/v1/status", "/v1/products?k=1", "/v1/images/1/thumbnail", "/nowhere"]
)
def test_head_is_answered_as_get_is_without_the_body(client, path):
    asked, got = client.request("HEAD", path), client.get(path)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert asked.headers.get("etag") == got.headers.get("etag")
    assert asked.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/products/mug%2Fred", "GET, HEAD, PUT, PATCH, DELETE"),
        ("HEAD", "/v1/search", "POST"),
        ("POST", "/v1/trial", "GET, HEAD, PUT, DELETE"),
        ("DELETE", "/", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_taken_is_told_every_one_that_is(client, method, path, allowed):
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert allowed in response.json()["error"]["message"]


def test_nothing_of_the_page_names_another_host(client):
    names = [
        "/",
        "/docs",
        *re.findall(r'(?:href|src)="(/page/[^"]+)"', client.get("/").text + client.get("/docs").text),
    ]
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        response = client.get(name)
        assert response.status_code == 200, name
        text = response.text.replace("http://www.w3.org/", "")
        assert not re.search(r"""["'(]\s*(https?:)?//[\w.]""", text), name
        folder = name.rpartition("/")[0]
        names += [f"{folder}/{found}" for found in re.findall(r'from "\./([^"]+)"', text)]
    assert len(seen) > 20


def test_page_files_are_revalidated_and_compressed(client):
    plain = client.get("/page/js/main.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = client.get("/page/js/main.js", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    again = client.get("/page/js/main.js", headers={"if-none-match": plain.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["../settings.py", "..%2Fsettings.py", "js/../../settings.py", "none.js", ""])
def test_nothing_but_the_page_can_be_reached_below_page(client, name):
    assert client.get(f"/page/{name}").status_code == 404


def test_the_page_can_be_left_out(connect):
    client = connect(ServeSettings(page=False))
    assert client.get("/").status_code == 404
    assert client.get("/v1/status").status_code == 200


def test_status_tells_what_the_server_holds(client):
    status = client.get("/v1/status").json()
    assert status["counts"]["products"] == 4
    assert status["model"]["dimension"] == 192
    assert status["columns"]["price"] == "number"
    assert status["questions"] == ["image", "text", "audio", "like", "vector"]
    assert status["writes"] is True
    assert status["keeps"] == []


def test_status_tells_each_client_whether_it_may_write(connect):
    def told(client, **headers: str) -> tuple[bool, bool]:
        status = client.get("/v1/status", headers=headers).json()
        return status["writes"], status["may_write"]

    local = connect()
    assert told(local) == (True, True)
    assert told(local, **{"X-Forwarded-For": "10.0.0.1"}) == (True, False)
    assert told(connect(ServeSettings(host="0.0.0.0"))) == (False, False)
    guarded = connect(ServeSettings(write_token="right"))
    assert told(guarded) == (True, False)
    assert told(guarded, Authorization="Bearer wrong") == (True, False)
    assert told(guarded, Authorization="Bearer right") == (True, True)
    assert guarded.get("/v1/status").headers["cache-control"] == "no-store"


def test_status_tells_that_nobody_can_write_to_a_store_that_can_only_be_read(client, engine, monkeypatch):
    monkeypatch.setattr(engine, "read_only", True)
    status = client.get("/v1/status").json()
    # Reports that only who may write sees are there to be read.
    assert (status["writes"], status["may_write"]) == (False, True)


def test_status_tells_that_small_copies_of_unmet_photographs_are_kept(client, engine, monkeypatch):
    monkeypatch.setattr(engine, "keeps_unmet_pictures", True)
    assert client.get("/v1/status").json()["keeps"] == ["unmet_pictures"]


def test_health_and_readiness_differ(client, engine, monkeypatch):
    assert client.get("/healthz").json() == {"alive": True}
    assert client.get("/readyz").json() == {"ready": True, "release": "r1", "products": 4}

    def gone() -> None:
        from lookalike.errors import StoreDamaged

        raise StoreDamaged("/srv/secret")

    monkeypatch.setattr(engine, "counts", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "/srv" not in response.text
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_who_watches_the_server_is_answered_while_thumbnails_take_every_place(connect, engine, monkeypatch, path):
    client = connect(ServeSettings(read_threads=1, waiting=0))
    asked, counts, thumbnail = threading.Event(), engine.counts, engine.thumbnail

    def counted() -> object:
        asked.set()
        return counts()

    def waited_for(image_key: int, side_pixels: int) -> bytes:
        asked.wait(5)
        return thumbnail(image_key, side_pixels)

    monkeypatch.setattr(engine, "counts", counted)
    monkeypatch.setattr(engine, "thumbnail", waited_for)
    answers = client.together([("GET", "/v1/images/1/thumbnail", {}), ("GET", path, {})])
    assert [answer.status_code for answer in answers] == [200, 200]


def test_many_more_thumbnails_may_wait_than_other_requests(connect):
    client = connect(ServeSettings(read_threads=1, waiting=2))
    answers = client.together([("GET", "/v1/images/1/thumbnail", {})] * 60)
    assert {answer.status_code for answer in answers} == {200}


def test_metrics_count_requests_stages_and_failures(client):
    client.post("/v1/search", json={"like": "mug/red"})
    client.post("/v1/search", files={"image": ("p", b"junk")})
    client.get("/nowhere/at/all")
    text = client.get("/metrics").text
    assert 'lookalike_requests_total{method="POST",route="/v1/search",status="200"} 1' in text
    assert 'lookalike_requests_total{method="POST",route="/v1/search",status="422"} 1' in text
    assert 'lookalike_failures_total{code="image_rejected",reason="not_an_image"} 1' in text
    assert 'lookalike_search_stage_seconds_count{stage="embed"} 1' in text
    assert 'lookalike_store{holds="products"} 4' in text
    assert "/nowhere" not in text
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z_]+(\{[^{}]*\})? \S+", line), line


def test_methods_that_http_does_not_know_make_no_labels_of_their_own(client):
    for method in ("BREW", "X" * 5000, "get"):
        client.request(method, "/v1/status")
    text = client.get("/metrics").text
    assert 'lookalike_requests_total{method="other",route="/v1/status",status="405"} ' in text
    assert "BREW" not in text
    assert "XXXX" not in text


def test_other_origins_are_refused_unless_named(connect):
    closed = connect()
    response = closed.get("/v1/status", headers={"origin": "https://shop.example"})
    assert "access-control-allow-origin" not in response.headers
    opened = connect(ServeSettings(cors_origins=("https://shop.example",)))
    allowed = opened.get("/v1/status", headers={"origin": "https://shop.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-credentials" not in allowed.headers
    assert allowed.headers["vary"] == "Origin"
    assert opened.get("/v1/status").headers["vary"] == "Origin"  # for caches between: others get other headers
    assert "vary" not in response.headers
    other = opened.get("/v1/status", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    asked = opened.request(
        "OPTIONS",
        "/v1/products/a",
        headers={"origin": "https://shop.example", "access-control-request-method": "PUT"},
    )
    assert asked.status_code == 204
    assert "PUT" in asked.headers["access-control-allow-methods"]


def test_openapi_shows_an_example_of_every_json_answer_and_body(client):
    document = client.get("/openapi.json").json()
    assert {"/v1/search", "/v1/products/{product_id}", "/v1/facets", "/v1/status"} <= set(document["paths"])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            bodies = operation.get("requestBody", {}).get("content", {})
            assert all("example" in body for body in bodies.values()), (method, path)
            ok = operation["responses"].get("200", {}).get("content", {}).get("application/json")
            if ok is not None and path.startswith("/v1"):
                assert "example" in ok, (method, path)


def test_the_search_example_has_the_form_of_a_real_answer(client):
    document = client.get("/openapi.json").json()
    example = document["paths"]["/v1/search"]["post"]["responses"]["200"]["content"]["application/json"]["example"]
    real = client.post("/v1/search", json={"like": "mug/red"}).json()
    assert set(example) == set(real)
    assert set(example["hits"][0]) == set(real["hits"][0])
    assert set(example["hits"][0]["variants"][0]) == set(real["hits"][0]["variants"][0])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"max_upload_bytes": 1}, "max_upload_bytes"),
        ({"search_threads": 0, "waiting": -1}, "waiting"),
        ({"request_timeout_seconds": 0.0}, "request_timeout_seconds"),
    ],
)
def test_settings_out_of_range_are_named(given, says):
    from lookalike.errors import InvalidConfiguration

    with pytest.raises(InvalidConfiguration, match=says):
        ServeSettings(**given)


def test_the_room_gives_out_what_is_documented():
    import lookalike.serve

    assert lookalike.serve.__all__ == ["ServeSettings", "create_app", "run"]


def test_importing_the_room_loads_no_web_framework():
    import subprocess
    import sys

    heavy = ("fastapi", "starlette", "uvicorn", "torch")
    code = f"import lookalike.serve, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
