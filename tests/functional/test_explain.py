"""Explanations as a user gets them: by the engine and the command, over the drawn catalogue and the packaged model."""

from __future__ import annotations

import csv
import io
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lookalike
from commands import ask, run
from lookalike.errors import InvalidQuery, NotFound
from lookalike.types import Box


@pytest.fixture(scope="module")
def asked(drawn) -> list[tuple[Path, str]]:
    """Photographs with their right products."""
    with drawn.queries.open(newline="", encoding="utf-8") as file:
        return [(drawn.folder / row["image"], row["product_id"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def shop(drawn_store):
    with lookalike.open(drawn_store) as engine:
        yield engine


def test_every_hit_is_explained_with_the_similarity_and_image_that_the_search_shows(shop, asked):
    for photograph, _ in asked[:2]:
        for hit in shop.search(photograph, k=4).hits:
            found = shop.explain(photograph, hit.product_id)
            assert found.hit.similarity == pytest.approx(hit.similarity, abs=2e-6)
            assert (found.hit.image_key, found.hit.variant_id) == (hit.image_key, hit.variant_id)
            explanation = found.explanation
            total = sum(pair.contribution for pair in explanation.pairs) + explanation.remainder
            assert total == pytest.approx(explanation.similarity, abs=1e-5)
            assert explanation.method == "exact"


def test_what_the_parts_leave_is_the_difference_of_the_kept_copy_and_colours(shop, asked):
    photograph, product = asked[0]
    explanation = shop.explain(photograph, product).explanation
    assert explanation.colour != 0
    assert explanation.remainder == pytest.approx(explanation.copy_difference + explanation.colour, abs=1e-9)
    assert abs(explanation.copy_difference) < 0.02
    assert explanation.query_map.values.sum() == pytest.approx(
        explanation.similarity - explanation.copy_difference - explanation.colour, abs=1e-9
    )
    assert explanation.image_map.values.sum() == pytest.approx(explanation.query_map.values.sum(), abs=1e-9)


def test_a_smaller_kept_copy_changes_the_parts_but_not_the_similarity_and_names_the_difference(
    drawn, asked, tmp_path, monkeypatch
):
    photograph, _product = asked[0]
    monkeypatch.setenv("LOOKALIKE_KEPT_SIDE_PIXELS", "64")
    with lookalike.open(tmp_path / "store") as shop:
        shop.index(drawn.catalog)
        hit = shop.search(photograph, k=1).hits[0]
        explanation = shop.explain(photograph, hit.product_id).explanation
        assert explanation.similarity == pytest.approx(hit.similarity, abs=2e-6)
        assert abs(explanation.copy_difference) > 1e-3
        assert explanation.remainder == pytest.approx(explanation.copy_difference + explanation.colour, abs=1e-9)
        width, height = explanation.image_size
        for pair in explanation.pairs:
            assert pair.image_box.x + pair.image_box.width <= width
        assert max(pair.image_box.x + pair.image_box.width for pair in explanation.pairs) > 0.9 * width
        assert height == width == 256


def test_boxes_cover_what_the_model_saw_of_a_crop_in_pixels_of_the_whole(shop, asked):
    photograph, product = asked[0]
    with Image.open(photograph) as picture:
        width, height = picture.size
    crop = Box(width * 0.25, height * 0.2, width * 0.5, height * 0.6)
    explanation = shop.explain(photograph, product, crop=crop).explanation
    boxes = [pair.query_box for pair in explanation.pairs]
    assert min(box.x for box in boxes) >= crop.x - 2
    assert max(box.x + box.width for box in boxes) <= crop.x + crop.width + 2
    assert min(box.y for box in boxes) >= crop.y - 2
    assert max(box.y + box.height for box in boxes) <= crop.y + crop.height + 2
    covered = {(box.x, box.y, box.width, box.height) for box in boxes}
    side = min(crop.width, crop.height) * 224 / 240
    assert sum(box[2] * box[3] for box in covered) == pytest.approx(side * side, rel=0.03)


def test_the_reason_why_one_product_is_above_another_adds_up_to_the_difference(shop, asked):
    photograph, _ = asked[0]
    first, second = shop.search(photograph, k=2).hits
    found = shop.explain(photograph, first.product_id, against=second.product_id)
    assert found.contrast is not None
    assert found.against is not None
    difference = first.similarity - second.similarity
    assert found.contrast.difference == pytest.approx(difference, abs=5e-6)
    parts = sum(part.contribution for part in found.contrast.parts)
    assert parts + found.contrast.remainder == pytest.approx(difference, abs=1e-5)
    assert found.contrast.remainder == pytest.approx(found.hit.colour - found.against.colour, abs=1e-5)
    turned = shop.explain(photograph, second.product_id, against=first.product_id).contrast
    np.testing.assert_allclose(turned.query_map.values, -found.contrast.query_map.values, atol=1e-7)
    with pytest.raises(InvalidQuery, match="cannot be compared with itself"):
        shop.explain(photograph, first.product_id, against=first.product_id)


def test_a_filter_chooses_among_the_images_and_is_said_to_be_passed(shop, asked):
    photograph, product = asked[0]
    variants = shop.product(product).variants
    for variant in variants:
        where = f'variant_id = "{variant.variant_id}"'
        found = shop.explain(photograph, product, where=where)
        assert found.hit.passes is True
        assert found.hit.variant_id == variant.variant_id
    found = shop.explain(photograph, product, where="price < 0")
    assert found.hit.passes is False
    assert found.where == "price < 0"


def test_without_a_kept_copy_the_source_is_read_again_if_it_is_still_the_same(drawn, asked, tmp_path, monkeypatch):
    photograph, product = asked[0]
    folder = tmp_path / "catalogue"
    shutil.copytree(drawn.folder, folder)
    monkeypatch.setenv("LOOKALIKE_KEEP_PICTURES", "false")
    with lookalike.open(tmp_path / "store") as shop:
        shop.index(folder / "catalog.csv")
        found = shop.explain(photograph, product, root=folder)
        assert abs(found.explanation.remainder - found.explanation.colour) < 1e-4
        with pytest.raises(NotFound, match=r"no copy of picture .* was kept, and it cannot be read again"):
            shop.explain(photograph, product, root=tmp_path / "elsewhere")
        (folder / found.hit.image).write_bytes((folder / found.hit.image).read_bytes() + b"changed")
        with pytest.raises(NotFound, match="is not the one that was indexed any more"):
            shop.explain(photograph, product, root=folder)


def test_products_that_are_not_there_are_not_found(shop, asked):
    with pytest.raises(NotFound, match="there is no product 'nothing'"):
        shop.explain(asked[0][0], "nothing")


def test_the_command_prints_the_contract_and_writes_both_kinds_of_figure(drawn_store, asked, tmp_path):
    photograph, product = asked[1]
    png, svg = tmp_path / "why.png", tmp_path / "why.svg"
    document = ask("explain", photograph, product, "--store", drawn_store, "--out", png)
    total = sum(pair["contribution"] for pair in document["pairs"]) + document["remainder"]
    assert total == pytest.approx(document["similarity"], abs=1e-5)
    assert document["method"] == "exact"
    with Image.open(io.BytesIO(png.read_bytes())) as figure:
        assert figure.format == "PNG"
        assert figure.width > 1500
        assert len(figure.convert("RGB").getcolors(2**24)) > 5000
    other = next(each for _, each in asked if each != product)
    against = ask("explain", photograph, product, "--store", drawn_store, "--out", svg, "--against", other)
    assert against["against"]["product_id"] == other
    tree = ET.fromstring(svg.read_text(encoding="utf-8"))
    kinds = [element.tag.rpartition("}")[2] for element in tree.iter()]
    assert kinds.count("image") == 3
    assert "path" in kinds
    assert "Similarity" in (tree.findtext("{http://www.w3.org/2000/svg}title") or "")


def test_the_command_tells_people_in_words(drawn_store, asked):
    photograph, product = asked[0]
    command = ["explain", photograph, product, "--store", drawn_store]
    done = run(*command)
    assert done.returncode == 0, done.stderr
    assert "of the photograph –" in done.stdout
    assert "all other pairs of parts" in done.stdout
    for wrong, status in ((["--out", "a.gif"], 2), (["--crop", "9000,9000,5,5"], 2), (["--where", "nonsense ="], 2)):
        assert run(*command, *wrong).returncode == status


def test_the_shares_that_the_command_prints_are_the_whole_similarity(drawn_store, asked):
    photograph, product = asked[0]
    done = run("explain", photograph, product, "--store", drawn_store)
    shares = {line[6:]: int(line[:4]) for line in done.stdout.splitlines() if line[4:6] == "% "}
    assert any("colours of the two" in said for said in shares)
    assert abs(sum(shares.values()) - 100) <= len(shares) / 2


def test_a_picture_that_was_taken_apart_before_is_not_looked_at_again(shop, asked):
    photograph, product = asked[0]
    first = shop.explain(photograph, product)
    again = shop.explain(photograph, product)
    assert again.explanation.similarity == first.explanation.similarity
    assert again.explanation.pairs == first.explanation.pairs
    assert again.picture is first.picture
