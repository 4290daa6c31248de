"""A monotone logistic model of a few features, fitted by Newton's method: no dependency, no randomness."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from lookalike.search.rule import Weights

__all__ = ["fit_monotone"]

_RIDGE = 1.0
_ITERATIONS = 60
_STEP_ENOUGH = 1e-9


def fit_monotone(
    features: Float64[np.ndarray, "n f"], right: Bool[np.ndarray, " n"], weights: Float64[np.ndarray, " n"]
) -> Weights:
    """The logistic model of ``P(right)`` whose coefficients are all at least 0.

    Features are standardised with the weighted mean and deviation; a ridge of 1 on the standardised coefficients
    (not on the intercept) keeps them finite where the classes can be told apart completely. A feature whose
    coefficient would be negative is left out (coefficient 0) and the rest fitted again, the most negative first.

    Args:
        features: finite; more of each must mean "right" more often.
        right: the labels. With one label only, the coefficients are 0 and the intercept says which.
        weights: positive, one an example; scaled here to add up to n.

    Returns:
        Coefficients and intercept in the features' own units.

    Reference:
        Hastie, Tibshirani & Friedman 2009, section 4.4 (iteratively reweighted least squares); the sign constraint is
        by backward elimination, not by a quadratic programme.
    """
    n_features = features.shape[1]
    weights = weights * (len(weights) / weights.sum())
    mean = np.average(features, axis=0, weights=weights)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weights))
    spread = np.where(spread > 1e-12, spread, 1.0)
    standard = (features - mean) / spread
    active = np.ones(n_features, dtype=bool)
    while True:
        fitted = _newton(standard[:, active], right.astype(np.float64), weights)
        coefficients = np.zeros(n_features)
        coefficients[active] = fitted[1:]
        if np.all(coefficients >= 0.0):
            break
        active[int(np.argmin(coefficients))] = False
    scaled = np.maximum(coefficients, 0.0) / spread
    return Weights(float(fitted[0] - scaled @ mean), tuple(float(one) for one in scaled))


def _newton(
    standard: Float64[np.ndarray, "n f"], target: Float64[np.ndarray, " n"], weights: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, " f_plus_1"]:
    design = np.column_stack([np.ones(len(standard)), standard])
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[0] = 1e-3  # one label only: the intercept stays finite
    found = np.zeros(design.shape[1])
    for _ in range(_ITERATIONS):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -30.0, 30.0)))
        gradient = design.T @ (weights * (target - probability)) - ridge * found
        curvature = (design * (weights * np.maximum(probability * (1 - probability), 1e-9))[:, None]).T @ design
        step = np.linalg.solve(curvature + np.diag(ridge), gradient)
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        found = found + step
        if float(np.abs(step).max()) < _STEP_ENOUGH:
            break
    return found
