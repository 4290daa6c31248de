from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from lookalike.serve import ServeSettings

GREEN = (30, 160, 70)


def test_a_product_is_put_found_patched_and_deleted_with_immediate_effect(client, draw):
    body = {
        "attributes": {"title": "lime mug", "price": 9.5, "color": None},
        "images": [{"data": base64.b64encode(draw(GREEN)).decode()}],
    }
    put = client.request("PUT", "/v1/products/mug%2Flime", json=body)
    assert put.status_code == 200
    assert put.json()["rejected"] == []
    assert put.json()["variants"][0]["attributes"] == {"title": "lime mug", "price": 9.5}
    found = client.post("/v1/search", files={"image": ("p", draw(GREEN))}).json()["hits"]
    assert "mug/lime" in [hit["product_id"] for hit in found[:2]]

    patched = client.request("PATCH", "/v1/products/mug%2Flime", json={"attributes": {"price": 5, "title": None}})
    assert patched.json()["variants"][0]["attributes"] == {"price": 5}
    assert client.get("/v1/products/mug%2Flime").json() == patched.json()

    deleted = client.request("DELETE", "/v1/products/mug%2Flime")
    assert deleted.status_code == 204
    assert deleted.content == b""
    assert client.get("/v1/products/mug%2Flime").status_code == 404
    assert client.request("DELETE", "/v1/products/mug%2Flime").status_code == 404
    found = client.post("/v1/search", files={"image": ("p", draw(GREEN))}).json()["hits"]
    assert "mug/lime" not in [hit["product_id"] for hit in found]


def test_pictures_may_come_as_files_for_each_variant(client, draw):
    document = {"variants": [{"variant_id": "a"}, {"variant_id": "b", "attributes": {"color": "green"}}]}
    response = client.request(
        "PUT",
        "/v1/products/pair",
        data={"product": json.dumps(document)},
        files=[("image", ("1.jpg", draw(GREEN))), ("image.b", ("2.jpg", draw(GREEN))), ("image.b", ("3", b"junk"))],
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    assert [len(variant["images"]) for variant in answer["variants"]] == [1, 1]
    assert [rejection["reason"] for rejection in answer["rejected"]] == ["not_an_image"]
    assert answer["stored"] is True
    assert "warnings" not in answer


def test_a_product_that_stays_as_it_was_because_no_picture_can_be_used_is_told_so(client):
    before = client.get("/v1/products/mug/red").json()
    fields = {"product": json.dumps({"attributes": {"price": 1}})}
    answer = client.request("PUT", "/v1/products/mug/red", data=fields, files={"image": b"junk"})
    assert answer.status_code == 200
    told = answer.json()
    assert told["stored"] is False
    assert "'mug/red' stays as it was, attributes included" in told["warnings"][0]
    assert len(told["rejected"]) == 1
    assert {name: told[name] for name in before} == before == client.get("/v1/products/mug/red").json()


def test_a_new_product_without_a_picture_that_can_be_used_is_refused_with_the_reasons(client):
    answer = client.request("PUT", "/v1/products/new", json={"images": ["https://shop.example/a.jpg"]})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "nothing_usable"
    assert "this engine fetches nothing" in answer.json()["error"]["message"]


def test_pictures_that_the_product_has_may_be_named_again_and_other_files_not(client, engine):
    location = client.get("/v1/products/mug/red").json()["variants"][0]["images"][0]["image"]
    again = client.request("PUT", "/v1/products/mug/red", json={"images": [location]})
    assert again.status_code == 200
    refused = client.request("PUT", "/v1/products/mug/red", json={"images": ["/etc/passwd"]})
    assert refused.status_code == 422
    assert "cannot be named over HTTP" in refused.json()["error"]["message"]


def test_the_password_of_a_pictures_address_is_in_no_answer_and_the_picture_may_be_named_without_it(
    client, engine, draw, monkeypatch
):
    address, shown = "https://me:secret@pictures.example/a.png?v=@1", "https://pictures.example/a.png?v=@1"
    product = engine.stored["mug/red"]
    moved = tuple(
        replace(variant, images=tuple(replace(image, location=address) for image in variant.images))
        for variant in product.variants
    )
    engine.stored["mug/red"] = replace(product, variants=moved)
    asked = []
    put = engine.put_product
    monkeypatch.setattr(engine, "put_product", lambda draft: asked.append(draft) or put(draft))
    answers = [
        client.get("/v1/products/mug/red"),
        client.get("/v1/products"),
        client.post("/v1/search", files={"image": ("a.jpg", draw((200, 20, 20)), "image/jpeg")}),
        client.request("PUT", "/v1/products/mug/red", json={"images": [shown]}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert all(shown in answer.text and "secret" not in answer.text for answer in answers)
    assert asked[0].variants[0].images[0] == address


@pytest.mark.parametrize(
    ("method", "body", "says"),
    [
        ("PUT", {"variants": []}, "at least one"),
        ("PUT", {"variants": [1]}, "at least one"),
        ("PUT", {"variants": [{"variant_id": "a"}, {"variant_id": "a"}]}, "once only"),
        ("PUT", {"variants": [{"variant_id": ""}]}, "not empty"),
        ("PUT", {"variants": [{"variant_id": 5}]}, "must be text"),
        ("PUT", {"variants": [{"colour": "red"}]}, "unknown field"),
        ("PUT", {"attributes": 1}, "must be an object"),
        ("PUT", {"attributes": {"a": [1]}}, "attribute 'a'"),
        ("PUT", {"images": "a"}, "must be a list"),
        ("PUT", {"images": [5]}, "an image must be"),
        ("PUT", {"images": [{"data": "###"}]}, "base64"),
        ("PUT", {"product_id": "other"}, "was put to"),
        ("PATCH", {}, "at least one column"),
        ("PATCH", {"attributes": {}}, "at least one column"),
        ("PATCH", {"attributes": {"a": {}}}, "attribute 'a'"),
        ("PATCH", {"price": 3}, "unknown field"),
    ],
)
def test_a_document_that_cannot_be_used_changes_nothing(client, method, body, says):
    before = client.get("/v1/products/mug/red").json()
    response = client.request(method, "/v1/products/mug/red", json=body)
    assert response.status_code == 422
    assert says in response.json()["error"]["message"]
    assert client.get("/v1/products/mug/red").json() == before


def test_a_file_for_a_variant_that_is_not_there_is_refused(client, draw):
    response = client.request("PUT", "/v1/products/x", files={"image.z": ("1", draw(GREEN))})
    assert response.status_code == 422
    assert "belongs to no variant" in response.json()["error"]["message"]


@pytest.mark.parametrize("field", ["attributes", "image", "title"])
def test_a_form_with_what_no_product_is_made_of_changes_nothing(client, draw, field):
    answer = client.request(
        "PUT", "/v1/products/new", files={"image": draw((9, 9, 9))}, data={field: "https://shop.example/a.jpg"}
    )
    assert answer.status_code == 422
    assert f"unknown field(s) {field}" in answer.json()["error"]["message"]
    assert client.get("/v1/products/new").status_code == 404


def test_the_catalogue_comes_in_pages(client):
    first = client.get("/v1/products?k=3").json()
    assert len(first["products"]) == 3
    second = client.get(f"/v1/products?k=3&offset={first['next_offset']}").json()
    assert [product["product_id"] for product in second["products"]] == ["mug/cream"]
    assert second["next_offset"] is None
    bowls = client.get("/v1/products", params={"where": 'category = "Bowls"'}).json()
    assert [product["product_id"] for product in bowls["products"]] == ["mug/cream"]


@pytest.mark.parametrize("query", ["k=0", "k=1000", "k=x", "offset=-1"])
def test_a_page_out_of_range_is_a_usage_error(client, query):
    response = client.get(f"/v1/products?{query}")
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid_parameter"


@pytest.mark.parametrize("path", ["products", "facets", "suggest?text=red"])
def test_a_parameter_that_nothing_reads_is_ignored_and_told(client, path):
    plain = client.get(f"/v1/{path}").json()
    assert "warnings" not in plain
    joint = "&" if "?" in path else "?"
    odd = client.get(f"/v1/{path}{joint}utm_source=mail&{'x' * 999}=1").json()
    told = odd.pop("warnings")
    assert odd == plain
    assert "'utm_source' was ignored: known are " in told[0]
    assert len(told[1]) < 200


@pytest.mark.parametrize(("written", "meant"), [("wher", "where"), ("Where", "where"), ("ofset", "offset"), ("K", "k")])
def test_a_mistyped_parameter_is_told_by_its_right_name(client, written, meant):
    told = client.get("/v1/products", params={written: "1"}).json()["warnings"]
    assert told == [f"the address's parameter {written!r} was ignored: did you mean {meant!r}?"]


def test_not_every_parameter_of_thousands_is_told(client):
    asked = "&".join(f"p{number}=1" for number in range(1000))
    assert len(client.get(f"/v1/facets?{asked}").json()["warnings"]) == 10


def test_facets_count_what_the_filter_leaves(client):
    facets = {facet["column"]: facet for facet in client.get("/v1/facets").json()["facets"]}
    assert facets["category"]["values"] == [{"value": "Mugs", "count": 3}, {"value": "Bowls", "count": 1}]
    assert (facets["price"]["low"], facets["price"]["high"]) == (10.0, 13.0)
    left = client.get("/v1/facets", params={"where": "in_stock = false"}).json()["facets"]
    assert next(facet for facet in left if facet["column"] == "color")["values"] == [{"value": "green", "count": 1}]
    assert client.get("/v1/facets", params={"where": "nope = 1"}).status_code == 422


def test_a_thumbnail_is_small_and_is_not_sent_twice(client, engine):
    key = engine.product("mug/red").variants[0].images[0].image_key
    response = client.get(f"/v1/images/{key}/thumbnail?side=32")
    assert response.headers["content-type"] == "image/jpeg"
    again = client.get(f"/v1/images/{key}/thumbnail?side=32", headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get("/v1/images/9999/thumbnail").status_code == 404
    assert client.get(f"/v1/images/{key}/thumbnail?side=5000").status_code == 422


def test_a_thumbnail_is_asked_after_each_time_because_its_image_may_change_under_its_key(client, engine, monkeypatch):
    before = client.get("/v1/images/1/thumbnail")
    assert before.headers["cache-control"] == "public, no-cache"
    monkeypatch.setattr(engine, "thumbnail", lambda image_key, side_pixels: b"other bytes")
    after = client.get("/v1/images/1/thumbnail", headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.content) == (200, b"other bytes")


@pytest.mark.parametrize(
    "path",
    ["/v1/products?offset={}", "/v1/images/{}/thumbnail", "/v1/demand/pictures/{}"],
)
def test_a_number_that_the_store_cannot_hold_is_a_usage_error(client, path):
    refused = client.get(path.format(2**63))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_parameter")


WRITES = [("PUT", {"attributes": {}}), ("PATCH", {"attributes": {"price": 1}}), ("DELETE", None)]


@pytest.mark.parametrize(("method", "body"), WRITES)
@pytest.mark.parametrize(
    ("settings", "where", "headers"),
    [
        (ServeSettings(host="0.0.0.0"), {}, {}),
        (ServeSettings(host="shop.example"), {}, {}),
        (ServeSettings(), {"client": ("192.0.2.7", 9)}, {}),
        (ServeSettings(), {"host": "evil.example"}, {}),
        (ServeSettings(), {}, {"x-forwarded-for": "192.0.2.7"}),
        (ServeSettings(), {}, {"forwarded": "for=192.0.2.7"}),
    ],
)
def test_without_a_token_only_this_machine_may_write(connect, method, body, settings, where, headers):
    response = connect(settings, **where).request(method, "/v1/products/mug/red", json=body, headers=headers)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "writes_closed"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_without_a_token_this_machine_may_write(connect, host):
    client = connect(ServeSettings(), host=host)
    assert client.request("PATCH", "/v1/products/mug/red", json={"attributes": {"price": 1}}).status_code == 200


@pytest.mark.parametrize(("method", "body"), WRITES)
@pytest.mark.parametrize("given", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic secret"}])
def test_with_a_token_everybody_else_is_refused_even_locally(connect, method, body, given):
    client = connect(ServeSettings(write_token="secret"))
    response = client.request(method, "/v1/products/mug/red", json=body, headers=given)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("coding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("token", ["schlüssel", "voilà"])
def test_a_token_need_not_be_ascii(connect, token, coding):
    client = connect(ServeSettings(write_token=token))
    for sent, status in ((token, 200), (token[:-1], 401), (token.upper(), 401), ("", 401)):
        headers = {"authorization": b"Bearer " + sent.encode(coding)}
        changed = client.request("PATCH", "/v1/products/mug/red", json={"attributes": {"price": 1}}, headers=headers)
        assert changed.status_code == status, sent


def test_a_token_that_latin_1_lacks_is_compared_in_utf_8(connect):
    client = connect(ServeSettings(write_token="密钥"))
    for sent, status in (("密钥", 200), ("??", 401), ("钥密", 401)):
        headers = {"authorization": b"Bearer " + sent.encode()}
        changed = client.request("PATCH", "/v1/products/mug/red", json={"attributes": {"price": 1}}, headers=headers)
        assert changed.status_code == status, sent


def test_with_the_token_one_may_write_from_anywhere(connect):
    client = connect(ServeSettings(host="0.0.0.0", write_token="secret"), client=("192.0.2.7", 1), host="shop.example")
    headers = {"authorization": "Bearer secret", "x-forwarded-for": "192.0.2.8"}
    response = client.request("PATCH", "/v1/products/mug/red", json={"attributes": {"price": 1}}, headers=headers)
    assert response.status_code == 200


def test_the_last_of_several_filters_in_an_address_counts_and_that_is_told(client):
    answer = client.get('/v1/products?where=category = "Bowls"&where=category = "Mugs"&k=1&k=1').json()
    assert answer["warnings"] == ["the address's parameter 'where' was given with several values: only the last counts"]
