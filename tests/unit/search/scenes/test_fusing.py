"""Claims about `lookalike.search.scenes.fusing`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.scenes.fusing import STEP, fused
from lookalike.types import Hit, Hits, ImageKey, ProductId


def hits(similarities: dict[int, int]) -> Hits:
    ordered = sorted(similarities.items(), key=lambda pair: -pair[1])
    return Hits(
        tuple(Hit(ProductId(str(key)), None, "", ImageKey(key), None, value / 10, {}) for key, value in ordered)
    )


def together(drawn: list[dict[int, int]], offset: int = 0, k: int = 100) -> Hits:
    return fused([hits(one) for one in drawn], "product", offset=offset, k=k)[0]


lists = st.lists(st.dictionaries(st.integers(0, 9), st.integers(-10, 10), max_size=6), min_size=1, max_size=5)


@given(lists)
def test_every_product_comes_once_with_its_best_similarity(drawn: list[dict[int, int]]):
    best = {key: max(one[key] for one in drawn if key in one) / 10 for key in {key for one in drawn for key in one}}
    assert {int(hit.product_id): hit.similarity for hit in together(drawn)} == best


@given(st.dictionaries(st.integers(0, 9), st.integers(-10, 10), max_size=6))
def test_one_list_stays_as_it_is(drawn: dict[int, int]):
    assert together([drawn, {}]) == hits(drawn)


@given(lists, st.integers(0, 12), st.integers(1, 6))
def test_a_page_holds_those_with_the_best_claims(drawn: list[dict[int, int]], offset: int, k: int):
    page, more = fused([hits(one) for one in drawn], "product", offset=offset, k=k)
    claims: dict[str, float] = {}
    for one in drawn:
        for place, hit in enumerate(hits(one)):
            claims[hit.product_id] = max(hit.similarity - STEP * place, claims.get(hit.product_id, -9.0))
    shown = sorted((claims[hit.product_id] for hit in page), reverse=True)
    assert shown == sorted(claims.values(), reverse=True)[offset : offset + k]
    assert more == (len(claims) > offset + k)


@given(lists, st.integers(1, 5))
def test_pages_hold_everything_once(drawn: list[dict[int, int]], k: int):
    seen: list[str] = []
    for offset in range(0, 50, k):
        seen += [hit.product_id for hit in together(drawn, offset, k)]
    assert sorted(seen) == sorted({str(key) for one in drawn for key in one})


@given(lists, st.integers(1, 6))
def test_lists_need_to_reach_no_further_than_the_page(drawn: list[dict[int, int]], k: int):
    whole = [hits(one) for one in drawn]
    short = [Hits(one[:k], one.by) for one in whole]
    first, second = (fused(one, "product", offset=0, k=k)[0] for one in (short, whole))
    assert {hit.product_id for hit in first} == {hit.product_id for hit in second}


def test_one_part_does_not_take_all_places():
    page = together([{}, {1: 9, 2: 9, 3: 9, 4: 9}, {5: 8}], k=4)
    assert "5" in [hit.product_id for hit in page]


def test_of_equal_ones_those_of_the_whole_photograph_come_first():
    found = together([{1: 5}, {2: 5, 3: 4}])
    assert [hit.product_id for hit in found] == ["1", "2", "3"]
