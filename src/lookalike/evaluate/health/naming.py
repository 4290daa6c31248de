"""Which category a title speaks of, by the words that the titles of each category use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

__all__ = ["category_of_titles"]

_SMOOTHING = 0.5


def category_of_titles(
    titles: Sequence[set[str]], given: Sequence[int], n_categories: int
) -> Float64[np.ndarray, "products categories"]:
    """Probability of each category for each title, its own product left out: naive Bayes over the words it has.

    Args:
        titles: words of each product's title.
        given: category of each product, -1 where it has none; such a product teaches nothing.
        n_categories: how many there are.

    Returns:
        rows add up to 1; a title without a word that others use too is uniform over the categories.
    """
    words = sorted({word for title in titles for word in title})
    column = {word: place for place, word in enumerate(words)}
    counts = np.zeros((n_categories, len(words)))
    products = np.zeros(n_categories)
    for title, category in zip(titles, given, strict=True):
        if category >= 0:
            products[category] += 1
            counts[category, [column[word] for word in title]] += 1
    found = np.full((len(titles), n_categories), 1.0 / max(1, n_categories))
    for row, (title, category) in enumerate(zip(titles, given, strict=True)):
        places = [column[word] for word in title]
        own, own_products = counts[:, places].copy(), products.copy()
        if category >= 0:
            own[category] -= 1
            own_products[category] -= 1
        used = own.sum(axis=0) > 0
        if not used.any():
            continue
        shares = (own[:, used] + _SMOOTHING) / (own_products[:, None] + 2 * _SMOOTHING)
        # Prior-free: a small category's own words count as much as a large one's.
        scores = np.log(shares).sum(axis=1)
        scores = np.exp(scores - scores.max())
        found[row] = scores / scores.sum()
    return found
