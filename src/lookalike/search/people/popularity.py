"""How much each product is met, with what is long ago counting less."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from lookalike.search.people.log import KIND_WEIGHTS, Log

__all__ = ["SHARES", "popularity"]

SHARES = (1.0, 1 / 8, 1 / 64)
"""Half-lives that are tried, as shares of the log's span: all of it alike, what is recent, what is now."""


def popularity(log: Log, n_products: int, share: float) -> Float64[np.ndarray, " n"]:
    """The sum over events of each product of weight of kind times 2 ** -(age / half-life).

    The age is that at the log's last event. A share of 1 or above counts all of them alike.
    """
    if not len(log):
        return np.zeros(n_products)
    weights = KIND_WEIGHTS[log.kind]
    latest, span = float(log.at.max()), float(log.at.max() - log.at.min())
    if share < 1.0 and span > 0.0:
        weights = weights * np.exp2(-(latest - log.at) / (share * span))
    return np.bincount(log.product, weights=weights, minlength=n_products)
