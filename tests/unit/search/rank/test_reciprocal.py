"""k-reciprocal re-ranking against the paper's sets, as plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.rank.pool import Pool
from lookalike.search.rank.reciprocal import KReciprocal
from pools import pool_of, pools


def _naive(pool: Pool, k: int, n_averaged: int, weight: float) -> list[float]:
    members = [pool.query.astype(np.float64).tolist(), *pool.vectors.astype(np.float64).tolist()]
    m = len(members)
    alike = [[sum(x * y for x, y in zip(a, b, strict=True)) for b in members] for a in members]
    nearest = [
        [i, *sorted((j for j in range(m) if j != i), key=lambda j, i=i: (-round(alike[i][j], 9), j))] for i in range(m)
    ]

    def mutual(i: int, within: int) -> set[int]:
        return {j for j in nearest[i][: within + 1] if i in nearest[j][: within + 1]}

    half = max(1, round(k / 2))
    encoded: list[list[float]] = []
    for i in range(m):
        own = mutual(i, k)
        whole = set(own)
        for j in own:
            others = mutual(j, half)
            if 3 * len(own & others) >= 2 * len(others):
                whole |= others
        row = [math.exp(min(2 * alike[i][j] - 2, 0.0)) if j in whole else 0.0 for j in range(m)]
        encoded.append([value / sum(row) for value in row])
    if n_averaged > 1:
        encoded = [
            [
                sum(encoded[j][column] for j in nearest[i][:n_averaged]) / len(nearest[i][:n_averaged])
                for column in range(m)
            ]
            for i in range(m)
        ]
    scores: list[float] = []
    for i in range(1, m):
        least = sum(min(a, b) for a, b in zip(encoded[0], encoded[i], strict=True))
        most = sum(max(a, b) for a, b in zip(encoded[0], encoded[i], strict=True))
        scores.append((1 - weight) * least / most + weight * alike[0][i])
    return scores


@given(pools(), st.integers(1, 8), st.integers(1, 4), st.sampled_from([0.0, 0.3, 1.0]))
def test_scores_are_what_the_papers_sets_say(pool: Pool, k: int, n_averaged: int, weight: float) -> None:
    expected = _naive(pool, k, n_averaged, weight)
    np.testing.assert_allclose(KReciprocal(k, n_averaged, weight).rescore(pool), expected, atol=1e-9)


def test_with_all_the_weight_on_similarity_nothing_moves() -> None:
    pool = pool_of(3, 12)
    np.testing.assert_allclose(KReciprocal(weight=1.0).rescore(pool), pool.similarities, atol=1e-6)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"n_averaged": 0}, {"weight": 1.5}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        KReciprocal(**wrong)
