"""Thresholds whose error rate is controlled without assuming anything about the scores: conformal risk control.

The unit is the product, not the photograph: photographs of one product are not independent, products are taken to be
exchangeable. Each product's loss is the share of its photographs that are answered wrongly, a number in [0, 1] that can
only fall as the threshold becomes stricter.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64, Int64

__all__ = ["fewest_products", "highest_allowed", "lowest_allowed", "product_weights"]


def fewest_products(error: float) -> int:
    """Products below which no threshold can promise `error`: even without a single mistake, 1 / (n + 1) is above it."""
    return max(1, math.ceil(1.0 / error - 1.0 - 1e-9))


def product_weights(products: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """The weight of each photograph in the mean over products of the mean over its photographs; they add up to 1."""
    _, membership, counts = np.unique(products, return_inverse=True, return_counts=True)
    return 1.0 / (counts[membership] * len(counts))


def lowest_allowed(
    mistakes: Float64[np.ndarray, " n"], products: Int64[np.ndarray, " n"], error: float
) -> float | None:
    """The least strict threshold t such that "score >= t" is wrong for at most `error` of fresh products' photographs.

    Args:
        mistakes: for each photograph the highest score at which acting would be a mistake; -inf where it never is.
        products: whose photograph each is.
        error: expected loss of a fresh, exchangeable product; in (0, 1).

    Returns:
        The infimum of the thresholds with ``(sum of the products' losses + 1) / (n_products + 1) <= error``; just above
        a mistake's score, so that this mistake is not made. None where no threshold can promise it, however strict:
        there are fewer than `fewest_products` products.

    Reference:
        Angelopoulos, Bates, Fisch, Lei & Schuster 2022, "Conformal risk control" (arXiv 2208.02814), theorem 1 with
        B = 1 and products as the exchangeable units. The bound holds on average over calibrations and fresh products.
    """
    n_products = len(np.unique(products))
    if n_products == 0 or 1.0 / (n_products + 1) > error + 1e-12:
        return None
    weights = product_weights(products) * n_products
    order = np.argsort(-mistakes, kind="stable")
    scores, losses = mistakes[order], np.cumsum(weights[order])
    allowed = error * (n_products + 1) - 1.0 + 1e-9
    # A threshold just above a score spares it and everything that is equal to it.
    beyond = np.flatnonzero(losses > allowed)
    if len(beyond) == 0:
        return -math.inf
    return float(np.nextafter(scores[beyond[0]], math.inf))


def highest_allowed(
    mistakes: Float64[np.ndarray, " n"], products: Int64[np.ndarray, " n"], error: float
) -> float | None:
    """The mirror image: the highest t such that "score <= t" is wrong for at most `error` of fresh photographs.

    `mistakes` holds the lowest score at which acting would be a mistake, +inf where it never is.
    """
    lowest = lowest_allowed(-mistakes, products, error)
    return None if lowest is None else -lowest
