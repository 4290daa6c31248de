"""The commands as a user types them: what they print, how they exit, and that no traceback is ever shown."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from commands import ask, run, run_apart
from serving import index

COLORS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 60, 200), "cream": (240, 230, 205)}


def picture(path: Path, color: tuple[int, int, int], seed: int) -> None:
    from lookalike.images.regions import encode_jpeg

    generator = np.random.default_rng(seed)
    pixels = np.full((160, 160, 3), 255, dtype=np.uint8)
    for _ in range(5):
        x, y = generator.integers(10, 100, 2)
        width, height = generator.integers(20, 60, 2)
        pixels[y : y + height, x : x + width] = (np.asarray(color) * generator.uniform(0.6, 1.0)).astype(np.uint8)
    path.write_bytes(encode_jpeg(pixels, quality=95))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve products in four colours, the first with a second variant, and four rows that cannot be used."""
    folder = tmp_path_factory.mktemp("shop")
    rows = ["product_id,variant_id,title,category,price,color,in_stock,sku,image"]
    for number in range(12):
        color = list(COLORS)[number % 4]
        picture(folder / f"{number}.jpg", COLORS[color], number)
        category = "Shoes" if number < 6 else "Bags"
        rows.append(
            f"p{number},,Thing {number},{category},{10 + number}.50,{color},{number % 2 == 0},00{number},{number}.jpg"
        )
    picture(folder / "0-blue.jpg", COLORS["blue"], 0)
    rows.append("p0,p0-blue,Thing 0,Shoes,12,blue,true,000,0-blue.jpg")
    (folder / "text.jpg").write_text("no picture at all, whatever the name says")
    rows += ["bad1,,,,,,,,text.jpg", "bad2,,,,cheap,,,,1.jpg", ",,,,,,,,1.jpg", "bad3,,,,,,,,gone.jpg"]
    path = folder / "catalog.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def store(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores") / "store"
    document = index(catalogue, folder)
    assert (document["products"], document["images"], document["added"]) == (12, 13, 13)
    return folder


@pytest.fixture
def own_store(store: Path, tmp_path: Path) -> Path:
    """A copy of the store that a test may change."""
    return shutil.copytree(store, tmp_path / "store")


def test_index_answers_in_the_form_of_the_contract(catalogue: Path, tmp_path: Path) -> None:
    document = ask("index", catalogue, "--store", tmp_path / "store")
    assert {
        *("store", "release", "model", "products", "images", "added", "updated", "unchanged", "removed", "rejected"),
        *("seconds", "images_per_second"),
    } <= set(document)
    assert sorted((entry["image"], entry["reason"]) for entry in document["rejected"]) == sorted(
        [("text.jpg", "not_an_image"), ("1.jpg", "bad_row"), ("1.jpg", "bad_row"), ("gone.jpg", "not_found")]
    )
    assert {entry.get("line") for entry in document["rejected"]} == {15, 16, 17, 18}


def test_a_second_run_embeds_nothing_and_says_the_rejections_again(catalogue: Path, own_store: Path) -> None:
    document = ask("index", catalogue, "--store", own_store)
    assert (document["added"], document["updated"], document["unchanged"], document["removed"]) == (0, 0, 13, 0)
    assert len(document["rejected"]) == 4


def test_only_what_changed_is_embedded_and_content_counts_not_the_name(
    catalogue: Path, own_store: Path, tmp_path: Path
) -> None:
    shop = shutil.copytree(catalogue.parent, tmp_path / "shop")
    table = shop / "catalog.csv"
    picture(shop / "3.jpg", COLORS["red"], 99)
    (shop / "5.jpg").rename(shop / "five.jpg")
    picture(shop / "gone.jpg", COLORS["green"], 50)
    table.write_text(table.read_text(encoding="utf-8").replace("005,5.jpg", "005,five.jpg"), encoding="utf-8")
    before = _vectors(own_store)
    document = ask("index", table, "--store", own_store)
    assert document["updated"] == 1
    assert document["added"] == 2  # the one that was missing, and the new name of an old picture
    assert _vectors(own_store) - before == 1  # 3.jpg again (its old vector went) and gone.jpg; five.jpg needed none
    assert {entry["reason"] for entry in document["rejected"]} == {"not_an_image", "bad_row"}
    pruned = ask("index", table, "--store", own_store, "--prune")
    assert pruned["removed"] == 1


def _vectors(store: Path) -> int:
    from lookalike.catalog.catalog import Catalog

    with Catalog.open(store) as catalog:
        return catalog.counts().vectors


def test_prune_removes_what_the_source_no_longer_has(catalogue: Path, own_store: Path, tmp_path: Path) -> None:
    lines = catalogue.read_text(encoding="utf-8").splitlines()
    shorter = catalogue.parent / "shorter.csv"
    shorter.write_text("\n".join(lines[:5]) + "\n", encoding="utf-8")
    kept = ask("index", shorter, "--store", own_store)
    assert (kept["products"], kept["removed"]) == (12, 0)
    pruned = ask("index", shorter, "--store", own_store, "--prune")
    assert (pruned["products"], pruned["images"], pruned["removed"]) == (4, 4, 9)
    assert {hit["product_id"] for hit in ask("search", catalogue.parent / "9.jpg", "--store", own_store)["hits"]} == {
        *("p0", "p1", "p2", "p3")
    }


def test_a_price_changes_without_the_model(catalogue: Path, own_store: Path) -> None:
    table = catalogue.parent / "dearer.csv"
    table.write_text(catalogue.read_text(encoding="utf-8").replace("11.50", "99.50"), encoding="utf-8")
    document = ask("index", table, "--store", own_store)
    assert (document["added"], document["updated"]) == (0, 0)
    hit = ask("search", catalogue.parent / "1.jpg", "--store", own_store, "--k", 1)["hits"][0]
    assert (hit["product_id"], hit["attributes"]["price"]) == ("p1", 99.5)


def test_rows_of_one_product_that_disagree_are_told_with_what_to_do(catalogue: Path, own_store: Path) -> None:
    table = catalogue.parent / "sizes.csv"
    table.write_text("product_id,image,price\np90,2.jpg,10\np90,3.jpg,12\np91,4.jpg,7\n", encoding="utf-8")
    told = run("index", table, "--store", own_store).stdout
    assert "price: 1 row says something else than a row before of the same product" in told
    assert "(p90: 10 kept, not 12)" in told
    assert "need a variant_id of their own" in told
    first = {"product_id": "p90", "variant_id": None, "kept": 10.0, "ignored": 12.0}
    told_again = ask("index", table, "--store", own_store)["conflicting"]
    assert told_again == [{"column": "price", "rows": 1, "first": first}]


def test_an_export_of_a_shop_is_told_with_what_is_not_for_sale(catalogue: Path, own_store: Path) -> None:
    table = catalogue.parent / "products_export.csv"
    rows = ["h1,One,1.jpg,active,5", "h1,,2.jpg,,", "h2,Two,3.jpg,draft,6", "h3,Three,4.jpg,archived,7"]
    table.write_text("\n".join(["Handle,Title,Image Src,Status,Variant Price", *rows]) + "\n", encoding="utf-8")
    told = run("index", table, "--store", own_store).stdout
    assert "read as the product export of Shopify; left out as not for sale: 1 archived, 1 draft" in told
    document = ask("index", table, "--store", own_store)
    left_out = {"draft": 1, "archived": 1}
    assert document["export"] == {"shop": "shopify", "left_out": left_out, "lacks": None, "without_variations": 0}
    assert (document["unchanged"], document["rejected"]) == (2, [])
    assert ask("index", catalogue, "--store", own_store)["export"] is None
    table.write_text("\n".join([table.read_text(encoding="utf-8").splitlines()[0], rows[2]]), encoding="utf-8")
    assert "nothing in it is for sale" in run("index", table, "--store", own_store).stdout


def test_of_long_texts_that_disagree_the_beginnings_are_told(catalogue: Path, own_store: Path) -> None:
    table = catalogue.parent / "texts.csv"
    texts = ["soft wool " * 200, "hard steel " * 200]
    rows = (f"p95,{number}.jpg,{text.strip()}" for number, text in enumerate(texts, start=2))
    table.write_text("\n".join(["product_id,image,description", *rows]) + "\n", encoding="utf-8")
    told = run("index", table, "--store", own_store).stdout
    (line,) = (line for line in told.splitlines() if line.startswith("  description:"))
    assert "(p95: 'soft wool soft wool" in line
    assert "…' kept, not 'hard steel hard steel" in line
    assert len(line) < 300


def test_search_finds_the_product_and_answers_in_the_form_of_the_contract(catalogue: Path, store: Path) -> None:
    document = ask("search", catalogue.parent / "7.jpg", "--store", store)
    assert {"hits", "exact", "verdict", "release", "timings_ms"} <= set(document)
    assert document["exact"] is True
    first = document["hits"][0]
    assert {"product_id", "variant_id", "image", "title", "similarity", "attributes"} <= set(first)
    assert first["product_id"] == "p7"
    assert first["similarity"] > 0.999
    similarities = [hit["similarity"] for hit in document["hits"]]
    assert similarities == sorted(similarities, reverse=True)
    assert len({hit["product_id"] for hit in document["hits"]}) == len(similarities) == 10


def test_the_matching_variant_is_shown_and_folded(catalogue: Path, store: Path) -> None:
    by_product = ask("search", catalogue.parent / "0-blue.jpg", "--store", store, "--k", 20)["hits"]
    assert (by_product[0]["product_id"], by_product[0]["variant_id"]) == ("p0", "p0-blue")
    assert len(by_product) == 12
    assert len(by_product[0]["variants"]) == 2
    by_variant = ask("search", catalogue.parent / "0-blue.jpg", "--store", store, "--k", 20, "--by", "variant")["hits"]
    assert len(by_variant) == 13


def test_filters_narrow_and_disclose(catalogue: Path, store: Path) -> None:
    where = 'category = "Shoes" and price < 14 and color in ("red", "blue")'
    document = ask("search", catalogue.parent / "7.jpg", "--store", store, "--where", where)
    assert {hit["product_id"] for hit in document["hits"]} == {"p0", "p2"}
    assert document["exact"] is True
    assert "filter" in document["timings_ms"]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("colour = 'red'", "color"),
        ("price < 'cheap'", "price"),
        ("price <", "expected"),
        ("price < 5; drop table products", "';'"),
    ],
)
def test_a_wrong_filter_is_wrong_usage_and_says_what_is_known(
    catalogue: Path, store: Path, where: str, said: str
) -> None:
    done = run("search", catalogue.parent / "7.jpg", "--store", store, "--where", where)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_range_in_words_is_told_as_one(store: Path) -> None:
    told = run("search", "--text", "between 12 and 14", "--store", store).stderr
    assert "only price between 12.0 and 14.0" in told


def test_pages_follow_each_other_without_gap_or_repetition(catalogue: Path, store: Path) -> None:
    whole = ask("search", catalogue.parent / "4.jpg", "--store", store, "--k", 12)
    assert whole["next_offset"] is None
    pages = []
    offset: int | None = 0
    while offset is not None:
        page = ask("search", catalogue.parent / "4.jpg", "--store", store, "--k", 5, "--offset", offset)
        pages += [hit["product_id"] for hit in page["hits"]]
        offset = page["next_offset"]
    assert pages == [hit["product_id"] for hit in whole["hits"]]


def test_like_leaves_the_product_itself_out(store: Path) -> None:
    hits = ask("search", "--like", "p3", "--store", store, "--k", 20)["hits"]
    assert "p3" not in {hit["product_id"] for hit in hits}
    assert len(hits) == 11


def test_a_crop_searches_by_the_part(catalogue: Path, store: Path, tmp_path: Path) -> None:
    from lookalike.images.decode import decode
    from lookalike.images.regions import encode_jpeg

    left = decode((catalogue.parent / "2.jpg").read_bytes()).pixels
    right = decode((catalogue.parent / "9.jpg").read_bytes()).pixels
    (tmp_path / "both.jpg").write_bytes(encode_jpeg(np.concatenate([left, right], axis=1), quality=95))
    for crop, expected in (("0,0,160,160", "p2"), ("160,0,160,160", "p9")):
        hits = ask("search", tmp_path / "both.jpg", "--store", store, "--crop", crop)["hits"]
        assert hits[0]["product_id"] == expected
    assert run("search", tmp_path / "both.jpg", "--store", store, "--crop", "900,0,10,10").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("search", "nothing.jpg", "--store", "{store}"), 1, "there is no file"),
        (("search", "--store", "{store}"), 2, "exactly one of image, like and vector"),
        (("search", "--like", "nobody", "--store", "{store}"), 1, "no product 'nobody'"),
        (("search", "x.jpg", "--store", "no-store"), 1, "run `lookalike index SOURCE` first"),
        (("index", "no-source", "--store", "{store}"), 1, "no-source"),
        (("index", "{store}", "--store", "{store}", "--model", "no-model"), 1, "no-model"),
        (("evaluate", "no-queries.csv", "--store", "{store}"), 1, "there is no file"),
        (("doctor", "no-folder"), 1, "there is nothing at"),
        (("doctor", ""), 2, "the path is empty"),
        (("promote", "r9", "--store", "{store}"), 1, "r9"),
        (("rollback", "--store", "{store}"), 1, "nothing to roll back to"),
        (("serach",), 2, "search"),
        (("search", "x.jpg", "--k", "many"), 2, "many"),
        (("demo", "--seed", "-1"), 2, "x>=0"),
        (("bench", "--seed", "-1", "--store", "{store}"), 2, "x>=0"),
    ],
)
def test_an_error_says_what_was_wrong_and_exits_as_promised(
    store: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = run(*(argument.replace("{store}", str(store)) for argument in arguments), cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stdout == ""


def test_evaluate_measures_with_intervals(catalogue: Path, store: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.csv"
    rows = [f"{catalogue.parent / f'{number}.jpg'},p{number}" for number in range(12)]
    queries.write_text("image,product_id\n" + "\n".join([*rows, "gone.jpg,p1"]) + "\n", encoding="utf-8")
    document = ask("evaluate", queries, "--store", store, "--report", tmp_path / "report")
    assert document["queries"] == 12
    assert set(document["metrics"]) >= {"recall@1", "recall@5", "recall@10", "map@10", "ndcg@10", "mrr@10"}
    recall = document["metrics"]["recall@1"]
    assert recall["value"] == recall["high"] == 1.0
    assert 0.5 < recall["low"] < 1.0, "twelve right answers are no proof of perfection"
    assert [entry["reason"] for entry in document["rejected"]] == ["not_found"]
    assert len(json.loads((tmp_path / "report" / "evaluation.json").read_text())["asked"]) == 12


def test_doctor_accounts_for_every_file(catalogue: Path, tmp_path: Path) -> None:
    shop = shutil.copytree(catalogue.parent, tmp_path / "shop")
    shutil.copy(shop / "4.jpg", shop / "again.jpg")
    (shop / "empty.png").touch()
    document = ask("doctor", shop)
    assert document["files"] == document["ok"] + len(document["rejected"])
    assert document["files"] == sum(path.is_file() for path in shop.rglob("*"))
    assert {"kind": "exact", "images": ["4.jpg", "again.jpg"]} in document["duplicates"]


def test_doctor_of_a_store_tells_what_it_has_seen(store: Path) -> None:
    document = ask("doctor", "--store", store)
    assert document["files"] == document["ok"] + len(document["rejected"])
    assert document["ok"] == 13


def test_doctor_of_a_folder_says_that_a_store_beside_it_is_not_looked_at(store: Path, tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", COLORS["red"], 1)
    alone, both = run("doctor", tmp_path, "--json"), run("doctor", tmp_path, "--store", store, "--json")
    assert (alone.returncode, both.returncode) == (0, 0)
    assert {**json.loads(alone.stdout), "seconds": 0} == {**json.loads(both.stdout), "seconds": 0}
    assert "--store" not in alone.stderr
    assert "--store is not looked at" in both.stderr


def test_index_says_where_nothing_of_a_source_could_be_used(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "catalog.csv").write_text("product_id,image\n1,text.jpg\n")
    done = run("index", tmp_path / "catalog.csv", "--store", tmp_path / "store")
    assert (done.returncode, "nothing of this source could be used: everything" in done.stdout) == (0, True)
    (tmp_path / "catalog.csv").write_text("product_id,image\n")
    done = run("index", tmp_path / "catalog.csv", "--store", tmp_path / "store")
    assert (done.returncode, "it names no product" in done.stdout) == (0, True)


def test_models_and_releases_are_listed(store: Path) -> None:
    assert "lite0" in [model["name"] for model in ask("models")["models"]]
    releases = ask("releases", "--store", store)["releases"]
    assert [(release["live"], release["missing"]) for release in releases] == [(True, 0)]


def test_a_release_that_is_live_already_is_not_said_to_be_what_a_rollback_returns_to(store: Path) -> None:
    done = run("promote", "r1", "--store", store)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["not compared: it is live already", "release r1 is live"]


def test_help_answers_quickly_and_imports_nothing_heavy() -> None:
    started = time.perf_counter()
    assert run_apart("--help").returncode == 0
    taken = time.perf_counter() - started
    probe = "import sys, lookalike.cli.program; print(sorted({n.split('.')[0] for n in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "onnxruntime", "sqlalchemy", "fastapi", "rich", "pydantic"} & set(loaded.split("'"))
    assert taken < 5  # a hang, not a speed: benchmarks/cold_start.py measures


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    done = run("completion", shell)
    assert done.returncode == 0
    assert "_LOOKALIKE_COMPLETE" in done.stdout
    assert ask("completion", shell) == {"shell": shell, "script": done.stdout.removesuffix("\n")}


def test_no_torch_is_loaded_by_a_search(catalogue: Path, store: Path) -> None:
    probe = (
        "import sys, lookalike; "
        f"lookalike.open({str(store)!r}).search({str(catalogue.parent / '1.jpg')!r}); "
        "print([name for name in sys.modules if name.split('.')[0] == 'torch'])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_colours_are_off_when_piped(catalogue: Path, store: Path) -> None:
    done = run("search", catalogue.parent / "1.jpg", "--store", store)
    assert "\x1b[" not in done.stdout + done.stderr


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_asked(
    tmp_path: Path, drawn_store: Path, drawn
) -> None:
    (tmp_path / "file").write_text("")
    done = run("evaluate", drawn.queries, "--store", drawn_store, "--report", tmp_path / "file" / "report")
    assert done.returncode == 2
    assert "nothing can be written to" in done.stderr
    assert done.stdout == ""


def test_a_question_that_cannot_be_asked_costs_itself_alone(tmp_path: Path, drawn_store: Path, drawn) -> None:
    table = tmp_path / "asked.csv"
    table.write_text(f"image,text,product_id\n{drawn.photographs[0]},,D0001\n,{'x' * 1001},D0001\n")
    done = run("evaluate", table, "--store", drawn_store, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["queries"]) == (0, 1)
    assert [(one["line"], one["reason"]) for one in told["rejected"]] == [(3, "bad_row")]


def test_a_merchant_feed_in_xml_is_indexed_as_it_is(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", COLORS["red"], 1)
    picture(tmp_path / "b.jpg", COLORS["blue"], 2)
    items = "".join(
        f"<item><g:id>{name}-1</g:id><g:item_group_id>{name}</g:item_group_id><title>Thing {name}</title>"
        f"<description><![CDATA[<p>Of {name} &amp; Co</p>]]></description>"
        f"<g:image_link>{name}.jpg</g:image_link><g:price>{price} EUR</g:price>"
        "<g:availability>in_stock</g:availability></item>\n"
        for name, price in (("a", "12.50"), ("b", "80.00"))
    )
    broken = "<item><g:id>c</g:id><title>Tom & Jerry</title><g:image_link>a.jpg</g:image_link></item>\n"
    feed = tmp_path / "feed.xml"
    feed.write_text(
        '<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n'
        f"{broken}{items}</channel></rss>"
    )
    store = tmp_path / "store"
    done = ask("index", feed, "--store", store)
    assert (done["products"], done["images"]) == (2, 2)
    assert [rejected["reason"] for rejected in done["rejected"]] == ["bad_row"]
    found = ask("search", tmp_path / "a.jpg", "--store", store, "--where", "price < 20 and in_stock = true")
    assert [hit["product_id"] for hit in found["hits"]] == ["a"]
    assert found["hits"][0]["attributes"]["description"] == "Of a & Co"
