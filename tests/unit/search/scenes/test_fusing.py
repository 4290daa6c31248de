"""Claims about `lookalike.search.scenes.fusing`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.scenes.fusing import fused
from lookalike.types import Hit, Hits, ImageKey, ProductId


def hits(similarities: dict[int, int]) -> Hits:
    ordered = sorted(similarities.items(), key=lambda pair: -pair[1])
    return Hits(
        tuple(Hit(ProductId(str(key)), None, "", ImageKey(key), None, value / 10, {}) for key, value in ordered)
    )


lists = st.lists(st.dictionaries(st.integers(0, 9), st.integers(-10, 10), max_size=6), min_size=1, max_size=5)


@given(lists)
def test_every_product_comes_once_with_its_best_similarity(drawn: list[dict[int, int]]):
    best = {key: max(one[key] for one in drawn if key in one) / 10 for key in {key for one in drawn for key in one}}
    found = fused([hits(one) for one in drawn], "product")
    assert {int(hit.product_id): hit.similarity for hit in found} == best


@given(st.dictionaries(st.integers(0, 9), st.integers(-10, 10), max_size=6))
def test_one_list_stays_as_it_is(drawn: dict[int, int]):
    assert fused([hits(drawn), hits({})], "product") == hits(drawn)


def test_of_equal_ones_those_of_the_whole_photograph_come_first():
    found = fused([hits({1: 5}), hits({2: 5, 3: 4})], "product")
    assert [hit.product_id for hit in found] == ["1", "2", "3"]
