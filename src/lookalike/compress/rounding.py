"""Weights to small integers: the nearest, or those that together change least of what a layer gives."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int8

__all__ = ["fitted_steps", "nearest_steps", "output_error", "scales_of"]

_SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
_DAMPING = 0.01

Weights = Float64[np.ndarray, "groups rows inputs"]
Scales = Float64[np.ndarray, "groups rows"]
Second = Float64[np.ndarray, "groups inputs inputs"]
Steps = Int8[np.ndarray, "groups rows inputs"]


def output_error(difference: Weights, second: Second) -> Scales:
    """E[(d · x)²] of each row: how far the output moves, squared, when weights move by d.

    Args:
        difference: d, one row an output channel.
        second: E[x xᵀ] of the inputs.
    """
    return np.einsum("gri,gri->gr", np.matmul(difference, second), difference)


def nearest_steps(weights: Weights, scales: Scales, *, limit: int) -> Steps:
    """round(weights / scales), ties to even, clipped to [-limit, limit]."""
    return np.clip(np.round(weights / scales[..., None]), -limit, limit).astype(np.int8)


def scales_of(weights: Weights, second: Second, *, limit: int, per_channel: bool) -> Scales:
    """What one step is worth: the greatest weight / limit, or up to 30% less where clipping it costs less.

    Args:
        weights: of a layer.
        second: E[x xᵀ] of its inputs.
        limit: the greatest step.
        per_channel: whether each row has a scale of its own; else all have the greatest.
    """
    most = np.abs(weights).max(axis=2)
    if not per_channel:
        most = np.full_like(most, most.max())
    most = np.where(most > 0, most, 1.0) / limit
    best, least = most.copy(), np.full(most.shape, np.inf)
    for share in _SHARES if per_channel else (1.0,):
        scales = most * share
        held = nearest_steps(weights, scales, limit=limit) * scales[..., None]
        error = output_error(weights - held, second)
        better = error < least
        best, least = np.where(better, scales, best), np.where(better, error, least)
    return best


def fitted_steps(weights: Weights, scales: Scales, second: Second, *, limit: int) -> Steps:
    """Steps that change a layer's output less than the nearest ones do, and never more.

    Inputs are rounded one after the other, those that vary most first; what rounding one leaves over is made up for
    by the weights that are still free. Rows that this does not help keep their nearest steps.

    Args:
        weights: of a layer.
        scales: of each row.
        second: E[x xᵀ] of its inputs.
        limit: the greatest step.

    Reference:
        Frantar et al. 2022, "GPTQ" (arXiv 2210.17323), algorithm 1, with blocks of one and in the order of the
        diagonal; the fallback to the nearest steps is ours.
    """
    groups, _, n_inputs = weights.shape
    diagonal = np.einsum("gii->gi", second)
    order = np.argsort(-diagonal, axis=1, kind="stable")
    damping = _DAMPING * diagonal.mean(axis=1) + 1e-12
    damped = second + damping[:, None, None] * np.eye(n_inputs)
    which = np.arange(groups)[:, None]
    sorted_ = damped[which[..., None], order[:, :, None], order[:, None, :]]
    upper = np.linalg.cholesky(np.linalg.inv(sorted_)).transpose(0, 2, 1)
    left = np.take_along_axis(weights, order[:, None, :], axis=2)
    steps = np.zeros_like(left)
    for i in range(n_inputs):
        steps[..., i] = np.clip(np.round(left[..., i] / scales), -limit, limit)
        over = (left[..., i] - steps[..., i] * scales) / upper[:, None, i, i]
        left[..., i + 1 :] -= over[..., None] * upper[:, None, i, i + 1 :]
    fitted = np.empty_like(steps)
    np.put_along_axis(fitted, np.broadcast_to(order[:, None, :], fitted.shape), steps, axis=2)
    nearest = nearest_steps(weights, scales, limit=limit).astype(np.float64)
    errors = [output_error(weights - kind * scales[..., None], second) for kind in (fitted, nearest)]
    return np.where((errors[0] < errors[1])[..., None], fitted, nearest).astype(np.int8)
