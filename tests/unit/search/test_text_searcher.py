"""Claims about `lookalike.search.text_searcher`: pages of a question in words fit together, however deep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.catalog.view import Selected
from lookalike.embed.embedder import Embedder
from lookalike.embed.text.encoder import TextEncoder
from lookalike.errors import ModelDamaged
from lookalike.index.exact import ExactIndex
from lookalike.search.clock import Clock
from lookalike.search.gallery import Gallery, Subsets
from lookalike.search.query import Query
from lookalike.search.ranked import Ranked
from lookalike.search.text_searcher import TextSearcher
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.ranker import WordRanker
from lookalike.types import ProductId, ReleaseId

RELEASE = Release(ReleaseId("r1"), 1, "abc", "tiny", 4, {}, "ready", "2026-01-01T00:00:00+00:00")
N_PRODUCTS = 800


def nothing(_: Release) -> Embedder:
    raise AssertionError("words alone open no model of pictures")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TextSearcher, Gallery]]:
    """Half of the products say `mug` in a long text's title, half in few words elsewhere: BM25 finds these first."""
    picture = "a" * 64
    long = " ".join(f"word{number}" for number in range(120))
    said = [
        {"title": f"Mug {number}", "description": long} if number % 2 else {"title": f"Cup {number}", "kind": "mug"}
        for number in range(N_PRODUCTS)
    ]
    with Catalog.create(tmp_path_factory.mktemp("worded") / "store") as catalog:
        catalog.apply(
            SyncBatch(
                variants=tuple(
                    VariantEntry(ProductId(f"p{number}"), None, attributes, (ImageEntry(f"{number}.png", picture),))
                    for number, attributes in enumerate(said)
                ),
                pictures=(PictureEntry(picture, 8, 8, "png"),),
            )
        )
        yield TextSearcher(catalog, nothing, None, None), Gallery(RELEASE, ExactIndex(4), catalog.view(()))


def page(searcher: tuple[TextSearcher, Gallery], k: int, offset: int = 0) -> Ranked:
    texts, gallery = searcher
    return texts.rank(Query(text="mug", k=k, offset=offset), "mug", None, gallery, Clock())


@pytest.mark.parametrize("k", [40, 50, 300])
def test_pages_of_words_neither_repeat_nor_lose(searcher: tuple[TextSearcher, Gallery], k: int) -> None:
    whole = page(searcher, 1_000)
    assert sorted(whole.rows.tolist()) == list(range(N_PRODUCTS))
    told: list[int] = []
    for offset in range(0, N_PRODUCTS, k):
        told += page(searcher, k, offset).rows[offset : offset + k].tolist()
    assert told == whole.rows.tolist()


def test_scores_of_all_pages_fall_and_are_the_sums_of_their_lanes(searcher: tuple[TextSearcher, Gallery]) -> None:
    whole = page(searcher, 1_000)
    assert np.all(np.diff(whole.similarities) <= 0)
    np.testing.assert_allclose(np.sum(list(whole.lanes.values()), axis=0), whole.similarities, atol=1e-6)


@pytest.mark.parametrize("n_left", [0, 1, 250])
def test_all_that_a_narrow_filter_leaves_is_found_at_once(
    searcher: tuple[TextSearcher, Gallery], monkeypatch: pytest.MonkeyPatch, n_left: int
) -> None:
    texts, gallery = searcher
    view = gallery.view
    allowed = np.arange(N_PRODUCTS) >= N_PRODUCTS - n_left
    selected = Selected(np.unique(view.picture_keys[allowed]), allowed)
    narrow = replace(gallery, selected=selected, subset=Subsets().of(selected))
    monkeypatch.setattr("lookalike.search.words.ranker._UNDER_A_FILTER", 1)  # as if the catalogue were far larger
    asked: list[int] = []
    rank = WordRanker.rank
    monkeypatch.setattr(WordRanker, "rank", lambda *given: (asked.append(1), rank(*given))[1])
    found = texts.rank(Query(text="mug", k=300), "mug", None, narrow, Clock())
    assert sorted(found.rows.tolist()) == np.flatnonzero(allowed).tolist()
    assert found.exact
    assert len(asked) == 1


def test_a_filter_finds_by_no_word_that_finds_nothing_without_it(tmp_path: Path) -> None:
    picture = "a" * 64
    titles = ["Mug for coffee", "Lamp for the table", "Chair"]
    with Catalog.create(tmp_path / "store") as catalog:
        catalog.apply(
            SyncBatch(
                variants=tuple(
                    VariantEntry(ProductId(title), None, {"title": title}, (ImageEntry(f"{title}.png", picture),))
                    for title in titles
                ),
                pictures=(PictureEntry(picture, 8, 8, "png"),),
            )
        )
        texts, view = TextSearcher(catalog, nothing, None, None), catalog.view(())
        selected = Selected(np.unique(view.picture_keys), np.ones(len(titles), dtype=bool))
        everything = Gallery(RELEASE, ExactIndex(4), view)
        filtered = replace(everything, selected=selected, subset=Subsets().of(selected))
        for text, n_found in (("mug for the kitchen", 1), ("for the", 2), ("sofa", 0)):
            for gallery in (everything, filtered):
                assert len(texts.rank(Query(text=text, k=9), text, None, gallery, Clock()).rows) == n_found


@pytest.mark.parametrize(("price", "filters"), [(None, 0), (5.0, 1)])
def test_a_price_is_no_condition_where_nothing_has_one(tmp_path: Path, price: float | None, filters: int) -> None:
    picture = "a" * 64
    said = {"title": "Mug"} if price is None else {"title": "Mug", "price": price}
    with Catalog.create(tmp_path / "store") as catalog:
        catalog.apply(
            SyncBatch(
                variants=(VariantEntry(ProductId("a"), None, said, (ImageEntry("a.png", picture),)),),
                pictures=(PictureEntry(picture, 8, 8, "png"),),
            )
        )
        found = TextSearcher(catalog, nothing, None, None).read("mug under 20", beside_picture=False)
    assert len(found.conditions) == filters
    assert found.unmapped == (() if filters else ("under 20",))


def test_the_sentence_model_is_loaded_ahead_and_may_be_damaged(tmp_path: Path) -> None:
    opened: list[str] = []

    def damaged() -> TextEncoder | None:
        opened.append("opened")
        raise ModelDamaged("not a model")

    with Catalog.create(tmp_path / "store") as catalog:
        meaning = Meaning(catalog, damaged, tmp_path / "index", exact_up_to=10)
        TextSearcher(catalog, nothing, meaning, None).warm_up()
        assert opened
        with pytest.raises(ModelDamaged):
            meaning.ready()
