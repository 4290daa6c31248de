"""Claims about `lookalike.search.searcher`: how often it looks for what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.embed.embedder import Embedder
from lookalike.images.limits import ImageLimits
from lookalike.search.live import LiveRelease
from lookalike.search.query import Query
from lookalike.search.rank.ranking import Ranking
from lookalike.search.searcher import Searcher
from lookalike.search.words.ranker import WordRanker
from lookalike.types import ProductId

N_PRODUCTS = 2_500


def nothing(_: Release) -> Embedder:
    raise AssertionError("words alone open no model of pictures")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """Many mugs, at many prices, that words alone find."""
    picture = "a" * 64
    with Catalog.create(tmp_path_factory.mktemp("many") / "store") as catalog:
        release = catalog.begin_release(fingerprint="f" * 64, model="tiny", dimension=4, description={})
        catalog.apply(
            SyncBatch(
                variants=tuple(
                    VariantEntry(
                        ProductId(f"p{number}"),
                        None,
                        {"title": f"Mug {number}", "price": float(number % 97)},
                        (ImageEntry(f"{number}.png", picture),),
                    )
                    for number in range(N_PRODUCTS)
                ),
                pictures=(PictureEntry(picture, 8, 8, "png"),),
            )
        )
        catalog.set_live(release.release_id)
        live = LiveRelease(catalog, catalog.folder / "index", exact_up_to=100)
        yield Searcher(catalog, live, nothing, ImageLimits())


@pytest.mark.parametrize("ranking", [Ranking(sort="price"), Ranking(diverse=0.5)])
def test_words_are_ranked_once_whatever_the_order(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch, ranking: Ranking
) -> None:
    asked: list[int] = []
    rank = WordRanker.rank
    monkeypatch.setattr(WordRanker, "rank", lambda *given: (asked.append(1), rank(*given))[1])
    assert len(searcher.search(Query(text="mug", k=10, ranking=ranking)).hits.items) == 10
    assert len(asked) == 1


@pytest.mark.parametrize("ranking", [Ranking(sort="price"), Ranking(diverse=0.5), Ranking()])
def test_pages_of_every_order_neither_repeat_nor_lose(searcher: Searcher, ranking: Ranking) -> None:
    whole = [hit.product_id for hit in searcher.search(Query(text="mug", k=900, ranking=ranking)).hits.items]
    assert len(set(whole)) == len(whole) == 900
    told: list[str] = []
    for offset in range(0, 900, 150):
        hits = searcher.search(Query(text="mug", k=150, offset=offset, ranking=ranking)).hits.items
        told += [hit.product_id for hit in hits]
    assert told == whole


@pytest.fixture
def two_cases(tmp_path: Path) -> Iterator[Searcher]:
    """Two products whose ids differ in case alone, and a third."""
    picture = "a" * 64
    with Catalog.create(tmp_path / "store") as catalog:
        release = catalog.begin_release(fingerprint="f" * 64, model="tiny", dimension=4, description={})
        catalog.apply(
            SyncBatch(
                variants=tuple(
                    VariantEntry(ProductId(name), None, {"title": "Mug"}, (ImageEntry(f"{name}.png", picture),))
                    for name in ("x", "Ab", "aB")
                ),
                pictures=(PictureEntry(picture, 8, 8, "png"),),
            )
        )
        catalog.set_live(release.release_id)
        live = LiveRelease(catalog, catalog.folder / "index", exact_up_to=100)
        yield Searcher(catalog, live, nothing, ImageLimits())


@pytest.mark.parametrize(
    ("named", "touched"),
    [("Ab", {"Ab"}), ("aB", {"aB"}), ("AB", {"Ab", "aB"}), ("X", {"x"}), ("y", set[str]())],
)
def test_a_rule_is_about_the_product_that_is_called_just_so(two_cases: Searcher, named: str, touched: set[str]) -> None:
    rules = {"rules": [{"name": "pinned", "action": "pin", "products": [named], "within": 2.0}]}
    two_cases._catalog.set_shop_rules(rules)  # pyright: ignore[reportPrivateUsage]
    hits = two_cases.search(Query(text="mug")).hits
    assert {hit.product_id for hit in hits if hit.rules} == touched
