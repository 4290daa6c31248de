"""Claims about `lookalike.search.ranked`: rows find their places, and what a picture found comes back by cosine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.judge import Seen
from lookalike.search.rank.arranging import Told
from lookalike.search.ranked import Pictures, Ranked
from lookalike.types import Hit, ImageKey, ProductId


def pictures(rows: list[int], similarities: list[float]) -> Pictures:
    return Pictures(np.asarray(rows, np.int64), np.asarray(similarities, np.float32), {})


def ranked(rows: list[int], similarities: list[float]) -> Ranked:
    held = pictures(rows, similarities)
    return Ranked(held.rows, held.similarities, exact=True, complete=True, seen=None, pictures=held)


@given(st.lists(st.integers(0, 30), unique=True, max_size=12), st.lists(st.integers(0, 30), max_size=12))
def test_each_row_is_told_where_it_stands(rows: list[int], asked: list[int]) -> None:
    found = pictures(rows, [0.5] * len(rows)).at(np.asarray(asked, dtype=np.int64))
    assert found.tolist() == [rows.index(row) if row in rows else -1 for row in asked]


def test_what_colours_add_is_told_beside_the_cosines_of_what_is_still_there() -> None:
    seen = Seen(np.array([7, 3, 9], np.int64), np.array([0.9, 0.8, 0.7], np.float32), complete=False)
    rows, cosines, extra = replace(ranked([3, 7], [0.85, 0.75]), seen=seen).by_cosine()
    assert rows.tolist() == [7, 3]
    np.testing.assert_allclose(cosines, [0.9, 0.8])
    np.testing.assert_allclose(extra, [-0.15, 0.05], atol=1e-6)


def test_hits_tell_scores_and_rules_only_where_something_moved_them() -> None:
    hits = {place: Hit(ProductId(f"p{place}"), None, "x.jpg", ImageKey(place), None, 0.5, {}) for place in (0, 2)}
    found = ranked([4, 5, 6, 7], [0.9, 0.8, 0.7, 0.6])
    page = slice(1, 4)
    assert [hit.score for hit in found.hits(hits, page, "product")] == [None, None]
    scores = np.array([9.0, 8.0, 7.0, 6.0])
    moved = replace(found, told=Told(by="score"), scores=scores, rules=((), ("pin",), (), ("bury",)))
    told = moved.hits(hits, page, "product")
    assert [(hit.score, hit.rules) for hit in told] == [(8.0, ("pin",)), (6.0, ("bury",))]
