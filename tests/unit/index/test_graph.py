"""When the graph is used, what it may miss, and that it never stands in the way."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np

from lookalike.index import ExactIndex, GraphIndex, GraphPolicy, Subset

POLICY = GraphPolicy(smallest=500, breadth=64, filtered_breadth=64, rows_per_candidate=1, longest_tail=100)
INLINE = replace(POLICY, background=False)


def draw(n: int, dimension: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((n, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def filled(n: int, policy: GraphPolicy = INLINE, dimension: int = 12) -> tuple[GraphIndex, ExactIndex]:
    index, oracle = GraphIndex(dimension, policy), ExactIndex(dimension)
    for one in (index, oracle):
        one.add(np.arange(n), draw(n, dimension, seed=1))
    return index, oracle


def recall(index: GraphIndex, oracle: ExactIndex, subset: Subset | None = None) -> float:
    queries = draw(50, index.dimension, seed=2)
    found, truth = index.search(queries, 10, subset).keys, oracle.search(queries, 10, subset).keys
    return float(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, truth, strict=True)]))


def test_below_the_smallest_size_every_answer_is_exact():
    index, _ = filled(499)
    assert index.covered == 0
    assert not index.may_miss
    assert index.search(draw(1, 12, seed=2), 10).exact


def test_above_it_the_graph_answers_and_says_so():
    index, oracle = filled(1500)
    assert index.covered == 1
    assert index.may_miss
    found = index.search(draw(1, 12, seed=2), 10)
    assert not found.exact
    assert recall(index, oracle) >= 0.95
    assert index.search(draw(1, 12, seed=2), 10, exact=True).exact


def test_few_survivors_are_scanned_and_many_are_nearly_all_found():
    index, oracle = filled(1500)
    few, many = Subset(np.arange(0, 1500, 100)), Subset(np.arange(0, 1500, 2))
    assert index.search(draw(1, 12, seed=2), 10, few).exact
    assert not index.search(draw(1, 12, seed=2), 10, many).exact
    assert recall(index, oracle, few) == 1
    assert recall(index, oracle, many) >= 0.95


def test_a_filter_against_the_query_is_scanned_after_all():
    """The survivors are the half of the vectors that is farthest from the query: the graph finds none of them."""
    index, oracle = filled(1500)
    query = draw(1, 12, seed=2)
    far = oracle.search(query, 1500).keys[0, 750:]
    subset = Subset(np.sort(far))
    found, truth = index.search(query, 10, subset), oracle.search(query, 10, subset)
    assert found.exact
    np.testing.assert_array_equal(found.keys, truth.keys)


def test_of_a_batch_only_the_unsure_are_scanned_and_the_answer_is_not_called_exact():
    index, oracle = filled(1500)
    against = draw(1, 12, seed=2)
    subset = Subset(np.sort(oracle.search(against, 1500).keys[0, 750:]))
    queries = np.concatenate((against, -against))
    found, truth = index.search(queries, 10, subset), oracle.search(queries, 10, subset)
    assert not found.exact
    np.testing.assert_array_equal(found.keys[0], truth.keys[0])


def test_rows_outside_the_graph_are_found_at_once():
    index, oracle = filled(1500)
    fresh = draw(90, 12, seed=3)
    for one in (index, oracle):
        one.add(np.arange(5000, 5090), fresh)
    assert index.covered < 1
    found = index.search(fresh, 1)
    assert found.keys[:, 0].tolist() == list(range(5000, 5090))
    subset = Subset(np.arange(1, 5090, 2))
    assert index.search(fresh[1::2], 1, subset).keys[:, 0].tolist() == list(range(5001, 5090, 2))
    index.settle()
    assert index.covered == 1
    assert index.search(fresh, 1).keys[:, 0].tolist() == list(range(5000, 5090))


def test_a_graph_of_mostly_dead_nodes_is_built_afresh():
    index, oracle = filled(1500)
    for one in (index, oracle):
        one.remove(np.arange(0, 700))
    _, coverage = index.seen()
    assert coverage is not None
    assert len(coverage.graph) == 800
    assert recall(index, oracle) >= 0.95


def test_renumbering_keeps_the_graph_right():
    index, oracle = filled(4200)
    _, before = index.seen()
    for one in (index, oracle):
        one.remove(np.arange(0, 1200))
        one.add(np.arange(9000, 9050), draw(50, 12, seed=4))
    rows, after = index.seen()
    assert rows.epoch == 1
    assert before is not None
    assert after is not None
    assert after.graph is before.graph
    assert recall(index, oracle) >= 0.95


def test_pages_deeper_than_the_graph_pays_for_are_scanned():
    index, oracle = filled(1500)
    query = draw(1, 12, seed=2)
    found = index.search(query, 1400)
    assert found.exact
    np.testing.assert_array_equal(found.keys, oracle.search(query, 1400).keys)


def test_searches_go_on_while_the_graph_is_built():
    index, oracle = filled(900, POLICY)
    query = draw(1, 12, seed=2)
    deadline = time.monotonic() + 120
    while index.covered < 0.8 and time.monotonic() < deadline:
        found = index.search(query, 10)
        if found.exact:
            np.testing.assert_array_equal(found.keys, oracle.search(query, 10).keys)
    assert index.covered >= 0.8
    index.close()


def test_closing_stops_the_builder_and_leaves_the_index_searchable():
    index, _ = filled(3000, POLICY)
    index.close()
    assert not any(thread.name == "lookalike-graph" for thread in threading.enumerate())
    assert index.search(draw(1, 12, seed=2), 10).keys.min() >= 0
    index.settle()


def test_a_graph_of_when_there_were_more_is_not_asked_any_more():
    index, oracle = filled(600)
    assert not index.search(draw(1, 12, seed=2), 3).exact
    index.remove(np.arange(101))
    oracle.remove(np.arange(101))
    assert index.covered > 0
    assert not index.may_miss
    found = index.search(draw(1, 12, seed=2), 3)
    assert found.exact
    assert index.search(draw(1, 12, seed=2), 3, Subset(np.arange(600))).exact
    np.testing.assert_array_equal(found.keys, oracle.search(draw(1, 12, seed=2), 3).keys)
