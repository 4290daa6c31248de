"""The gate refuses what is worse, overall or on a slice, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lookalike.errors import GoldenSetUnusable
from lookalike.evaluate.gate import judge
from lookalike.evaluate.golden import GoldenQuery, GoldenSet, Leakage
from lookalike.evaluate.golden.scoring import Standing

N = 200


def questions(n: int = N) -> tuple[GoldenQuery, ...]:
    return tuple(GoldenQuery("photograph", f"{i:064x}", (f"p{i // 2}",), f"p{i // 2}") for i in range(n))


def golden(queries: tuple[GoldenQuery, ...]) -> GoldenSet:
    return GoldenSet("g", "product", "q.csv", 1, "s", "f", "now", Leakage(), queries)


def standing(queries: tuple[GoldenQuery, ...], ranks: np.ndarray) -> Standing:
    return Standing(queries, ranks.astype(np.int64), 0)


TRAITS = {f"p{i}": {"category": "Mugs" if i < 20 else "Lamps"} for i in range(N // 2)}


def gate(before: np.ndarray, after: np.ndarray, n: int = N):
    queries = questions(n)
    return judge(golden(queries), ("r1", standing(queries, before)), ("r2", standing(queries, after)), TRAITS)


def test_an_equal_release_is_not_refused() -> None:
    ranks = np.random.default_rng(0).integers(0, 4, N)
    found = gate(ranks, ranks)
    assert not found.refused
    assert (found.difference.low, found.difference.high, found.p_value) == (0.0, 0.0, 1.0)


def test_a_worse_release_is_refused_and_a_better_one_is_not() -> None:
    good, bad = np.ones(N), np.where(np.arange(N) % 5 == 0, 0, 1)
    assert gate(good, bad).worse_overall
    assert gate(good, bad).refused
    assert not gate(bad, good).refused


def test_a_slice_that_gets_much_worse_is_refused_although_the_whole_gets_better() -> None:
    mugs = np.arange(N) // 2 < 20
    before = np.where(mugs, 1, 2)
    after = np.where(mugs, 3, 1)
    found = gate(before, after)
    assert found.difference.value > 0
    assert not found.worse_overall
    assert found.refused
    assert [(one.name, one.value) for one in found.slices if one.worse] == [("category", "Mugs")]
    assert "worse on category Mugs" in found.sentence()


def test_equally_good_but_different_releases_are_rarely_refused() -> None:
    generator = np.random.default_rng(2)
    refused = 0
    for _ in range(60):
        before = np.where(generator.random(N) < 0.7, 1, 0)
        after = np.where(generator.random(N) < 0.7, 1, 0)
        refused += gate(before, after).refused
    assert refused <= 10  # 7% of 60 are 4


def test_queries_of_which_the_candidate_has_no_vector_are_told() -> None:
    queries, ranks = questions(), np.ones(N, np.int64)
    after = Standing(queries, np.where(np.arange(N) < 3, 0, ranks), 0, n_no_vector=3)
    found = judge(golden(queries), ("r1", standing(queries, ranks)), ("r2", after), TRAITS)
    assert (found.live_no_vector, found.candidate_no_vector, found.n_queries) == (0, 3, N)
    assert "no vector of 3 of them" in found.sentence()


def test_only_queries_that_both_can_be_asked_count() -> None:
    queries = questions()
    before = standing(queries[:150], np.ones(150))
    after = standing(queries[20:], np.ones(N - 20))
    found = judge(golden(queries), ("r1", before), ("r2", after), {})
    assert (found.n_queries, found.n_left) == (130, 70)


def test_too_few_products_say_nothing() -> None:
    with pytest.raises(GoldenSetUnusable, match="9 different products"):
        gate(np.ones(18), np.ones(18), 18)


def test_the_whole_is_json() -> None:
    document = gate(np.ones(N), np.ones(N)).as_dict()
    assert json.loads(json.dumps(document, allow_nan=False))["refused"] is False


def test_a_query_with_several_answers_counts_in_the_slice_of_the_first_of_them() -> None:
    queries = tuple(
        GoldenQuery("photograph", f"{i:064x}", (f"p{i // 2}", f"q{i // 2}"), f"p{i // 2}|q{i // 2}") for i in range(N)
    )
    mugs = np.arange(N) // 2 < 20
    before, after = np.where(mugs, 1, 2), np.where(mugs, 3, 1)
    found = judge(golden(queries), ("r1", standing(queries, before)), ("r2", standing(queries, after)), TRAITS)
    assert [(one.name, one.value) for one in found.slices if one.worse] == [("category", "Mugs")]


def test_colours_of_a_product_are_told_as_answers_and_stand_or_fall_together() -> None:
    colours = tuple(GoldenQuery("phone", f"{i:064x}", (f"v{i}",), f"p{i // 10}") for i in range(N))
    generator = np.random.default_rng(5)
    before = np.repeat(generator.integers(1, 3, N // 10), 10)
    after = np.repeat(generator.integers(1, 3, N // 10), 10)
    found = judge(golden(colours), ("r1", standing(colours, before)), ("r2", standing(colours, after)), {})
    alone = tuple(replace(one, cluster=one.answers[0]) for one in colours)
    apart = judge(golden(alone), ("r1", standing(alone, before)), ("r2", standing(alone, after)), {})
    assert found.n_answers == apart.n_answers == N
    assert found.difference.high - found.difference.low > 2 * (apart.difference.high - apart.difference.low)
