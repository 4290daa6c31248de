"""Weights to steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("onnx")

from lookalike.compress.rounding import fitted_steps, nearest_steps, output_error, scales_of


def layer(seed: int, *, groups: int = 2, rows: int = 3, inputs: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Weights, and the second moment of inputs that go together."""
    random = np.random.default_rng(seed)
    seen = random.normal(size=(groups, 40, inputs)) @ random.normal(size=(groups, inputs, inputs))
    return random.normal(size=(groups, rows, inputs)), np.matmul(seen.transpose(0, 2, 1), seen) / 40


def one_row_by_elimination(weights: np.ndarray, scale: float, second: np.ndarray, limit: int) -> np.ndarray:
    """The same choice, weight by weight, with the inverse of what is still free found anew each time."""
    n = len(weights)
    order = np.argsort(-np.diag(second), kind="stable")
    damped = second + (0.01 * np.diag(second).mean() + 1e-12) * np.eye(n)
    left, steps = weights.copy(), np.zeros(n)
    for place, i in enumerate(order):
        free = order[place:]
        inverse = np.linalg.inv(damped[np.ix_(free, free)])
        steps[i] = min(max(round(left[i] / scale), -limit), limit)
        over = (left[i] - steps[i] * scale) / inverse[0, 0]
        for column, j in enumerate(free):
            if j != i:
                left[j] -= over * inverse[0, column]
    return steps


@given(st.integers(0, 10_000))
def test_fitted_steps_are_those_of_plain_elimination_where_they_are_better(seed: int) -> None:
    weights, second = layer(seed)
    scales = np.abs(weights).max(axis=2) / 7
    steps = fitted_steps(weights, scales, second, limit=7)
    nearest = nearest_steps(weights, scales, limit=7)
    for group in range(2):
        for row in range(3):
            expected = one_row_by_elimination(weights[group, row], scales[group, row], second[group], 7)
            found = steps[group, row]
            assert np.array_equal(found, expected) or np.array_equal(found, nearest[group, row])


@given(st.integers(0, 10_000))
def test_fitted_steps_never_move_the_output_more_than_nearest_ones(seed: int) -> None:
    weights, second = layer(seed)
    scales = np.abs(weights).max(axis=2) / 7
    errors = [
        output_error(weights - make * scales[..., None], second)
        for make in (
            fitted_steps(weights, scales, second, limit=7).astype(np.float64),
            nearest_steps(weights, scales, limit=7).astype(np.float64),
        )
    ]
    assert (errors[0] <= errors[1] + 1e-9).all()


def test_fitting_helps_on_inputs_that_go_together() -> None:
    weights, second = layer(1, groups=1, rows=30, inputs=20)
    scales = np.abs(weights).max(axis=2) / 7
    fitted = output_error(weights - fitted_steps(weights, scales, second, limit=7) * scales[..., None], second)
    nearest = output_error(weights - nearest_steps(weights, scales, limit=7) * scales[..., None], second)
    assert fitted.sum() < 0.7 * nearest.sum()


def test_inputs_that_have_nothing_to_do_with_each_other_are_rounded_to_the_nearest() -> None:
    weights, _ = layer(4)
    second = np.stack([np.diag([1.0, 2.0, 3.0, 4.0, 5.0])] * 2)
    scales = np.abs(weights).max(axis=2) / 63
    assert np.array_equal(fitted_steps(weights, scales, second, limit=63), nearest_steps(weights, scales, limit=63))


def test_the_error_is_the_mean_square_of_what_the_output_moves() -> None:
    random = np.random.default_rng(0)
    seen, difference = random.normal(size=(50, 4)), random.normal(size=(1, 2, 4))
    second = (seen.T @ seen / 50)[None]
    expected = [np.mean([float(np.dot(row, one)) ** 2 for one in seen]) for row in difference[0]]
    assert output_error(difference, second)[0] == pytest.approx(expected)


def test_a_layer_of_zeros_has_a_scale() -> None:
    scales = scales_of(np.zeros((1, 2, 3)), np.eye(3)[None], limit=63, per_channel=True)
    assert (scales > 0).all()


def test_one_scale_for_all_channels_is_the_greatest() -> None:
    weights, second = layer(2)
    scales = scales_of(weights, second, limit=63, per_channel=False)
    assert np.allclose(scales, np.abs(weights).max() / 63)
    assert (scales_of(weights, second, limit=63, per_channel=True) <= scales + 1e-12).all()
