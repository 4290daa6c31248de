"""Which products each head of a committee learns from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

__all__ = ["BaggingConfig", "products_seen"]

_FEWEST = 2
"""Products that a head can learn to tell apart."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class BaggingConfig:
    """Heads that learn side by side, each without some of the products, and are one head when they have learned.

    Attributes:
        heads: how many (for mode ``head``); 1 is a head that learns from all products.
        products: share of the products that each learns from, above 0 to 1; of two at least, and of as many as it
            takes that each product is learned from. Times `heads` it must be 1 at least.

    Reference:
        Breiman 1996, "Bagging Predictors", with products drawn instead of pictures.
    """

    heads: int = 1
    products: float = 0.5

    def __post_init__(self) -> None:
        if not 1 <= self.heads <= 64:
            raise ValueError(f"heads must be 1 to 64, received {self.heads}")
        if not 0 < self.products <= 1:
            raise ValueError(f"products must be above 0 and at most 1, received {self.products}")
        # As it is said below, not as it is computed: 49 heads of 1/49 are enough.
        if self.heads > 1 and self.heads * self.products < 1 - _ROUNDING:
            raise ValueError(
                f"{self.heads} heads that learn from {self.products:g} of the products each leave some to none: "
                f"give a share of {math.ceil(1000 / self.heads) / 1000:g} or more"
            )


def products_seen(
    n_products: int, config: BaggingConfig, generator: np.random.Generator
) -> Bool[np.ndarray, "heads n_products"]:
    """Whether each head learns from each product: as many for each head, each product once or more and equally often,
    up to one.

    Args:
        n_products: in all, at least two.
        config: how many heads, and how many products each.
        generator: which ones.
    """
    # Half of five products is two, and two heads of two would leave one to none.
    own = min(n_products, max(_FEWEST, round(config.products * n_products), math.ceil(n_products / config.heads)))
    seen = np.zeros((config.heads, n_products), bool)
    times = np.zeros(n_products, np.int64)
    for head in range(config.heads):
        chance = generator.random(n_products)
        chosen = np.lexsort((chance, times))[:own]
        seen[head, chosen] = True
        times[chosen] += 1
    return seen
