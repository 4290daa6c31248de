from __future__ import annotations

import base64

import pytest

RED, BLUE = (210, 40, 40), (40, 60, 200)


def total(document) -> float:
    return sum(pair["contribution"] for pair in document["pairs"]) + document["remainder"]


def test_a_hit_is_explained_with_boxes_maps_and_the_similarity_of_the_search(client, draw):
    data = draw(RED, (128, 96))
    found = client.post("/v1/search", files={"image": ("p", data)}).json()["hits"][0]
    response = client.post("/v1/explain", files={"image": ("p", data)}, data={"product_id": found["product_id"]})
    assert response.status_code == 200
    document = response.json()
    assert document["similarity"] == found["similarity"]
    assert document["image_key"] == found["image_key"]
    assert abs(total(document) - document["similarity"]) < 1e-5
    assert set(document["pairs"][0]) == {"query_box", "image_box", "contribution"}
    assert set(document["pairs"][0]["query_box"]) == {"x", "y", "width", "height"}
    assert (document["query"]["width"], document["query"]["height"]) == (128, 96)
    heat = document["query"]["map"]
    assert (heat["rows"], heat["columns"], heat["window"]) == (8, 8, [0.0, 0.0, 128.0, 96.0])
    assert sum(sum(row) for row in heat["values"]) == pytest.approx(document["similarity"], abs=1e-4)
    assert document["against"] is None
    assert response.headers["cache-control"] == "no-store"
    assert "explain;dur=" in response.headers["server-timing"]


def test_json_explains_the_same_as_a_form(client, draw):
    data = draw(RED)
    by_form = client.post("/v1/explain", files={"image": ("p", data)}, data={"product_id": "mug/red"}).json()
    coded = base64.b64encode(data).decode()
    by_json = client.post("/v1/explain", json={"image": coded, "product_id": "mug/red"}).json()
    assert by_json == by_form


def test_the_boxes_of_a_crop_are_in_pixels_of_the_whole_photograph(client, draw):
    form = {"product_id": "mug/red", "crop": "32,24,64,48"}
    document = client.post("/v1/explain", files={"image": ("p", draw(RED, (128, 96)))}, data=form).json()
    assert document["query"]["map"]["window"] == [32.0, 24.0, 96.0, 72.0]
    for pair in document["pairs"]:
        box = pair["query_box"]
        assert box["x"] >= 32
        assert box["y"] >= 24
        assert box["x"] + box["width"] <= 96.01


def test_another_product_is_compared_and_the_parts_add_up(client, draw):
    form = {"product_id": "mug/red", "against": "mug/blue"}
    document = client.post("/v1/explain", files={"image": ("p", draw(RED))}, data=form).json()
    against = document["against"]
    assert against["product_id"] == "mug/blue"
    assert against["difference"] > 0
    assert against["difference"] == pytest.approx(document["similarity"] - against["similarity"], abs=1e-5)
    summed = sum(part["contribution"] for part in against["parts"]) + against["remainder"]
    assert summed == pytest.approx(against["difference"], abs=1e-5)


@pytest.mark.parametrize(("where", "passes"), [('category = "Mugs"', True), ('category = "Bowls"', False)])
def test_the_filter_of_the_search_is_said_to_be_passed_or_not(client, draw, where: str, passes: bool):
    form = {"product_id": "mug/red", "where": where}
    document = client.post("/v1/explain", files={"image": ("p", draw(RED))}, data=form).json()
    assert (document["where"], document["passes"]) == (where, passes)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"product_id": "mug/red"}, "an explanation needs the photograph in image, received none"),
        ({"product_id": "mug/red", "vector": "1.c0ffee00.AA"}, "received vector: a vector says what the whole picture"),
        ({"product_id": "mug/red", "like": "mug/blue"}, "received like: a vector says"),
        ({"image": "aGVsbG8=", "product_id": "mug/red", "vector": "1.c0"}, "unknown field(s) vector"),
        ({"image": "aGVsbG8="}, "product_id must name the product"),
        ({"image": "aGVsbG8=", "product_id": 7}, "product_id must be text, received int"),
        ({"image": "aGVsbG8=", "product_id": "a", "wher": "b"}, "unknown field(s) wher"),
        ({"image": "http://shop.example/a.jpg", "product_id": "a"}, "does not fetch addresses"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_the_reason(client, given: dict[str, object], says: str):
    response = client.post("/v1/explain", json=given)
    assert response.status_code == 422
    assert says in response.json()["error"]["message"]


def test_a_product_that_is_not_there_is_not_found(client, draw):
    response = client.post("/v1/explain", files={"image": ("p", draw(RED))}, data={"product_id": "nothing"})
    assert response.status_code == 404
    assert "'nothing'" in response.json()["error"]["message"]


def test_a_body_of_another_kind_is_refused(client):
    response = client.post("/v1/explain", content=b"x", headers={"Content-Type": "text/plain"})
    assert response.status_code == 415


def test_a_file_that_is_no_picture_is_rejected_with_the_reason(client):
    response = client.post("/v1/explain", files={"image": ("p", b"words")}, data={"product_id": "mug/red"})
    assert response.status_code == 422
    assert response.json()["error"]["reason"] == "not_an_image"
