"""The weights of choices are found again."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.people.choice import fit_choice


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Choices among 12 candidates by weights 2, -1 and 0, the chosen one first."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(n, 12, 3)).astype(np.float32)
    scores = features @ np.asarray([2.0, -1.0, 0.0]) + generator.gumbel(size=(n, 12))
    for row, best in enumerate(scores.argmax(axis=1)):
        features[row, [0, best]] = features[row, [best, 0]]
    return features, np.ones((n, 12), dtype=bool)


def test_weights_of_a_known_choice_are_found() -> None:
    features, offered = drawn(2_000, 1)
    found = fit_choice(features, offered, np.ones(offered.shape, dtype=np.float32), ridge=0.1)
    assert found == pytest.approx([2.0, -1.0, 0.0], abs=0.15)


def test_candidates_that_were_not_offered_change_nothing() -> None:
    features, offered = drawn(200, 2)
    ones = np.ones((200, 15), dtype=np.float32)
    padded = np.concatenate([features, np.full((200, 3, 3), 99.0, dtype=np.float32)], axis=1)
    shown = np.concatenate([offered, np.zeros((200, 3), dtype=bool)], axis=1)
    plain = fit_choice(features, offered, ones[:, :12])
    assert fit_choice(padded, shown, ones) == pytest.approx(plain, abs=1e-6)


def test_a_few_drawn_by_chance_stand_for_all_of_them() -> None:
    features, offered = drawn(4_000, 3)
    many = np.ones((4_000, 5), dtype=np.float32)
    many *= 11 / 4
    few = fit_choice(features[:, :5], offered[:, :5], many, ridge=0.1)
    assert few == pytest.approx([2.0, -1.0, 0.0], abs=0.3)


def test_a_feature_that_never_varies_gets_no_weight() -> None:
    features, offered = drawn(100, 4)
    features[:, :, 2] = 5.0
    assert fit_choice(features, offered, np.ones(offered.shape, dtype=np.float32))[2] == 0.0
