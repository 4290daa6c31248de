"""Claims about `lookalike.train.propagation`: labels go where pictures are alike, and to nobody else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")

from lookalike.train import propagation
from lookalike.train.propagation import guessed, propagated
from lookalike.train.rest import RestConfig

pytestmark = [pytest.mark.torch]


def crowd(sizes: list[int], *, seed: int = 0, spread: float = 0.15, d: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows around as many directions as there are sizes, and the number of each row's direction."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes).astype(np.int64)
    centres = np.linalg.qr(generator.normal(size=(d, d)))[0][: len(sizes)]
    rows = centres[labels] + generator.normal(size=(len(labels), d)) * spread
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


def solved(vectors: np.ndarray, labels: np.ndarray, neighbours: int, spread: float) -> np.ndarray:
    """What reaches each row of each label, by the whole matrix: Zhou et al. 2004, equation 4."""
    n = len(vectors)
    weights = np.zeros((n, n))
    for row in range(n):
        similar = vectors[row].astype(np.float64) @ vectors.T
        similar[row] = -np.inf
        for other in np.argsort(-similar)[:neighbours]:
            weight = max(similar[other], 0.0) ** 3
            weights[row, other] = weights[other, row] = max(weight, weights[row, other])
    root = 1 / np.sqrt(weights.sum(axis=1))
    begun = np.zeros((n, labels.max() + 1))
    for label in np.unique(labels[labels >= 0]):
        begun[labels == label, label] = 1 / (labels == label).sum()
    return np.linalg.solve(np.eye(n) - spread * root[:, None] * weights * root, begun)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16), neighbours=st.integers(2, 12), spread=st.floats(0.2, 0.95))
def test_what_reaches_a_picture_is_what_the_whole_matrix_gives(seed: int, neighbours: int, spread: float) -> None:
    vectors, shown = crowd([7, 9, 4, 12], seed=seed, spread=0.3)
    labels = np.where(np.random.default_rng(seed).random(len(shown)) < 0.4, shown, -1)
    labels[0] = shown[0]
    expected = solved(vectors, labels, neighbours, spread)
    found, share, heard = propagated(vectors, labels, neighbours=neighbours, spread=spread)
    total = expected.sum(axis=1)
    assert np.allclose(heard, total, rtol=5e-3, atol=2e-3)
    clear = total > 0.05
    assert np.allclose(share[clear], expected.max(axis=1)[clear] / total[clear], atol=0.02)
    ordered = np.sort(expected, axis=1)
    apart = clear & (ordered[:, -1] - ordered[:, -2] > 0.01)
    assert (found[apart] == expected.argmax(axis=1)[apart]).all()


def test_labels_in_several_parts_are_labels_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, shown = crowd([6] * 9, spread=0.25)
    labels = np.where(np.arange(len(shown)) % 3 == 0, shown * 5, -1)
    whole = propagated(vectors, labels, neighbours=5, spread=0.8)
    monkeypatch.setattr(propagation, "_VALUES_AT_ONCE", 2 * len(shown))
    for one, other in zip(whole, propagated(vectors, labels, neighbours=5, spread=0.8), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_one_labelled_picture_of_each_says_what_the_others_show() -> None:
    vectors, shown = crowd([30] * 8)
    labels = np.where(np.arange(len(shown)) % 30 == 0, shown, -1)
    found = guessed(vectors, labels, RestConfig())
    assert (found[labels >= 0] == -1).all()  # what is said is not guessed
    sure = found >= 0
    assert sure.sum() > 0.8 * (labels < 0).sum()
    assert (found[sure] == shown[sure]).mean() > 0.99


@pytest.mark.parametrize("n_strangers", [1, 6])
def test_strangers_are_not_taken_for_products_although_some_join_one_alone(n_strangers: int) -> None:
    vectors, shown = crowd([30] * 8 + [40] * n_strangers)
    labels = np.where((np.arange(len(shown)) % 30 == 0) & (shown < 8), shown, -1)
    found = guessed(vectors, labels, RestConfig())
    of_shop, strangers = (labels < 0) & (shown < 8), shown >= 8
    assert (found[strangers] >= 0).mean() < 0.03
    assert (found[of_shop] >= 0).mean() > 0.8


def test_what_lies_between_two_products_is_left_out() -> None:
    vectors, shown = crowd([12, 12], spread=0.02)
    between = (vectors[:12] + vectors[12:]) / np.linalg.norm(vectors[:12] + vectors[12:], axis=1, keepdims=True)
    labels = np.concatenate([shown, np.full(12, -1)])
    config = RestConfig(certainty=0.8)
    assert (guessed(np.concatenate([vectors, between]), labels, config) == -1).all()


@pytest.mark.parametrize("labels", [[-1, -1, -1], [0, -1, -1]])
def test_without_labels_or_without_likeness_nothing_is_guessed(labels: list[int]) -> None:
    rows = np.eye(3, dtype=np.float32)
    assert (guessed(rows, np.array(labels), RestConfig()) == -1).all()


@pytest.mark.parametrize("wrong", [{"neighbours": 0}, {"spread": 1.0}, {"spread": 0.0}, {"certainty": 1.1}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RestConfig(**wrong)
