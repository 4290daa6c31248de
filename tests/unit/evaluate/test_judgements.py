"""Metrics of many queries at once against the plainest loop, and against the libraries where definitions coincide."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.evaluate.judgements import Judgements, category_precision_at
from lookalike.evaluate.metrics import average_precision_at, ndcg_at, recall_at, reciprocal_rank_at

N_CASES = 3000
DEPTH = 30


def cases(seed: int, n: int = N_CASES) -> tuple[list[list[int]], list[dict[int, float]], list[int]]:
    """Rankings with repeats and of every length, truths that may be empty or larger than what was retrieved."""
    generator = np.random.default_rng(seed)
    retrieved, grades, cutoffs = [], [], []
    for _ in range(n):
        items = generator.integers(0, 25, generator.integers(0, DEPTH + 1)).tolist()
        retrieved.append(list(dict.fromkeys(items)) if generator.random() < 0.7 else items)
        right = generator.choice(25, generator.integers(0, 12), replace=False).tolist()
        grades.append({item: float(generator.choice([0.5, 1.0, 2.0, 3.0])) for item in right})
        cutoffs.append(int(generator.integers(1, 40)))
    return retrieved, grades, cutoffs


def without_repeats(items: list[int]) -> list[object]:
    """A repeat keeps its place but is nothing."""
    return [item if item not in items[:place] else ("again", place) for place, item in enumerate(items)]


def naive(items: list[int], grades: dict[int, float], k: int) -> dict[str, float]:
    items, r = without_repeats(items), len(grades)
    found = [item in grades for item in items]
    at_r = [sum(found[: i + 1]) / (i + 1) for i in range(min(r, len(found))) if found[i]]
    ideal = sorted(grades.values(), reverse=True)
    gain = sum(grades.get(item, 0.0) / math.log2(place + 2) for place, item in enumerate(items[:k]))
    best = sum(value / math.log2(place + 2) for place, value in enumerate(ideal[:k]))
    return {
        "recall": float(any(found[:k])),
        "coverage": sum(found[:k]) / r if r else 0.0,
        "precision": sum(found[:k]) / k,
        "average_precision": average_precision_at(items, set(grades), k),
        "average_precision_at_r": sum(at_r) / r if r else 0.0,
        "r_precision": sum(found[:r]) / r if r else 0.0,
        "reciprocal_rank": reciprocal_rank_at(items, set(grades), k),
        "ndcg": gain / best if best else 0.0,
    }


def ours(judged: Judgements, k: int) -> dict[str, np.ndarray]:
    return {
        "recall": judged.recall_at(k),
        "coverage": judged.coverage_at(k),
        "precision": judged.precision_at(k),
        "average_precision": judged.average_precision_at(k),
        "average_precision_at_r": judged.average_precision_at_r(),
        "r_precision": judged.r_precision(),
        "reciprocal_rank": judged.reciprocal_rank_at(k),
        "ndcg": judged.ndcg_at(k),
    }


def test_every_metric_equals_the_naive_loop_on_thousands_of_cases() -> None:
    retrieved, grades, cutoffs = cases(0)
    judged = Judgements.of(retrieved, grades, depth=DEPTH)
    by_cutoff = {k: ours(judged, k) for k in set(cutoffs)}
    for i, k in enumerate(cutoffs):
        for name, expected in naive(retrieved[i], grades[i], k).items():
            assert by_cutoff[k][name][i] == pytest.approx(expected, abs=1e-12), (name, k, retrieved[i], grades[i])


def test_binary_gains_give_what_the_single_query_functions_give() -> None:
    retrieved, grades, _ = cases(1, 500)
    judged = Judgements.of([without_repeats(items) for items in retrieved], [set(one) for one in grades], depth=DEPTH)
    for k in (1, 5, 10, 50):
        for values, single in (
            (judged.recall_at(k), recall_at),
            (judged.average_precision_at(k), average_precision_at),
            (judged.ndcg_at(k), ndcg_at),
            (judged.reciprocal_rank_at(k), reciprocal_rank_at),
        ):
            expected = [
                single(without_repeats(items), set(one), k) for items, one in zip(retrieved, grades, strict=True)
            ]
            np.testing.assert_allclose(values, expected, atol=1e-12)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_metrics_lie_between_zero_and_one_and_a_perfect_ranking_has_one(seed: int, k: int) -> None:
    retrieved, grades, _ = cases(seed, 20)
    judged = Judgements.of(retrieved, grades, depth=DEPTH)
    best = Judgements(judged.ideal, judged.ideal)
    for name, values in ours(judged, k).items():
        assert ((values >= 0) & (values <= 1 + 1e-12)).all(), name
    for name in ("recall", "average_precision", "average_precision_at_r", "r_precision", "reciprocal_rank", "ndcg"):
        np.testing.assert_allclose(ours(best, k)[name], (judged.n_right > 0).astype(float), err_msg=name)


def test_judging_a_ranking_of_groups_equals_judging_names() -> None:
    generator = np.random.default_rng(2)
    groups = np.array([generator.permutation(20)[:10] for _ in range(200)])
    groups[:50, 7:] = -1
    right = np.array([generator.permutation(24)[:5] for _ in range(200)])
    right[::3, 3:] = -1
    names = [[int(item) for item in row if item >= 0] for row in groups]
    truths = [{int(item) for item in row if item >= 0} for row in right]
    by_groups = ours(Judgements.of_ranking(groups, right), 6)
    by_names = ours(Judgements.of(names, truths, depth=10), 6)
    for name, values in by_groups.items():
        np.testing.assert_allclose(values, by_names[name], err_msg=name)


def test_no_queries_and_no_truths_give_nothing_and_zeros() -> None:
    assert all(len(values) == 0 for values in ours(Judgements.of([], [], depth=5), 3).values())
    assert all(values.tolist() == [0.0] for values in ours(Judgements.of([[1, 2]], [set()], depth=5), 3).values())


def test_category_precision_counts_what_is_missing_or_unknown_as_wrong() -> None:
    retrieved = np.array([[1, 1, 2, 1], [3, -1, -1, -1], [-1, 4, 4, 4]])
    found = category_precision_at(retrieved, np.array([1, 3, -1]), 4)
    naive_found = [
        sum(c == a and c >= 0 for c in row) / 4 for row, a in zip(retrieved.tolist(), [1, 3, -1], strict=True)
    ]
    assert found.tolist() == naive_found == [0.75, 0.25, 0.0]


def test_judgements_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="may count once"):
        Judgements(np.ones((1, 3)), np.ones((1, 2)))
    with pytest.raises(ValueError, match="must fall"):
        Judgements(np.zeros((1, 2)), np.array([[1.0, 2.0]]))
    with pytest.raises(ValueError, match="finite and not negative"):
        Judgements(np.array([[-1.0]]), np.array([[1.0]]))
    with pytest.raises(ValueError, match="as many queries"):
        Judgements(np.zeros((1, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="named twice"):
        Judgements.of_ranking(np.array([[1, 2]]), np.array([[1, 1]]))
    judged = Judgements.of([[1]], [{1, 2, 3}], depth=2)
    with pytest.raises(ValueError, match="3 right items, but only 2"):
        judged.r_precision()
    for metric in (judged.recall_at, judged.ndcg_at):
        with pytest.raises(ValueError, match="k must be at least 1"):
            metric(0)
