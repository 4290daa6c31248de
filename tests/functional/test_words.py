"""Questions in words as people ask them: on the command line, in Python, over HTTP, in an evaluation."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from click.testing import CliRunner

import lookalike
from lookalike.cli.program import program
from lookalike.engine.engine import Engine
from lookalike.errors import InvalidQuery, SelectionSyntaxError
from lookalike.images.colouring import stored_colouring
from lookalike.images.decode import decode
from lookalike.images.regions import encode_jpeg
from lookalike.serve.application import create_app

TITLES = {
    "boot": ("Ankle boot", "Shoes", "black"),
    "sneaker": ("Running sneaker", "Shoes", "red"),
    "mug": ("Ridged mug", "Mugs", "red"),
    "lamp": ("Reading lamp", "Lamps", "cream"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worded")
    rows = ["product_id,title,category,color,price,image"]
    for number, (name, (title, category, color)) in enumerate(TITLES.items()):
        pixels = np.random.default_rng(number).integers(0, 255, (96, 96, 3), dtype=np.uint8)
        (folder / f"{name}.jpg").write_bytes(encode_jpeg(pixels, quality=90))
        rows.append(f"{name},{title},{category},{color},{10 * number + 5},{name}.jpg")
    (folder / "catalog.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with lookalike.open(folder / "store") as engine:
        engine.index(folder / "catalog.csv")
    return folder


@pytest.fixture(scope="module")
def shop(store: Path):
    with lookalike.open(store / "store") as engine:
        yield engine


def names(answer: lookalike.Answer) -> list[str]:
    return [hit.product_id for hit in answer.hits]


def asked(*arguments: object) -> dict:
    done = CliRunner().invoke(program, [str(argument) for argument in arguments] + ["--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def posted(shop: Engine, **fields: object) -> dict:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(shop))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.post("/v1/search", **fields)

    response = asyncio.run(send())
    assert response.status_code == 200, response.text
    return response.json()


def test_words_find_products_whatever_column_they_stand_in(shop: Engine) -> None:
    assert names(shop.search(text="red mug"))[0] == "mug"
    assert set(names(shop.search(text="shoes"))) >= {"boot", "sneaker"}
    assert names(shop.search(text="reading"))[0] == "lamp"


def test_the_shares_of_the_lanes_add_up_to_the_similarity_and_fall(store: Path, shop: Engine) -> None:
    for answer in (shop.search(text="red sneaker"), shop.search(store / "mug.jpg", text="ridged")):
        assert answer.hits
        similarities = [hit.similarity for hit in answer.hits]
        assert similarities == sorted(similarities, reverse=True)
        for hit in answer.hits:
            assert sum(hit.lanes.values()) == pytest.approx(hit.similarity, abs=1e-5)
            assert set(hit.lanes) == set(answer.lanes)


def test_words_alone_give_no_verdict_and_no_vector(shop: Engine) -> None:
    answer = shop.search(text="mug")
    assert answer.verdict is None
    assert answer.verdict_details.reason == "not_a_photograph"
    assert answer.vector is None
    assert "picture" not in answer.lanes


def test_a_filter_holds_for_words_too(shop: Engine) -> None:
    assert names(shop.search(text="red", where="price > 20"))[0] == "mug"
    assert "sneaker" not in names(shop.search(text="red", where="price > 20"))


def test_words_beside_a_product_leave_it_out(shop: Engine) -> None:
    found = names(shop.search(like="mug", text="red"))
    assert found == ["sneaker"]


def test_prices_and_colours_beside_a_picture_become_filters_that_the_answer_tells(store: Path, shop: Engine) -> None:
    answer = shop.search(store / "boot.jpg", text="this in red, under 20, with wings in teal")
    assert names(answer) == ["sneaker"]
    assert [(one.column, one.operator, one.values, one.effect) for one in answer.understood] == [
        ("price", "<", (20.0,), "filter"),
        ("color", "=", ("red",), "filter"),
    ]
    assert answer.unmapped == ("teal",)
    assert "wings" in answer.unknown


def test_a_picture_that_finds_alone_forgets_its_colours_where_words_name_one(store: Path, shop: Engine) -> None:
    seen = shop.search(store / "boot.jpg")
    colours = stored_colouring(decode((store / "boot.jpg").read_bytes()).pixels)
    for text, kept in (("under 20", True), ("in red", False), ("in red, with wings", True)):
        answer = shop.search(vector=seen.vector, colouring=colours, text=text)
        assert (answer.colouring is not None) is kept


def test_several_examples_leave_themselves_out_and_turn_away_from_others(shop: Engine) -> None:
    both = shop.search(like=["mug", "lamp"])
    assert set(names(both)) == {"boot", "sneaker"}
    away = shop.search(like=["mug", "lamp"], unlike=["boot"])
    assert names(away) == ["sneaker"]
    assert away.verdict is None
    with pytest.raises(InvalidQuery, match="unlike needs something"):
        shop.search(unlike=["mug"])


def test_mistyped_plural_and_unfinished_words_find_what_was_meant(shop: Engine) -> None:
    assert names(shop.search(text="snaeker"))[0] == "sneaker"
    assert shop.search(text="snaeker").corrected == {"snaeker": "sneaker"}
    assert names(shop.search(text="ankle boots"))[0] == "boot"
    assert names(shop.search(text="read"))[0] == "lamp"


def test_an_id_comes_first_whatever_else_its_words_find(shop: Engine) -> None:
    answer = shop.search(text="LAMP")
    assert names(answer)[0] == "lamp"
    assert answer.hits[0].similarity == 1.0
    assert "code" in answer.lanes


def test_a_patched_title_is_found_by_its_new_words_and_a_price_embeds_nothing(store: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(store / "store", tmp_path / "store")
    with lookalike.open(tmp_path / "store") as own:
        own.patch_product("boot", {"title": "Hiking wellington"})
        assert names(own.search(text="wellington"))[0] == "boot"
        assert "boot" not in names(own.search(text="ankle"))[:1]
        before = own.sequence()
        own.patch_product("boot", {"price": 3})
        assert own.sequence() == before + 1


def test_products_of_many_variants_are_all_found_page_by_page(tmp_path: Path) -> None:
    (tmp_path / "plain.jpg").write_bytes(encode_jpeg(np.full((64, 64, 3), 200, np.uint8), quality=90))
    rows = [f"d{product},d{product}-{variant},Dress number {product} cut {variant},plain.jpg"
            for product in range(40) for variant in range(30)]  # fmt: skip
    (tmp_path / "catalog.csv").write_text("product_id,variant_id,title,image\n" + "\n".join(rows) + "\n")
    with lookalike.open(tmp_path / "store") as engine:
        engine.index(tmp_path / "catalog.csv")
        first, second = (engine.search(text="dress", k=25, offset=offset) for offset in (0, 25))
    names = [hit.product_id for hit in (*first.hits, *second.hits)]
    assert len(names) == len(set(names)) == 40
    assert first.next_offset == 25
    assert second.next_offset is None


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_an_empty_or_endless_text_is_refused(shop: Engine, text: str) -> None:
    with pytest.raises(InvalidQuery, match="text must have"):
        shop.search(text=text)


def test_the_command_line_the_python_object_and_http_answer_alike(store: Path, shop: Engine) -> None:
    told = asked("search", "--text", "red mug", "--store", store / "store")
    served = posted(shop, json={"text": "red mug"})
    formed = posted(shop, files={"text": (None, "red mug")})
    own = [(hit.product_id, hit.similarity) for hit in shop.search(text="red mug").hits]
    for document in (told, served, formed):
        assert [(hit["product_id"], hit["similarity"]) for hit in document["hits"]] == own
    assert served["vector"] is None
    assert served["lanes"] == told["lanes"]


def test_queries_in_words_are_evaluated(store: Path) -> None:
    queries = store / "words.csv"
    queries.write_text("text,product_id\nred mug,mug\nreading lamp,lamp\nankle boots,boot\n", encoding="utf-8")
    told = asked("evaluate", queries, "--store", store / "store", "--report", store / "report")
    assert told["queries"] == 3
    assert told["metrics"]["recall@5"]["value"] >= 2 / 3
    assert "reading lamp" in (store / "report" / "evaluation.json").read_text(encoding="utf-8")


def test_suggestions_are_values_titles_and_words_that_go_on_from_what_is_typed(store: Path, shop: Engine) -> None:
    told = asked("suggest", "r", "--store", store / "store")["suggestions"]
    assert {"text": "red", "kind": "color"} in told
    assert {"text": "Ridged mug", "kind": "title"} in told
    assert shop.suggest("ankle b")[0].text == "Ankle boot"
    assert shop.suggest("zzz") == ()
    assert shop.suggest("  ") == ()
    with pytest.raises(InvalidQuery, match="1 to 20"):
        shop.suggest("r", k=0)


def test_a_broken_filter_is_told_where_it_is_broken_also_beside_conditions_in_words(shop: Engine) -> None:
    with pytest.raises(SelectionSyntaxError) as alone:
        shop.search(text="mug", where="price =")
    with pytest.raises(SelectionSyntaxError) as beside:
        shop.search(text="mug under 80", where="price =")
    assert str(beside.value) == str(alone.value)
    with pytest.raises(SelectionSyntaxError):
        shop.search(text="mug under 80", where="price < 5) or (price > 5")


@pytest.mark.parametrize("text", ["?", "!!!", " . "])
def test_a_question_without_a_word_finds_nothing_but_what_a_filter_leaves(shop: Engine, text: str) -> None:
    assert names(shop.search(text=text)) == []
    assert names(shop.search(text=text, where='category = "Mugs"')) == ["mug"]
    assert len(shop.search(text=f"under 1000 {text}").hits) == len(TITLES)
    assert len(shop.search(text=f"under 60 cm wide {text}").hits) == len(TITLES)
