"""Counting over shoppers, against loops over every pair."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.search.people.log import Log, log_of
from lookalike.search.people.neighbours import SHRINKAGE, distinct, following, going_together

rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 40_000)), max_size=40)


def made(events: list[tuple[int, int, int]]) -> Log:
    return log_of((who, f"p{what}", "view", float(at), None) for who, what, at in events)


def sequences(log: Log) -> list[list[int]]:
    """Each shopper's products by when they last met them."""
    found = []
    for shopper in range(log.n_shoppers):
        products = log.product[log.shopper == shopper].tolist()
        last = {product: place for place, product in enumerate(products)}
        found.append(sorted(last, key=lambda product: last[product]))
    return found


def dense(neighbours, n: int) -> np.ndarray:
    table = np.zeros((n, n))
    for product in range(n):
        others, strengths = neighbours.row(product)
        table[product, others] = strengths
    return table


@given(rows)
@settings(max_examples=40)
def test_going_together_is_the_shrunken_cosine_over_shoppers(events: list[tuple[int, int, int]]) -> None:
    log = made(events)
    n = log.n_products
    both, own = np.zeros((n, n)), np.zeros(n)
    for products in sequences(log):
        weight = 1.0 / math.log2(1.0 + len(products)) if products else 0.0
        for one in products:
            own[one] += weight
            for other in products:
                if one != other:
                    both[one, other] += weight
    expected = np.zeros((n, n))
    for one in range(n):
        for other in range(n):
            expected[one, other] = both[one, other] / (math.sqrt(own[one] * own[other]) + SHRINKAGE)
    np.testing.assert_allclose(dense(going_together(log, n), n), expected, rtol=1e-5, atol=1e-7)


@given(rows)
@settings(max_examples=40)
def test_what_follows_counts_by_distance_and_visit(events: list[tuple[int, int, int]]) -> None:
    log = made(events)
    n = log.n_products
    sums = np.zeros((n, n))
    for shopper in range(log.n_shoppers):
        rows = np.flatnonzero(log.shopper == shopper).tolist()
        rows = [row for place, row in enumerate(rows) if not place or log.product[row] != log.product[rows[place - 1]]]
        for place, row in enumerate(rows):
            for distance in range(1, 11):
                if place + distance < len(rows) and log.product[rows[place + distance]] != log.product[row]:
                    other = rows[place + distance]
                    share = (1.0 if log.visit[other] == log.visit[row] else 0.3) / distance
                    sums[log.product[row], log.product[other]] += share
    expected = sums / (sums.sum(axis=1, keepdims=True) + 1.0)
    np.testing.assert_allclose(dense(following(log, n), n), expected, rtol=1e-5, atol=1e-7)


@given(rows, st.lists(st.tuples(st.integers(0, 5), st.floats(0.1, 2.0)), max_size=5))
@settings(max_examples=30)
def test_rows_are_gathered_as_a_weighted_sum(
    events: list[tuple[int, int, int]], asked: list[tuple[int, float]]
) -> None:
    log = made(events)
    n = log.n_products
    table = going_together(log, n)
    asked = [(product, weight) for product, weight in asked if product < n]
    products = np.asarray([product for product, _ in asked], dtype=np.int64)
    weights = np.asarray([weight for _, weight in asked], dtype=np.float64)
    expected = sum((weight * dense(table, n)[product] for product, weight in asked), np.zeros(n))
    np.testing.assert_allclose(table.gathered(products, weights, n), expected, rtol=1e-5, atol=1e-7)


def test_each_shopper_meets_each_product_once() -> None:
    log = log_of([(1, "a", "view", 1.0, None), (1, "b", "view", 2.0, None), (1, "a", "view", 3.0, None)])
    shopper, product = distinct(log)
    assert shopper.tolist() == [0, 0]
    assert [log.product_ids[one] for one in product.tolist()] == ["b", "a"]
