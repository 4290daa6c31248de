"""Claims about `lookalike.search.picture_ranker`: hits are those of a plain loop over every image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.view import Selected, View
from lookalike.index.exact import ExactIndex
from lookalike.index.vector_index import Neighbours, Subset
from lookalike.search.gallery import Gallery, Subsets
from lookalike.search.picture_ranker import PictureRanker, _Asked, _scan_together
from lookalike.search.query import Query
from lookalike.search.query_encoder import Look
from lookalike.types import FoldBy, ReleaseId, Vectors

RELEASE = Release(ReleaseId("r1"), 1, "abc", "tiny", 4, {}, "ready", "2026-01-01T00:00:00+00:00")


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PictureRanker]:
    with Catalog.create(tmp_path_factory.mktemp("empty") / "store") as catalog:
        yield PictureRanker(catalog)


def unit(generator: np.random.Generator, n: int) -> np.ndarray:
    rows = generator.normal(size=(n, 4)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def by_the_book(
    gallery: Gallery, similarities: dict[int, float], groups: np.ndarray, allowed: np.ndarray
) -> list[tuple[int, float]]:
    view = gallery.view
    images = [
        (-round(similarities[int(view.picture_keys[row])], 6), int(view.image_keys[row]), row)
        for row in range(len(view.image_keys))
        if allowed[row]
    ]
    found: dict[int, tuple[int, float]] = {}
    for negative, _, row in sorted(images):
        found.setdefault(int(groups[row]), (row, -negative))
    return list(found.values())


@given(
    st.integers(0, 10_000),
    st.one_of(st.integers(0, 60), st.just(400)),
    st.sampled_from(["product", "variant", "image"]),
    st.booleans(),
    st.sampled_from([1, 4, None]),
)
def test_hits_are_those_of_a_loop_over_every_image(
    ranker, seed: int, n: int, by: FoldBy, filtered: bool, n_distinct: int | None
) -> None:
    generator = np.random.default_rng(seed)
    n_variants, n_pictures = max(1, n // 2), max(1, n - n // 4)  # some pictures stand for several images
    variants = np.sort(generator.integers(0, n_variants, n)).astype(np.int64)
    view = View(
        sequence=1,
        image_keys=10 + np.arange(n, dtype=np.int64),
        picture_keys=generator.integers(0, n_pictures, n).astype(np.int64),
        variant_keys=variants,
        all_variant_keys=np.arange(n_variants, dtype=np.int64),
        all_product_keys=np.arange(n_variants, dtype=np.int64) // 3,
        columns={},
    )
    index, vectors, (asked,) = ExactIndex(4), unit(generator, n_pictures), unit(generator, 1)
    if n_distinct is not None:  # pictures of one vector, which tie
        vectors = vectors[generator.integers(0, min(n_distinct, n_pictures), n_pictures)]
    index.add(np.arange(n_pictures, dtype=np.int64), vectors)
    allowed = generator.random(n) < 0.6 if filtered else np.ones(n, dtype=bool)
    selected = Selected(np.unique(view.picture_keys[allowed]), allowed) if filtered else None
    gallery = Gallery(RELEASE, index, view, selected, None if selected is None else Subsets().of(selected))

    query = Query(vector=asked, k=3, offset=int(generator.integers(0, 4)), by=by)
    found = ranker.rank(query, Look(asked), gallery)

    groups = {"product": view.product_keys, "variant": view.variant_keys, "image": view.image_keys}[by]
    expected = by_the_book(gallery, dict(enumerate((vectors @ asked).tolist())), groups, allowed)
    wanted = query.offset + query.k + 1
    assert len(found.rows) >= min(wanted, len(expected))
    assert found.rows.tolist() == [row for row, _ in expected[: len(found.rows)]]
    np.testing.assert_allclose(found.similarities, [alike for _, alike in expected[: len(found.rows)]], atol=2e-6)
    assert not found.complete or len(found.rows) == len(expected)


def test_questions_that_met_are_answered_as_those_that_came_alone() -> None:
    generator = np.random.default_rng(3)
    index = ExactIndex(4)
    index.add(np.arange(50, dtype=np.int64), unit(generator, 50))
    asked = [_Asked(index, vector, 5) for vector in unit(generator, 6)]
    apart: list[Neighbours] = [_scan_together([one])[0] for one in asked]
    for met, alone in zip(_scan_together(asked), apart, strict=True):
        assert met.keys.tolist() == alone.keys.tolist()
        np.testing.assert_allclose(met.similarities, alone.similarities, atol=1e-6)


def one_picture_an_image(n: int) -> View:
    keys = np.arange(n, dtype=np.int64)
    return View(
        sequence=1,
        image_keys=keys,
        picture_keys=keys,
        variant_keys=keys,
        all_variant_keys=keys,
        all_product_keys=keys // 2,
        columns={},
    )


class Counting(ExactIndex):
    """Notes how deep each search was."""

    def __init__(self, dimension: int) -> None:
        super().__init__(dimension)
        self.depths: list[int] = []

    def search(self, queries: Vectors, k: int, subset: Subset | None = None, *, exact: bool = False) -> Neighbours:
        self.depths.append(k)
        return super().search(queries, k, subset, exact=exact)


@pytest.mark.parametrize("colouring", [None, np.eye(32, dtype=np.float32)[0]])
@pytest.mark.parametrize("k", [1, 20, 100])
def test_a_page_takes_one_look(ranker: PictureRanker, colouring: np.ndarray | None, k: int) -> None:
    generator = np.random.default_rng(5)
    index, (asked,) = Counting(4), unit(generator, 1)
    index.add(np.arange(2_000, dtype=np.int64), unit(generator, 2_000))
    gallery = Gallery(RELEASE, index, one_picture_an_image(2_000))
    found = ranker.rank(Query(vector=asked, k=k), Look(asked, colouring), gallery)
    assert len(found.rows) > k
    assert len(index.depths) == 1


class Forgetful(ExactIndex):
    """An approximate index: of each depth it misses others, a twentieth of all; deep ones are exact."""

    exact_from: int | None = None

    @property
    def may_miss(self) -> bool:
        return True

    def search(self, queries: Vectors, k: int, subset: Subset | None = None, *, exact: bool = False) -> Neighbours:
        if k >= (len(self) if self.exact_from is None else self.exact_from):
            return super().search(queries, k, subset, exact=exact)
        near = super().search(queries, min(2 * k, len(self)), subset, exact=exact)
        kept = np.flatnonzero((near.keys[0] * 7919 + k) % 20 > 0)[:k]
        return Neighbours(near.keys[:, kept], near.similarities[:, kept], exact=False)


@pytest.mark.parametrize("exact_from", [None, 600])
@pytest.mark.parametrize("k", [10, 40, 100])
def test_pages_over_an_approximate_index_neither_repeat_nor_jump(
    ranker: PictureRanker, k: int, exact_from: int | None
) -> None:
    n = 6_000
    generator = np.random.default_rng(3)
    view = one_picture_an_image(n)
    index, (asked,) = Forgetful(4), unit(generator, 1)
    index.exact_from = exact_from
    index.add(view.picture_keys, unit(generator, n))
    gallery = Gallery(RELEASE, index, view)

    def page(k: int, offset: int) -> list[int]:
        found = ranker.rank(Query(vector=asked, k=k, offset=offset), Look(asked), gallery)
        assert np.all(np.diff(found.similarities) <= 1e-6)
        return view.product_keys[found.rows[offset : offset + k]].tolist()

    told = [product for offset in range(0, 400, k) for product in page(k, offset)]
    assert len(set(told)) == 400
    assert told == page(400, 0)
