"""Pairs for training, against a loop over visits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import InvalidConfiguration
from lookalike.search.people.pairs import Act, Pair, PairOptions, mutual_pairs, pairs_of, propensity

acts = st.lists(
    st.builds(
        Act,
        visit=st.integers(0, 3),
        product_id=st.sampled_from("abcde"),
        kind=st.sampled_from(["view", "like", "cart", "purchase"]),
        position=st.none() | st.integers(1, 40),
    ),
    max_size=20,
).map(lambda given: sorted(given, key=lambda act: act.visit))


@given(acts, st.integers(1, 3), st.floats(0.0, 2.0))
def test_weights_are_products_of_what_was_done_over_the_chance_to_see_it(given_acts, apart: int, eta: float) -> None:
    options = PairOptions(eta=eta, apart=apart)
    expected: dict[tuple[str, str], float] = {}
    for visit in {act.visit for act in given_acts}:
        own: dict[str, float] = {}
        for act in given_acts:
            if act.visit == visit:
                chance = 1.0 if act.position is None else max(0.05, act.position**-eta)
                weight = {"view": 1.0, "like": 2.0, "cart": 2.0, "purchase": 3.0}[act.kind] / chance
                own[act.product_id] = max(own.get(act.product_id, 0.0), weight)
        names = list(own)
        for i, one in enumerate(names):
            for j, other in enumerate(names):
                if i < j <= i + apart:
                    key = (min(one, other), max(one, other))
                    expected[key] = expected.get(key, 0.0) + own[one] * own[other]
    found = pairs_of(given_acts, options)
    assert {(pair.product_id, pair.other_id): pair.weight for pair in found} == pytest.approx(expected)
    assert [pair.weight for pair in found] == sorted((pair.weight for pair in found), reverse=True)


def test_a_click_far_down_says_more_but_not_without_bound() -> None:
    options = PairOptions()
    assert propensity(None, options) == 1.0
    assert [propensity(place, options) for place in (1, 2, 4)] == [1.0, 0.5, 0.25]
    assert propensity(1_000, options) == 0.05


def test_mutual_pairs_are_each_other_s_strongest() -> None:
    pairs = [Pair("a", "b", 3.0, 1), Pair("b", "c", 2.0, 1), Pair("c", "d", 1.0, 1), Pair("e", "f", 0.5, 1)]
    assert [(one.product_id, one.other_id) for one in mutual_pairs(pairs)] == [("a", "b"), ("e", "f")]


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="least propensity"):
        PairOptions(least_propensity=0.0)
