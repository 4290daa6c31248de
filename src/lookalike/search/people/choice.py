"""Which of some candidates somebody chooses: a linear model of what speaks for each, fitted by Newton's method."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64

__all__ = ["fit_choice"]

_ITERATIONS = 40
_ENOUGH = 1e-7


def fit_choice(
    features: Float32[np.ndarray, "n c f"],
    offered: Bool[np.ndarray, "n c"],
    standing_for: Float32[np.ndarray, "n c"],
    *,
    ridge: float = 5.0,
    prior: Float64[np.ndarray, " f"] | None = None,
) -> Float64[np.ndarray, " f"]:
    """The weights under which the first candidate of each row is the likeliest choice: a conditional logit.

    Args:
        features: of each candidate; the first of each row is the one that was chosen.
        offered: which candidates there were; the first always.
        standing_for: how many products each candidate stands for, above 0: 1 for itself alone, more for one drawn by
            chance from many.
        ridge: on the weights of standardised features; keeps those finite that tell choices apart completely.
        prior: weights, in the features' own units, that the ridge draws towards; 0 if not given.

    Returns:
        One weight a feature, in its own unit; a feature that never varies within a row gets 0.

    Reference:
        McFadden 1974, "Conditional logit analysis of qualitative choice behavior"; section 5 for sampled
        alternatives.
    """
    n, c, f = features.shape
    count = offered.sum(axis=1, keepdims=True)
    centred = np.where(offered[:, :, None], features, 0.0).astype(np.float64)
    centred = np.where(offered[:, :, None], centred - (centred.sum(axis=1) / count)[:, None, :], 0.0)
    spread = np.sqrt((centred**2).sum(axis=(0, 1)) / max(1.0, float(offered.sum())))
    varies = spread > 1e-9
    scaled = centred[:, :, varies] / spread[varies]
    centre = np.zeros(int(varies.sum())) if prior is None else prior[varies] * spread[varies]
    found = centre.copy()
    base = np.where(offered, np.log(np.maximum(standing_for, 1e-9)), -np.inf).astype(np.float64)
    value = _objective(scaled, base, found, ridge, centre)
    for _ in range(_ITERATIONS):
        chance = _chances(scaled, base, found)
        mean = np.einsum("nc,ncf->nf", chance, scaled)
        gradient = (scaled[:, 0] - mean).sum(axis=0) - ridge * (found - centre)
        weighted = (scaled * chance[:, :, None]).reshape(n * c, -1)
        curvature = weighted.T @ scaled.reshape(n * c, -1) - mean.T @ mean
        step = np.linalg.solve(curvature + ridge * np.eye(len(found)), gradient)
        length, new = 1.0, _objective(scaled, base, found + step, ridge, centre)
        while length > 1e-4 and new < value:
            length /= 2.0
            new = _objective(scaled, base, found + length * step, ridge, centre)
        if length <= 1e-4:
            break
        found, value = found + length * step, new
        if float(np.abs(step).max(initial=0.0)) * length < _ENOUGH:
            break
    weights = np.zeros(f)
    weights[varies] = found / spread[varies]
    return weights


def _chances(
    scaled: Float64[np.ndarray, "n c f"], base: Float64[np.ndarray, "n c"], weights: Float64[np.ndarray, " f"]
) -> Float64[np.ndarray, "n c"]:
    scores = scaled @ weights + base
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _objective(
    scaled: Float64[np.ndarray, "n c f"],
    base: Float64[np.ndarray, "n c"],
    weights: Float64[np.ndarray, " f"],
    ridge: float,
    centre: Float64[np.ndarray, " f"],
) -> float:
    scores = scaled @ weights + base
    top = scores.max(axis=1)
    likelihood = scores[:, 0] - top - np.log(np.exp(scores - top[:, None]).sum(axis=1))
    return float(likelihood.sum() - ridge / 2.0 * float(((weights - centre) ** 2).sum()))
