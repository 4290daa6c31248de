"""Claims about `lookalike.search.read_query`: what finds, and how deep."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.catalog.release import Release
from lookalike.catalog.view import View
from lookalike.index.exact import ExactIndex
from lookalike.search.gallery import Gallery
from lookalike.search.query import Query
from lookalike.search.query_encoder import Look
from lookalike.search.rank.arranging import Plan
from lookalike.search.rank.ranking import Ranking
from lookalike.search.read_query import ReadQuery
from lookalike.search.words.understanding import Condition, Reading
from lookalike.types import ReleaseId

NOTHING = np.empty(0, np.int64)
GALLERY = Gallery(
    Release(ReleaseId("r1"), 1, "abc", "tiny", 3, {}, "ready", "2026-01-01T00:00:00+00:00"),
    ExactIndex(3),
    View(
        sequence=1,
        image_keys=NOTHING,
        picture_keys=NOTHING,
        variant_keys=NOTHING,
        all_variant_keys=NOTHING,
        all_product_keys=NOTHING,
        columns={},
    ),
)
SEEN = Look(np.array([1, 0, 0], np.float32), np.array([0, 1], np.float32))
CHEAP = Condition("cheap", "price", "<", (20.0,))


def question(
    reading: Reading | None, look: Look | None, depth: int | None = None, offset: int = 14, sort: str | None = None
) -> ReadQuery:
    query = Query(vector=SEEN.vector, k=7, offset=offset)
    return ReadQuery(query, reading, None, Plan(Ranking(sort=sort), depth=depth), look, GALLERY)


@pytest.mark.parametrize(
    ("reading", "look", "words"),
    [
        (None, SEEN, None),
        (Reading((CHEAP,)), SEEN, None),
        (Reading((CHEAP,), "shoe"), SEEN, "shoe"),
        (Reading((), "shoe"), None, "shoe"),
        (Reading((CHEAP,)), None, ""),  # a condition alone: everything that meets it, without a picture to sort it by
    ],
)
def test_words_find_where_some_are_left_or_there_is_no_picture(
    reading: Reading | None, look: Look | None, words: str | None
) -> None:
    assert question(reading, look).words == words


def test_an_order_of_its_own_is_made_of_the_same_hits_whatever_page_is_asked_for() -> None:
    plain = question(None, SEEN)
    assert plain.deep is plain.query
    deep = question(None, SEEN, depth=200).deep
    assert (deep.k, deep.offset, deep.vector is SEEN.vector) == (200, 0, True)


@pytest.mark.parametrize("look", [SEEN, None])
def test_words_are_looked_for_as_deep_as_a_page_behind_an_order_of_its_own(look: Look | None) -> None:
    words = Reading((), "shoe")
    deep = question(words, look, depth=200, offset=400).deep
    assert (deep.k, deep.offset) == (7, 400)
    near = question(words, look, depth=200).deep
    assert (near.k, near.offset) == (200, 0)
    # Sorted are the same hits on every page, and no others follow.
    of_all = question(words, look, depth=200, offset=400, sort="price").deep
    assert (of_all.k, of_all.offset) == (200, 0)
