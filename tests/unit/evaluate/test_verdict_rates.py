"""Rates of verdicts against plain counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.trials import Scores, Trials
from lookalike.evaluate.verdict_rates import Labels, measure
from lookalike.search.evidence import FEATURES
from lookalike.search.rule import Thresholds


def share(said: list[bool]) -> float:
    return sum(said) / len(said) if said else 0.0


@given(st.integers(0, 10_000))
def test_rates_are_those_of_a_plain_count(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = int(generator.integers(6, 40))
    products = generator.integers(0, 5, n)
    there, gone = generator.normal(size=n), generator.normal(size=n)
    stranger = products == 4
    there[stranger] = np.nan
    right = (generator.random(n) < 0.7) & ~stranger
    evidence = np.zeros((n, len(FEATURES)))
    trials = Trials(products, np.where(stranger[:, None], np.nan, evidence), right, evidence, [None] * n, [None] * n)
    labels = Labels.empty(n)
    labels.fill(np.ones(n, dtype=bool), Scores(there, gone), Thresholds(0.5, 0.0, 5))

    measured = measure(trials, labels, Scores(there, gone))

    known = [row for row in range(n) if not stranger[row]]
    hits = [row for row in known if right[row]]
    false = [gone[row] >= 0.5 or (row in known and row not in hits and there[row] >= 0.5) for row in range(n)]
    per_product = [share([false[row] for row in range(n) if products[row] == one]) for one in np.unique(products)]
    assert measured.false_same.value == pytest.approx(np.mean(per_product))
    assert measured.absent_found.value == pytest.approx(share([gone[row] <= 0 for row in range(n)]))
    if hits:
        assert measured.recall_at_1.value == pytest.approx(len(hits) / len(known))
        assert measured.same_kept.value == pytest.approx(share([there[row] >= 0.5 for row in hits]))
    n_known = max(1, len(known))
    wrong = sum(gone >= 0.5) / n + sum(there[row] >= 0.5 for row in known if row not in hits) / n_known
    same = wrong + sum(there[row] >= 0.5 for row in hits) / n_known
    assert measured.wrong_of_same == pytest.approx(wrong / same if same else 0.0)


def test_what_is_not_sure_enough_for_same_and_too_likely_for_absent_is_neither() -> None:
    labels = Labels.empty(3)
    labels.fill(np.array([True, True, False]), Scores(np.array([0.2, 0.9]), np.zeros(2)), Thresholds(0.5, 0.1, 9))
    assert labels.same_there.tolist() == [False, True, False]
    assert labels.absent_there.tolist() == [False, False, False]
    assert labels.absent_gone.tolist() == [True, True, False]
