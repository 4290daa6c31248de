"""Completions of what is being typed, over a store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.search.words.ranker import WordRanker
from lookalike.search.words.suggesting import suggest
from lookalike.search.words.understanding import VALUE_COLUMNS
from lookalike.types import ProductId

TITLES = ("Sofa with 3 seats", "Sofa 30 wide", "Sofa 3 pieces", "Red sofa", "红色沙发", "红色椅子")

Told = Callable[[str], list[tuple[str, str]]]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """Texts and kinds of the completions over a store of `TITLES`."""
    with Catalog.create(tmp_path / "store") as catalog:
        contents = [hashlib.sha256(title.encode()).hexdigest() for title in TITLES]
        variants = tuple(
            VariantEntry(ProductId(title), None, {"title": title}, (ImageEntry(f"{title}.jpg", content),))
            for title, content in zip(TITLES, contents, strict=True)
        )
        pictures = tuple(PictureEntry(content, 100, 80, "jpeg") for content in contents)
        catalog.apply(SyncBatch(variants=variants, pictures=pictures))
        yield lambda text: [
            (one.text, one.kind) for one in suggest(text, catalog, catalog.view(()), WordRanker(catalog, None), 20)
        ]


def test_a_blank_behind_what_is_typed_takes_no_letter_from_it(told: Told) -> None:
    assert ("wide sofa", "word") in told("wide so ")
    assert ("wide sofa", "word") in told("wide so")


def test_the_word_behind_a_number_is_completed_and_not_the_number(told: Told) -> None:
    found = told("sofa 3 pie")
    assert found == [("Sofa 3 pieces", "title"), ("sofa 3 piece", "word")]
    assert told("sofa 3-pie") == [("Sofa 3 pieces", "title"), ("sofa 3-piece", "word")]


def test_titles_have_all_that_is_typed_of_a_script_without_blanks(told: Told) -> None:
    assert told("红色沙发") == [("红色沙发", "title")]


def test_what_is_typed_without_blanks_may_go_on_elsewhere_in_a_title(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        content = hashlib.sha256(b"one").hexdigest()
        attributes = {"title": '红色布艺沙发 27"'}
        variant = VariantEntry(ProductId("one"), None, attributes, (ImageEntry("one.jpg", content),))
        catalog.apply(SyncBatch(variants=(variant,), pictures=(PictureEntry(content, 9, 9, "jpeg"),)))
        ranker = WordRanker(catalog, None)

        def told(text: str) -> list[str]:
            return [one.text for one in suggest(text, catalog, catalog.view(()), ranker, 20)]

        assert told("红色沙") == ['红色布艺沙发 27"', "红色沙发"]
        assert told("6") == ['红色布艺沙发 27"']


def test_values_are_suggested_as_people_call_them_while_a_product_has_them(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        attributes = {"category": "Home > Kitchen > Mugs", "brand": "AC/Mugs", "color": "teal"}
        variants = tuple(VariantEntry(ProductId(name), None, attributes, ()) for name in ("one", "other"))
        catalog.apply(SyncBatch(variants=variants))
        ranker = WordRanker(catalog, None)

        def told(text: str) -> list[tuple[str, str]]:
            found = suggest(text, catalog, catalog.view(VALUE_COLUMNS), ranker, 20)
            return [(one.text, one.kind) for one in found if one.kind in VALUE_COLUMNS]

        assert told("mug") == [("Mugs", "category")]
        assert told("ac") == [("AC/Mugs", "brand")]
        assert told("te") == [("teal", "color")]
        catalog.patch_product("one", {"color": None})
        assert told("te") == [("teal", "color")]
        catalog.delete_product(ProductId("other"))
        assert told("te") == []


def test_a_title_is_suggested_for_a_word_that_it_has_and_the_most_frequent_words_are_looked_for(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        rare = [f"sa{chr(97 + at // 26)}{chr(97 + at % 26)}x" for at in range(300)]
        said = [(f"rare {at}", " ".join(rare)) for at in range(3)] + [(f"red sofa {at}", "") for at in range(5)]
        contents = [hashlib.sha256(title.encode()).hexdigest() for title, _ in said]
        variants = tuple(
            VariantEntry(
                ProductId(f"s-{title}"), None, {"title": title, "description": text}, (ImageEntry("a.jpg", content),)
            )
            for (title, text), content in zip(said, contents, strict=True)
        )
        catalog.apply(SyncBatch(variants=variants, pictures=tuple(PictureEntry(c, 9, 9, "jpeg") for c in contents)))
        found = suggest("s", catalog, catalog.view(()), WordRanker(catalog, None), 20)
        assert [one.text for one in found if one.kind == "title"] == [f"red sofa {at}" for at in range(5)]
        assert next(one.text for one in found if one.kind == "word") == "sofa"


def test_words_that_a_slash_joins_are_suggested_apart(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        variant = VariantEntry(ProductId("one"), None, {"category": "Home/Sofas", "title": "Oslet"}, ())
        catalog.apply(SyncBatch(variants=(variant,)))
        ranker = WordRanker(catalog, None)
        assert [one.text for one in suggest("home", catalog, catalog.view(()), ranker, 20)] == ["home sofa"]
        assert [one.text for one in suggest("ho", catalog, catalog.view(()), ranker, 20)] == ["home", "home sofa"]


def test_no_more_titles_are_ranked_than_may_be_and_those_of_rarer_words_come_first(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        titles = [f"Sofa of the long kind number {one}" for one in range(8)] + ["Sofa", "Sofia of the long kind"]
        contents = [hashlib.sha256(title.encode()).hexdigest() for title in titles]
        variants = tuple(
            VariantEntry(ProductId(title), None, {"title": title}, (ImageEntry(f"{title}.jpg", content),))
            for title, content in zip(titles, contents, strict=True)
        )
        catalog.apply(
            SyncBatch(variants=variants, pictures=tuple(PictureEntry(content, 9, 9, "jpeg") for content in contents))
        )
        every = catalog.text.titled((), ["sofa", "sofia"], 3, most=100)
        some = catalog.text.titled((), ["sofa", "sofia"], 3, most=4)
        assert every[:2] == [10, 9]
        assert some == [10, 1, 2]
        assert catalog.text.titled([["kind"]], ["sofa"], 3, most=4) == [1, 2, 3]
