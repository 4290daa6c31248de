"""Queries that are pictures of the catalogue are told of, by bytes and by looks; photographs are not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import lookalike
from commands import ask, run
from lookalike.images.decode import decode
from lookalike.images.regions import encode_jpeg, thumbnail
from lookalike.ingest.draft import ProductDraft, VariantDraft


def test_the_same_file_and_a_smaller_copy_are_counted_and_told(drawn_store: Path, tmp_path: Path) -> None:
    store = shutil.copytree(drawn_store, tmp_path / "store")
    with lookalike.open(store) as shop:
        catalog = shop._readable()
        inventory = catalog.inventory()
        kept = [catalog.kept.get(sha256) for sha256 in dict.fromkeys(inventory.sha256s)]
        same, other = [data for data in kept if data is not None][:2]
        shop.put_product(ProductDraft("same", (VariantDraft(None, {}, (same,)),)))
    copy = encode_jpeg(thumbnail(decode(other).pixels, 200), 60)
    turned = encode_jpeg(decode(other).pixels[::-1].copy(), 90)
    for name, data in (("same", same), ("copy", copy), ("turned", turned)):
        (tmp_path / f"{name}.jpg").write_bytes(data)
    queries = tmp_path / "queries.csv"
    queries.write_text(
        "image,like,text,product_id\nsame.jpg,,,same\ncopy.jpg,,,same\nturned.jpg,,,same\n,same,,x\nsame.jpg,,red,x\n",
        encoding="utf-8",
    )
    report = tmp_path / "report"
    told = ask("evaluate", queries, "--store", store, "--report", report)
    assert told["leakage"] == {"exact": 1, "perceptual": 1}
    assert json.loads((report / "evaluation.json").read_text("utf-8"))["leakage"] == told["leakage"]
    assert "2 of 5 queries are pictures of the catalogue" in (report / "report.html").read_text("utf-8")
    said = run("evaluate", queries, "--store", store).stdout
    assert "2 of these queries are pictures of the catalogue (1 by their bytes, 1 by their looks)" in said
    told = ask("compare", "r1", "r1", queries, "--store", store, "--report", report)
    assert told["leakage"] == {"exact": 1, "perceptual": 1}
    said = "2 of 5 queries are pictures of the catalogue"
    assert said in (report / "report.html").read_text("utf-8")
    assert said in run("compare", "r1", "r1", queries, "--store", store).stdout
    # Its pictures are left out of the answers to a golden set: nothing leaks there.
    ask("golden", "make", "--store", store)
    assert ask("evaluate", "--golden", "default", "--store", store)["leakage"] == {"exact": 0, "perceptual": 0}


def test_queries_whose_right_answers_are_not_in_the_catalogue_are_told_and_count(
    drawn_store: Path, drawn, tmp_path: Path
) -> None:
    photograph = drawn.photographs[0]
    queries = tmp_path / "queries.csv"
    queries.write_text(f"image,product_id\n{photograph},D0001\n{photograph},d0001|nobody\n{photograph},d0001|D0001\n")
    report = tmp_path / "report"
    told = ask("evaluate", queries, "--store", drawn_store, "--report", report)
    assert told["queries"] == 3
    assert told["unanswerable"] == [{"line": 3, "product_id": "d0001|nobody"}]
    said = "1 query asks for a product that is not in the catalogue, line 3 for d0001 or nobody, and counts as missed"
    assert said in run("evaluate", queries, "--store", drawn_store).stdout
    assert said in (report / "report.html").read_text("utf-8")
    told = ask("compare", "r1", "r1", queries, "--store", drawn_store, "--report", report)
    assert told["unanswerable"] == [{"line": 3, "product_id": "d0001|nobody"}]
    assert said in run("compare", "r1", "r1", queries, "--store", drawn_store).stdout
    assert said in (report / "report.html").read_text("utf-8")
    for asking in (("rerank", "--dry-run"), ("rules", "cost")):
        told = ask(*asking, queries, "--store", drawn_store)
        assert told["queries"] == 3
        assert told["unanswerable"] == [{"line": 3, "product_id": "d0001|nobody"}]
        assert said in run(*asking, queries, "--store", drawn_store).stdout
    variants = tmp_path / "variants.csv"
    with lookalike.open(drawn_store) as shop:
        own = next(one for one in shop._readable().inventory().variant_ids if one)
    variants.write_text(f"image,variant_id\n{photograph},{own}\n{photograph},none-of-these\n")
    told = ask("evaluate", variants, "--by", "variant", "--store", drawn_store)
    assert [one["line"] for one in told["unanswerable"]] == [3]
    images = tmp_path / "images.csv"
    images.write_text(f"image,answer_image\n{photograph},nowhere.jpg\n")
    assert ask("evaluate", images, "--by", "image", "--store", drawn_store)["unanswerable"] == []
