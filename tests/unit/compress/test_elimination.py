"""Channels in the order in which they are missed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.compress.elimination import eliminate, refitted


def mixture(seed: int, *, outputs: int = 3, n: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    seen = random.normal(size=(60, n)) @ random.normal(size=(n, n)) + random.normal(size=n)
    centred = seen - seen.mean(axis=0)
    return random.normal(size=(outputs, n)), centred.T @ centred / 60, seen


def damped(covariance: np.ndarray) -> np.ndarray:
    return covariance + (0.01 * np.trace(covariance) / len(covariance) + 1e-12) * np.eye(len(covariance))


def least_error(weights: np.ndarray, covariance: np.ndarray, kept: list[int]) -> float:
    """E|y - y'|² when the kept channels are fitted as well as can be, from scratch."""
    fitted = np.zeros_like(weights)
    fitted[:, kept] = np.linalg.solve(covariance[np.ix_(kept, kept)], covariance[kept] @ weights.T).T
    difference = weights - fitted
    return float(np.trace(difference @ covariance @ difference.T))


@given(st.integers(0, 10_000))
def test_each_step_takes_what_a_search_from_scratch_would(seed: int) -> None:
    weights, covariance, _ = mixture(seed)
    found = eliminate(weights, covariance, n_gone=4)
    full, left = damped(covariance), list(range(6))
    for i, gone in enumerate(found.order.tolist()):
        errors = {j: least_error(weights, full, [k for k in left if k != j]) for j in left}
        assert errors[gone] == pytest.approx(min(errors.values()), rel=1e-5, abs=1e-9)
        assert found.errors[i] == pytest.approx(errors[gone], rel=1e-5, abs=1e-9)
        left.remove(gone)
    assert found.kept(4, 6).tolist() == sorted(left)
    assert (np.diff(found.errors) >= -1e-9).all()


def test_a_copy_of_another_channel_goes_first() -> None:
    random = np.random.default_rng(3)
    seen = random.normal(size=(400, 6))
    seen[:, 5] = seen[:, 1]
    found = eliminate(random.normal(size=(3, 6)), np.cov(seen.T), n_gone=1)
    assert int(found.order[0]) in (1, 5)


def test_keeping_all_channels_changes_nothing() -> None:
    weights, covariance, seen = mixture(1)
    bias = np.array([1.0, -2.0, 0.5])
    fitted, offset = refitted(weights, bias, covariance, seen.mean(axis=0), np.arange(6))
    assert np.allclose(fitted, weights)
    assert np.allclose(offset, bias)


def test_refitted_weights_do_better_than_those_that_were_cut() -> None:
    weights, covariance, seen = mixture(2)
    bias, kept = np.zeros(3), np.array([0, 2, 3, 5])
    wanted = seen @ weights.T
    fitted, offset = refitted(weights, bias, covariance, seen.mean(axis=0), kept)
    cut = np.square(wanted - seen[:, kept] @ weights[:, kept].T).sum()
    assert np.square(wanted - seen[:, kept] @ fitted.T - offset).sum() < 0.5 * cut


def test_all_channels_cannot_go() -> None:
    with pytest.raises(ValueError, match="0 to 5"):
        eliminate(np.ones((2, 6)), np.eye(6), n_gone=6)
