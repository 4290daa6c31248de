"""The whole server, as `lookalike serve` starts it, over a drawn catalogue: sockets, engine, model."""

from __future__ import annotations

import base64
import csv
import json
import os
import shutil
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from serving import serving

if TYPE_CHECKING:
    from conftest import Drawn

TOKEN = "for-the-tests"
WRITER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def folder(drawn_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the server may write to: its store, and where it keeps what is for a moment."""
    folder = tmp_path_factory.mktemp("http")
    shutil.copytree(drawn_store, folder / "store")
    (folder / "temporary").mkdir()
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """Address of a running server."""
    with serving(
        folder / "store", temporary=folder / "temporary", write_token=TOKEN, max_upload_bytes=1_000_000
    ) as url:
        yield url


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, trust_env=False, timeout=60) as session:
        yield session


@pytest.fixture(scope="module")
def queries(drawn: Drawn) -> list[tuple[Path, str]]:
    """Photographs with the product that each shows."""
    with drawn.queries.open() as file:
        return [(drawn.folder / row["image"], row["product_id"]) for row in csv.DictReader(file)]


def test_photographs_find_what_they_show(client, queries):
    ranks: list[int] = []
    for photo, product_id in queries:
        hits = client.post("/v1/search", files={"image": photo.read_bytes()}).json()["hits"]
        found = [hit["product_id"] for hit in hits]
        ranks.append(found.index(product_id) if product_id in found else len(found))
    assert statistics.median(ranks) == 0


def test_form_json_and_link_give_the_same_answer(client, queries):
    photo, _ = queries[0]
    first = client.post("/v1/search", files={"image": photo.read_bytes()}, data={"k": "5"}).json()
    again = client.post("/v1/search", json={"image": base64.b64encode(photo.read_bytes()).decode(), "k": 5}).json()
    assert again["hits"] == first["hits"]
    linked = client.post("/v1/search", json={"vector": first["vector"], "k": 5}).json()
    assert linked["hits"][0]["product_id"] == first["hits"][0]["product_id"]
    for before, after in zip(first["hits"], linked["hits"], strict=True):
        assert abs(before["similarity"] - after["similarity"]) < 0.005


def test_like_leaves_the_product_itself_out(client):
    product_id = client.get("/v1/products?k=1").json()["products"][0]["product_id"]
    hits = client.post("/v1/search", json={"like": product_id, "k": 12}).json()["hits"]
    assert len(hits) == 11
    assert product_id not in [hit["product_id"] for hit in hits]


def test_facets_filters_and_thumbnails_belong_together(client):
    facets = {facet["column"]: facet for facet in client.get("/v1/facets").json()["facets"]}
    category, count = (facets["category"]["values"][0][name] for name in ("value", "count"))
    where = f"category = {json.dumps(category)}"
    products = client.get("/v1/products", params={"where": where, "k": 200}).json()["products"]
    assert len(products) == count
    key = products[0]["variants"][0]["images"][0]["image_key"]
    response = client.get(f"/v1/images/{key}/thumbnail", params={"side": 96})
    assert response.headers["content-type"] == "image/jpeg"
    assert response.content.startswith(b"\xff\xd8")
    revalidated = client.get(
        f"/v1/images/{key}/thumbnail", params={"side": 96}, headers={"if-none-match": response.headers["etag"]}
    )
    assert revalidated.status_code == 304


@pytest.mark.parametrize("where", ["fabric = 1", "category =", "price > 'cheap'"])
def test_a_wrong_filter_is_a_usage_error_everywhere(client, where):
    for response in (
        client.get("/v1/facets", params={"where": where}),
        client.get("/v1/products", params={"where": where}),
        client.post("/v1/search", json={"vector": "1.00000000.AA", "where": where}),
    ):
        assert response.status_code in (409, 422)
        assert response.json()["error"]["message"]


def test_a_product_lives_and_dies_over_http(client, queries):
    photo = queries[0][0].read_bytes()
    body = {"variants": [{"variant_id": "x", "attributes": {"title": "Newcomer", "price": 3.5, "category": "New"}}]}
    refused = client.put("/v1/products/new%2Fone", json=body)
    assert refused.status_code == 401
    put = client.put(
        "/v1/products/new%2Fone", data={"product": json.dumps(body)}, files={"image.x": photo}, headers=WRITER
    )
    assert put.status_code == 200, put.text
    found = client.post("/v1/search", files={"image": photo}).json()["hits"][0]
    assert (found["product_id"], found["variant_id"]) == ("new/one", "x")
    assert found["similarity"] > 0.99
    patched = client.patch("/v1/products/new%2Fone", json={"attributes": {"price": 9.75}}, headers=WRITER)
    assert patched.json()["variants"][0]["attributes"]["price"] == 9.75
    dear = client.post("/v1/search", files={"image": photo}, data={"where": 'category = "New" and price > 9'}).json()
    assert [hit["product_id"] for hit in dear["hits"]] == ["new/one"]
    nothing = client.put("/v1/products/none", files={"image": b"junk"}, headers=WRITER)
    assert nothing.status_code == 422, nothing.text
    assert "begins with 'junk'" in nothing.json()["error"]["message"]
    (rejected,) = nothing.json()["error"]["rejected"]
    assert rejected["reason"] == "not_an_image"
    unusable = client.put(
        "/v1/products/new%2Fone", data={"product": json.dumps(body)}, files={"image.x": b"junk"}, headers=WRITER
    )
    assert (unusable.status_code, unusable.json()["stored"]) == (200, False)
    assert unusable.json()["variants"] == patched.json()["variants"]
    assert client.delete("/v1/products/new%2Fone", headers=WRITER).status_code == 204
    assert client.get("/v1/products/new%2Fone").status_code == 404
    again = client.post("/v1/search", files={"image": photo}).json()["hits"]
    assert "new/one" not in [hit["product_id"] for hit in again]


def test_the_server_reads_no_file_of_its_own_machine_for_a_client(client):
    for image in ("/etc/hostname", "file:///etc/hostname", "http://127.0.0.1:9/x.jpg"):
        response = client.put("/v1/products/thief", json={"images": [image]}, headers=WRITER)
        assert response.status_code == 422, response.text
    assert client.get("/v1/products/thief").status_code == 404


def test_nothing_of_a_photograph_stays_on_disk(client, queries, folder):
    """Every file that the server could have written is looked through for the bytes of a photograph."""
    marker = os.urandom(32)
    photo = queries[1][0].read_bytes()
    comment = marker * 900
    padded = photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + photo[2:]
    assert client.post("/v1/search", files={"image": padded}).status_code == 200
    caches = Path(os.environ["XDG_CACHE_HOME"])
    written = [path for place in (folder, caches) for path in place.rglob("*") if path.is_file()]
    assert len(written) > 10
    assert not [path for path in written if marker in path.read_bytes()]


def test_thirty_two_clients_at_once_meet_no_error(server, queries):
    photos = [photo.read_bytes() for photo, _ in queries]

    def ask(number: int) -> int:
        with httpx.Client(base_url=server, trust_env=False, timeout=60) as session:
            photo = photos[number % len(photos)]
            return max(session.post("/v1/search", files={"image": photo}).status_code for _ in range(3))

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(ask, range(32))) == {200}


def test_operators_can_see_how_it_is(client):
    assert client.get("/healthz").json() == {"alive": True}
    assert client.get("/readyz").json()["ready"] is True
    status = client.get("/v1/status").json()
    assert status["counts"]["products"] == 12
    assert status["model"]["dimension"] == 256
    assert 'lookalike_requests_total{method="GET",route="/healthz",status="200"}' in client.get("/metrics").text
