"""What rules do to an order, against a plain loop."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.rank.moving import boosted, moved
from lookalike.search.rank.rules import Action, ShopRule

_N = 8


_drawn = st.lists(
    st.tuples(
        st.sampled_from(["pin", "bury", "boost"]),
        st.sampled_from([-0.5, 0.1, 0.5]),
        st.integers(1, 10),
        st.sampled_from([0.0, 0.3, 2.0]),
        st.lists(st.booleans(), min_size=_N, max_size=_N),
    ),
    max_size=4,
)


def _targets(drawn: list[tuple[Action, float, int, float, list[bool]]]) -> list[tuple[ShopRule, np.ndarray]]:
    return [
        (ShopRule(f"r{number}", action, where="x = 1", by=by, position=at, within=within), np.asarray(hits))
        for number, (action, by, at, within, hits) in enumerate(drawn)
    ]


SIMILARITIES = np.linspace(0.9, 0.2, _N).astype(np.float32)


def _naive(targets: list[tuple[ShopRule, np.ndarray]]) -> list[int]:
    near = {
        rule.name: [i for i in range(_N) if hits[i] and SIMILARITIES[i] >= 0.9 - rule.within - 1e-6]
        for rule, hits in targets
    }
    buried = {i for rule, hits in targets if rule.action == "bury" for i in range(_N) if hits[i]}
    line = [i for i in range(_N) if i not in buried] + [i for i in range(_N) if i in buried]
    wanted: list[tuple[int, int]] = []
    pinned: set[int] = set()
    for rule, _ in targets:
        if rule.action == "pin":
            new = [i for i in near[rule.name] if i not in pinned]
            wanted += [(rule.position - 1 + step, i) for step, i in enumerate(new)]
            pinned |= set(new)
    slots: list[int] = [i for i in line if i not in pinned]
    free = 0
    for place, i in sorted(wanted, key=lambda one: one[0]):
        free = max(place, free)
        slots.insert(free, i)
        free += 1
    return slots


@given(_drawn)
def test_the_order_is_what_a_loop_says_and_no_hit_is_lost(
    drawn: list[tuple[Action, float, int, float, list[bool]]],
) -> None:
    targets = _targets(drawn)
    done = moved(np.arange(_N), SIMILARITIES, targets)
    assert done.order.tolist() == _naive(targets)
    assert sorted(done.order.tolist()) == list(range(_N))


def test_two_pins_of_one_place_follow_each_other() -> None:
    third, fifth = np.zeros(_N, bool), np.zeros(_N, bool)
    third[3], fifth[5] = True, True
    first, second = (ShopRule(name, "pin", where="x = 1", within=2.0) for name in ("a", "b"))
    done = moved(np.arange(_N), SIMILARITIES, [(first, third), (second, fifth)])
    assert done.order.tolist()[:3] == [3, 5, 0]
    assert done.rules[3] == ("a",)
    assert done.rules[5] == ("b",)


def test_a_boost_reaches_no_further_than_it_says() -> None:
    everything = np.ones(_N, bool)
    rule = ShopRule("a", "boost", where="x = 1", by=0.5, within=0.2)
    raised = boosted(SIMILARITIES.astype(np.float64), SIMILARITIES, [(rule, everything)])
    assert (raised - SIMILARITIES > 0.4).tolist() == [True, True, True] + [False] * 5


def test_no_hits_have_an_order_too() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    rule = ShopRule("a", "pin", where="x = 1")
    assert len(moved(nothing, nothing.astype(np.float32), [(rule, nothing.astype(bool))]).order) == 0
