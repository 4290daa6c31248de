"""Golden sets and robustness as a user meets them: made, listed, asked of the live index, corrupted, dropped."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lookalike
from commands import ask, run_apart
from lookalike.errors import GoldenSetUnusable, InvalidQuery, TooFewProducts, UnknownColumn
from lookalike.images.decode import decode
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.types import Reason


@pytest.fixture
def store(drawn_store: Path, tmp_path: Path) -> Path:
    return shutil.copytree(drawn_store, tmp_path / "store")


def test_the_commands_make_list_show_ask_and_drop(store: Path) -> None:
    made = ask("golden", "make", "--store", store)
    # A product whose views are near-duplicates to the model is asked by a phone-like picture instead.
    assert made["n_queries"] == sum(made["kinds"].values()) == 12
    assert made["kinds"]["view"] >= 10
    assert [one["name"] for one in ask("golden", "list", "--store", store)["golden_sets"]] == ["default"]
    shown = ask("golden", "show", "--store", store)
    assert shown["data_sha256"] == made["data_sha256"]
    assert all(query["picture"] in query["left_out"] for query in shown["queries"] if query["kind"] == "view")
    asked = ask("evaluate", "--golden", "default", "--store", store)
    assert asked["queries"] == 12
    with lookalike.open(store) as shop:
        desk = shop._golden()
        standing = desk.standing(desk._live(), shop.golden_set())
    # The live index and the exact ranking of stored vectors say the same.
    assert asked["metrics"]["recall@1"]["value"] == pytest.approx(standing.recall_at(1).mean())
    assert asked["metrics"]["mrr@10"]["value"] == pytest.approx(standing.reciprocal_ranks().mean())
    assert ask("golden", "drop", "default", "--store", store) == {"dropped": "default"}
    assert ask("golden", "list", "--store", store) == {"golden_sets": []}


def test_a_golden_set_of_products_is_measured_by_slices(store: Path) -> None:
    with lookalike.open(store) as shop:
        golden = shop.make_golden().golden
        asked = shop.evaluate(golden="default", slice_by=("in_stock", "size"))
        there = [query for query in golden.queries if shop.product(query.cluster).variants[0].attributes["in_stock"]]
        shop.make_golden(name="variants", by="variant")
        assert shop.evaluate(golden="variants").slices == {}
    # Ten of twelve drawn products are in stock; slices of fewer than ten queries are not told.
    assert {value: one.n for value, one in asked.slices["in_stock"].items()} == {"True": len(there)}
    hits = [one.retrieved[0] == one.question.cluster for one in asked.asked]
    names = {query.cluster for query in there}
    inside = [hit for hit, one in zip(hits, asked.asked, strict=True) if one.question.cluster in names]
    assert asked.slices["in_stock"]["True"].metrics["recall@1"].value == pytest.approx(np.mean(inside))
    # All drawn pictures are of one size, so that slice is the whole.
    (whole,) = asked.slices["size"].values()
    assert (whole.n, whole.metrics) == (12, asked.metrics)
    told = ask("evaluate", "--golden", "default", "--slice", "in_stock", "--store", store)
    assert {value: one["n"] for value, one in told["slices"]["in_stock"].items()} == {"True": len(there)}


def test_what_right_answers_are_is_the_golden_sets_and_another_wish_is_refused(store: Path) -> None:
    with lookalike.open(store) as shop:
        shop.make_golden(name="colours", by="variant", n_queries=2)
        refused = pytest.raises(InvalidQuery, match="golden set 'colours' are variants, received by 'product'")
        for measure in (shop.evaluate, shop.rerank, shop.rules_cost, shop.robustness):
            with refused:
                measure(golden="colours", by="product")
        assert shop.evaluate(golden="colours", by="variant").queries == 2
    assert ask("evaluate", "--golden", "colours", "--store", store)["by"] == "variant"


def test_a_column_to_slice_by_is_one_that_the_catalogue_has(store: Path) -> None:
    with lookalike.open(store) as shop:
        shop.make_golden()
        with pytest.raises(UnknownColumn, match=r"no column 'in_stok' .* did you mean 'in_stock'"):
            shop.evaluate(golden="default", slice_by=("in_stok",))
        assert list(shop.evaluate(golden="default", slice_by=("In_Stock",)).slices) == ["in_stock"]


def test_the_same_seed_makes_the_same_set_and_another_another(store: Path) -> None:
    hashes = [
        ask("golden", "make", "--store", store, "--name", name, "--seed", seed)["data_sha256"]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_planted_copies_are_found_counted_and_left_out(store: Path) -> None:
    with lookalike.open(store) as shop:
        name = shop.make_golden(name="before").golden.queries[0].cluster
        catalog = shop._readable()
        originals = [catalog.kept.get(image.sha256) for image in catalog.images_of_product(name)]
        poor = tuple(encode_jpeg(decode(data).pixels, 40) for data in originals if data is not None)
        shop.put_product(ProductDraft("copies", (VariantDraft(None, {}, poor),)))
        after = shop.make_golden(name="after").golden
        copies = {image.sha256 for image in catalog.images_of_product("copies")}
        asked = next(query for query in after.queries if query.cluster == name)
        # Whichever view was held out, its copy is left out too, and the product's other views are not.
        assert copies & set(asked.left_out)
        assert after.leakage.perceptual + after.leakage.embedding > 0
        # A product whose only two pictures are copies of each other cannot hold one out.
        pixels = decode(poor[0]).pixels
        twins = encode_jpeg(pixels, 60), encode_jpeg(pixels, 55)
        shop.put_product(ProductDraft("twins", (VariantDraft(None, {}, twins),)))
        last = shop.make_golden(name="last").golden
        assert last.leakage.removed >= 1
        assert {query.kind for query in last.queries if query.cluster == "twins"} == {"phone"}


def test_products_with_one_picture_become_phone_photographs_of_kept_copies(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    (tmp_path / "shop").mkdir()
    for number in range(3):
        pixels = np.full((120, 120, 3), 245, dtype=np.uint8)
        pixels[30:90, 30 + number * 5 : 90] = generator.integers(0, 200, 3)
        pixels[50:60, 20:100] = generator.integers(0, 200, 3)
        (tmp_path / "shop" / f"{number}.jpg").write_bytes(encode_jpeg(pixels, 95))
    with lookalike.open(tmp_path / "store") as shop:
        shop.index(tmp_path / "shop")
        golden = shop.make_golden().golden
        assert golden.kinds == {"phone": 3}
        assert all(query.made_of not in (None, query.picture) for query in golden.queries)
        assert not any(query.left_out for query in golden.queries)
        assert shop.evaluate(golden="default").queries == 3


@pytest.mark.slow
def test_robustness_gives_a_curve_for_every_family_and_names_the_weakest(store: Path, drawn) -> None:
    ask("golden", "make", "--store", store)
    done = run_apart("robustness", "--golden", "default", "--n", 4, "--store", store, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["n_queries"] == 4
    assert len(told["curves"]) == 22  # 21 families and the viewpoint
    assert len(told["weaknesses"]) == 3
    for curve in told["curves"]:
        assert curve["n_queries"] + curve["n_skipped"] == 4
        for step in curve["steps"]:
            assert step["score"]["low"] <= step["score"]["value"] <= step["score"]["high"]


def test_queries_whose_products_are_gone_are_rejected_and_no_misses(store: Path) -> None:
    with lookalike.open(store) as shop:
        golden = shop.make_golden().golden
        before = shop.evaluate(golden="default")
        names = sorted({query.cluster for query in golden.queries})
        shop.delete_product(names[0])
        gone = sum(query.cluster == names[0] for query in golden.queries)
        after = shop.evaluate(golden="default")
        assert (after.queries, len(after.rejected)) == (before.queries - gone, gone)
        assert all(names[0] in one.detail for one in after.rejected)
        for name in names[1 : len(names) * 2 // 3 + 1]:
            shop.delete_product(name)
        for measure in (shop.evaluate, shop.robustness):
            with pytest.raises(GoldenSetUnusable, match="expected at least half"):
                measure(golden="default")


def test_a_photograph_without_a_vector_costs_itself_alone(other_model: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    (tmp_path / "shop").mkdir()
    (tmp_path / "asked").mkdir()
    rows: list[str] = []
    for number in range(12):
        quarters = generator.integers(30, 230, (2, 2, 3))
        for folder, others in (("shop", quarters), ("asked", quarters * 0.7 + generator.integers(0, 70, (2, 2, 3)))):
            pixels = np.kron(others, np.ones((40, 40, 1))) + generator.integers(-15, 15, (80, 80, 3))
            file = tmp_path / folder / f"{number}.jpg"
            file.write_bytes(encode_jpeg(np.clip(pixels, 0, 255).astype(np.uint8), 95))
        rows.append(f"{number}.jpg,{number}")
    # The mean colours of black are zero, which is no direction.
    (tmp_path / "asked" / "black.jpg").write_bytes(encode_jpeg(np.zeros((80, 80, 3), np.uint8), 95))
    table = tmp_path / "asked" / "asked.csv"
    table.write_text("\n".join(["image,product_id", *rows[:3], "black.jpg,3", *rows[3:]]))
    with lookalike.open(tmp_path / "store", model=str(other_model)) as shop:
        shop.index(tmp_path / "shop")
        made = shop.make_golden(table)
        assert [(one.line, one.reason) for one in made.rejected] == [(5, Reason.NO_VECTOR)]
        assert len(made.golden.queries) + made.golden.leakage.removed == 12
        measured = shop.robustness(table)
        assert [(one.line, one.reason) for one in measured.rejected] == [(5, Reason.NO_VECTOR)]
        assert measured.n_queries == len(made.golden.queries)
        assert [(one.line, one.reason) for one in shop.evaluate(table).rejected] == [(5, Reason.NO_VECTOR)]


def test_a_report_of_a_golden_set_shows_what_was_measured(store: Path) -> None:
    with lookalike.open(store) as shop:
        golden = shop.make_golden().golden
        evaluation = shop.evaluate(golden="default")
        # Every query as if its answer had been missed: each is asked again for its place.
        wrong = tuple(replace(one, retrieved=("nobody",)) for one in evaluation.asked)
        path = shop.golden_path("default")
        told = shop.report(replace(evaluation, asked=wrong), path, golden="default")
        plain = shop.report(replace(evaluation, asked=wrong), path)
    assert {query.kind for query in golden.queries} >= {"view"}
    ranked = {one.question.line: one for one in evaluation.asked}
    for failure in told.failures:
        retrieved, answers = ranked[failure.line].retrieved, ranked[failure.line].question.answers
        place = next((at for at, name in enumerate(retrieved, start=1) if name in answers), None)
        assert place is None or failure.right.rank == place
    assert [one.right.similarity for one in told.failures] != [one.right.similarity for one in plain.failures]


def test_words_beside_a_photograph_make_no_golden_query(store: Path, drawn, tmp_path: Path) -> None:
    photograph = drawn.photographs[0]
    table = tmp_path / "beside.csv"
    table.write_text(f"image,text,product_id\n{photograph},in red,D0001\n,red shoe,D0001\n{photograph},,D0001\n")
    with lookalike.open(store) as shop:
        made = shop.make_golden(table, name="beside")
        assert len(made.golden.queries) <= 1
        assert [one.line for one in made.rejected] == [2, 3]
        with pytest.raises(TooFewProducts):
            shop.calibrate(table, error=0.4)


def test_photographs_that_make_no_query_are_told_with_the_reason(store: Path, tmp_path: Path) -> None:
    with lookalike.open(store) as shop:
        catalog = shop._readable()
        image = next(iter(catalog.images_of_product("D0001")))
        copy = catalog.kept.get(image.sha256)
        assert copy is not None
        shop.put_product(ProductDraft("single", (VariantDraft(None, {}, (copy,)),)))
        (tmp_path / "own.jpg").write_bytes(copy)
        table = tmp_path / "own.csv"
        table.write_text("image,product_id\nown.jpg,single\nnone.jpg,single\n")
        with pytest.raises(GoldenSetUnusable, match=r"1 look like the only picture.*; 1 rejected, the first: .*none"):
            shop.make_golden(table, name="own")
