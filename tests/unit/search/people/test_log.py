"""Events in columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.people.history import history_of
from lookalike.search.people.log import PAUSE_SECONDS, log_of
from lookalike.search.people.mixing import targets_after
from lookalike.search.people.popularity import popularity

rows = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("abcd"), st.sampled_from(["view", "cart"]), st.integers(0, 9)),
    max_size=25,
)


@given(rows, st.randoms())
def test_the_order_in_which_events_are_read_changes_nothing_but_ties(given_rows, chance) -> None:
    unique = list({(who, what, kind, float(at)): None for who, what, kind, at in given_rows})
    mixed = list(unique)
    chance.shuffle(mixed)
    one = log_of((who, what, kind, at, None) for who, what, kind, at in unique)
    other = log_of((who, what, kind, at, None) for who, what, kind, at in mixed)
    assert sorted(one.at.tolist()) == sorted(other.at.tolist())
    assert len(one) == len(other) == len(unique)
    assert bool(np.all(np.diff(one.shopper) >= 0))


@given(rows)
def test_the_same_event_twice_counts_once(given_rows) -> None:
    once = log_of((who, what, kind, float(at), None) for who, what, kind, at in given_rows)
    twice = log_of((who, what, kind, float(at), None) for who, what, kind, at in [*given_rows, *given_rows])
    assert len(once) == len(twice) == len(set(given_rows))


def test_a_visit_ends_with_the_session_or_with_a_pause() -> None:
    log = log_of(
        [
            (1, "a", "view", 0.0, None),
            (1, "b", "view", PAUSE_SECONDS, None),
            (1, "c", "view", 2 * PAUSE_SECONDS + 1.0, None),
            (2, "a", "view", 0.0, "x"),
            (2, "b", "view", 9 * PAUSE_SECONDS, "x"),
            (2, "c", "view", 9 * PAUSE_SECONDS + 1, "y"),
        ]
    )
    assert log.visit.tolist() == [0, 0, 1, 2, 2, 3]
    assert history_of(log, 0, 3).now.tolist() == [False, False, True]


def test_a_target_is_the_last_new_product_and_knows_only_what_came_before() -> None:
    log = log_of(
        [
            (1, "a", "view", 1.0, None),
            (1, "b", "view", 5.0, None),
            (1, "c", "view", 6.0, None),
            (1, "a", "view", 7.0, None),
        ]
    )
    (target,) = targets_after(log, 4.0)
    assert log.product_ids[target.product] == "c"
    assert [log.product_ids[product] for product in target.history.products.tolist()] == ["a", "b"]
    (again,) = targets_after(log, 4.0, repeats=True)
    assert log.product_ids[again.product] == "a"


@given(rows, st.sampled_from([1.0, 0.5, 1 / 8]))
def test_popularity_is_a_sum_of_decayed_weights(given_rows, share: float) -> None:
    log = log_of((who, what, kind, float(at), None) for who, what, kind, at in given_rows)
    expected = np.zeros(log.n_products)
    for row in range(len(log)):
        span = log.at.max() - log.at.min()
        decay = 1.0 if share == 1.0 or span == 0 else 2.0 ** (-(log.at.max() - log.at[row]) / (share * span))
        expected[log.product[row]] += (1.0, 2.0, 2.0, 3.0)[log.kind[row]] * decay
    assert popularity(log, log.n_products, share) == pytest.approx(expected)
