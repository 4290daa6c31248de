"""Claims about `lookalike.evaluate.order_choice`: a method is switched on where it helps, beyond chance, in time."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.evaluate.order_choice import LEAST_ANSWERS, METRIC, Choice, Scores, choose, scores_of

N, PER_CLUSTER = 200, 4
CLUSTERS = [str(number // PER_CLUSTER) for number in range(N)]


def scores(values: np.ndarray, first: np.ndarray | None = None, milliseconds: float = 5.0) -> Scores:
    return Scores({METRIC: values, "recall@1": values if first is None else first}, np.full(len(values), milliseconds))


def plain(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 0.7, N)


def chosen(**methods: Scores) -> Choice:
    return choose({"off": scores(plain()), **methods}, CLUSTERS)


def test_the_method_that_gains_most_is_chosen() -> None:
    better = plain() + np.random.default_rng(2).normal(0.03, 0.05, N)
    best = plain() + np.random.default_rng(3).normal(0.08, 0.05, N)
    found = chosen(some=scores(better), most=scores(best))
    assert found.chosen == "most"
    assert all(effect.helps for effect in found.effects)
    assert found.effect()["value"] == pytest.approx(float((best - plain()).mean()), abs=1e-6)
    assert found.n_answers == N // PER_CLUSTER


@pytest.mark.parametrize("change", [0.0, -0.05])
def test_what_changes_nothing_or_hurts_is_not_chosen(change: float) -> None:
    found = chosen(method=scores(plain() + change))
    assert (found.chosen, found.effect()["value"], found.milliseconds()) == ("off", 0.0, 0.0)


def test_a_sure_gain_too_small_to_be_worth_it_is_not_chosen() -> None:
    found = chosen(method=scores(plain() + 0.004))
    assert found.effects[0].differences[METRIC].low > 0
    assert found.chosen == "off"


def test_a_gain_bought_with_the_first_hit_is_not_chosen() -> None:
    found = chosen(method=scores(plain() + 0.1, first=plain() - 0.01))
    assert found.chosen == "off"


def test_what_helps_but_takes_too_long_is_named_and_not_chosen() -> None:
    slow = scores(plain() + 0.1, milliseconds=26.0)
    found = chosen(method=slow)
    assert found.chosen == "off"
    assert found.reason == "only method helps, and takes more than 25 ms a question"
    assert choose({"off": scores(plain()), "method": slow}, CLUSTERS, slowest=30.0).chosen == "method"


def test_too_few_different_answers_choose_nothing() -> None:
    few = [str(number % (LEAST_ANSWERS - 1)) for number in range(N)]
    found = choose({"off": scores(plain()), "method": scores(plain() + 0.1)}, few)
    assert found.chosen == "off"
    assert "9 different answers" in found.reason


def test_of_many_methods_that_do_nothing_hardly_ever_one_is_chosen() -> None:
    switched_on = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        off = generator.uniform(0, 1, 40)
        tried = {f"m{number}": scores(np.clip(off + generator.normal(0, 0.1, 40), 0, 1)) for number in range(6)}
        clusters = [str(number // 2) for number in range(40)]
        switched_on += choose({"off": scores(off), **tried}, clusters).chosen != "off"
    # Without the correction for six methods about one in eight would be.
    assert switched_on <= 5


def test_metrics_of_an_order_are_those_of_its_first_ten() -> None:
    found = scores_of([["a", "b"], ["x", *"cdefghijk", "y"]], [["b"], ["y"]])
    assert found.metrics["recall@1"].tolist() == [0.0, 0.0]
    assert found.metrics["recall@10"].tolist() == [1.0, 0.0]
    assert found.metrics["map@10"].tolist() == [0.5, 0.0]


def test_precision_cannot_be_more_than_the_right_answers_allow() -> None:
    found = scores_of([["a"], ["b"], ["c", "d"]], [["a"], ["b"], ["c", "d"]]).means(range(3))
    assert found["precision@10"].high <= 0.2
    alone = scores_of([["a"], ["b"], ["c"]], [["a"], ["b"], ["c"]]).means(range(3))["precision@10"]
    assert alone.value == alone.high == pytest.approx(0.1)
    assert 0.0 < alone.low < 0.1
