"""Rows that words find, over a store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.index.vector_index import Neighbours
from lookalike.search.words.depicted import Shown
from lookalike.search.words.ranker import WordRanker
from lookalike.types import ProductId


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty store."""
    with Catalog.create(tmp_path / "store") as made:
        yield made


@pytest.mark.parametrize("exact", [True, False])
def test_an_answer_is_as_exact_as_its_look_at_what_pictures_show(catalog: Catalog, *, exact: bool) -> None:
    near = Neighbours(np.full((1, 1), -1, np.int64), np.full((1, 1), -np.inf, np.float32), exact)
    shown = Shown(lambda _: None, lambda _: near)
    found = WordRanker(catalog, None).rank("red mug", catalog.view(()), None, None, 10, shown)
    assert found.exact == exact


@pytest.mark.parametrize(
    ("cosine", "available", "cut"), [(0.3, 9, True), (0.3, 1, False), (-0.1, 9, False), (-np.inf, 9, False)]
)
def test_more_pictures_that_show_what_is_asked_for_are_more_to_look_for(
    catalog: Catalog, cosine: float, available: int, *, cut: bool
) -> None:
    image = ImageEntry("p.jpg", "a" * 64)
    catalog.apply(
        SyncBatch(
            variants=(VariantEntry(ProductId("p"), None, {}, (image,)),),
            pictures=(PictureEntry("a" * 64, 100, 80, "jpeg"),),
        )
    )
    view = catalog.view(())
    near = Neighbours(view.picture_keys[np.newaxis], np.asarray([[cosine]], dtype=np.float32), exact=True)
    shown = Shown(lambda _: None, lambda _: near, available)
    found = WordRanker(catalog, None).rank("mug", view, None, None, 10, shown)
    assert found.cut == cut
    assert len(found.rows) == (cosine > 0)


def test_what_a_filter_leaves_is_found_behind_many_that_it_leaves_out(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.search.words.ranker._CANDIDATES", 4)
    monkeypatch.setattr("lookalike.search.words.ranker._UNDER_A_FILTER", 10)
    titles = [*["red mug"] * 30, *["a long title with a mug in it"] * 6]
    brands = [*["Acme"] * 30, *["Oslet"] * 6]
    variants = tuple(
        VariantEntry(ProductId(f"p{at}"), None, {"title": title, "brand": brand}, (ImageEntry("p.jpg", "a" * 64),))
        for at, (title, brand) in enumerate(zip(titles, brands, strict=True))
    )
    catalog.apply(SyncBatch(variants=variants, pictures=(PictureEntry("a" * 64, 100, 80, "jpeg"),)))
    view = catalog.view(("brand",))
    selected = view.subset(catalog.parse('brand = "Oslet"'))
    found = WordRanker(catalog, None).rank("mug", view, selected, None, 4)
    assert len(found.rows) == 6
    assert found.exact
    assert not found.cut
