"""Which channels a block misses least, and how those that stay make up for those that go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

__all__ = ["Elimination", "damped", "eliminate", "refitted"]

_DAMPING = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Elimination:
    """Channels in the order in which they go.

    Attributes:
        order: numbers of the channels; the first goes first.
        errors: what the block's result is off by, E|y - y'|², after each of them went; rising.
    """

    order: Int64[np.ndarray, " n_gone"]
    errors: Float64[np.ndarray, " n_gone"]

    def kept(self, n_gone: int, n_channels: int) -> Int64[np.ndarray, " n_kept"]:
        """The channels that stay when `n_gone` of `n_channels` went, rising."""
        return np.setdiff1d(np.arange(n_channels), self.order[:n_gone]).astype(np.int64)


def eliminate(
    weights: Float64[np.ndarray, "outputs n"],
    covariance: Float64[np.ndarray, "n n"],
    *,
    n_gone: int,
) -> Elimination:
    """Take out channels one by one, each time the one whose loss the others make up for best.

    With y = W x + b and C the covariance of x, taking out channel j and fitting the rest anew adds |W_j|² / (C⁻¹)_jj to
    E|y - y'|². Both W and C⁻¹ are then those of the channels that are left.

    Args:
        weights: W, of the layer that mixes the channels.
        covariance: C, of its inputs.
        n_gone: how many to take out, fewer than there are.

    Reference:
        Hassibi & Stork 1992, "Second order derivatives for network pruning: Optimal Brain Surgeon", eq. 5, for whole
        columns at once; C is damped by 1% of its mean diagonal.
    """
    n = weights.shape[1]
    if not 0 <= n_gone < n:
        raise ValueError(f"n_gone must be 0 to {n - 1}, received {n_gone}")
    left, inverse = weights.copy(), np.linalg.inv(damped(covariance))
    alive = np.ones(n, np.bool_)
    order, errors = np.zeros(n_gone, np.int64), np.zeros(n_gone)
    total = 0.0
    for i in range(n_gone):
        cost = np.square(left).sum(axis=0) / np.maximum(np.diag(inverse), 1e-30)
        cost[~alive] = np.inf
        j = int(np.argmin(cost))
        total += float(cost[j])
        order[i], errors[i] = j, total
        row = inverse[j] / inverse[j, j]
        left -= np.outer(left[:, j], row)
        inverse -= np.outer(inverse[:, j], row)
        alive[j] = False
        left[:, j] = inverse[:, j] = inverse[j] = 0.0
    return Elimination(order, errors)


def refitted(
    weights: Float64[np.ndarray, "outputs n"],
    bias: Float64[np.ndarray, " outputs"],
    covariance: Float64[np.ndarray, "n n"],
    mean: Float64[np.ndarray, " n"],
    kept: Int64[np.ndarray, " n_kept"],
) -> tuple[Float64[np.ndarray, "outputs n_kept"], Float64[np.ndarray, " outputs"]]:
    """Weights and bias over the kept channels that give the old result with the least squared error.

    W' = W C_:K C_KK⁻¹ and b' = b + W E[x] - W' E[x_K]; keeping all channels gives W and b.
    """
    firm = damped(covariance)
    fitted = np.linalg.solve(firm[np.ix_(kept, kept)], firm[kept] @ weights.T).T
    return fitted, bias + weights @ mean - fitted @ mean[kept]


def damped(covariance: Float64[np.ndarray, "n n"]) -> Float64[np.ndarray, "n n"]:
    """The covariance with 1% of its mean diagonal added to the diagonal, so that it can be inverted."""
    return covariance + (_DAMPING * np.trace(covariance) / len(covariance) + 1e-12) * np.eye(len(covariance))
