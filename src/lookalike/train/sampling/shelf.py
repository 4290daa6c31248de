"""Products of a batch from a catalogue, and the pictures that show them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from lookalike.train.sampling.config import SamplingConfig
from lookalike.train.sampling.deck import Deck
from lookalike.train.sampling.pool import Pool

__all__ = ["Pictures", "Shelf"]


class Shelf:
    """The products of a catalogue, by category where the configuration asks for it."""

    def __init__(
        self, products: Sequence[int], pool: Pool, config: SamplingConfig, generator: np.random.Generator
    ) -> None:
        self.n_products = len(products)
        self._n_categories = config.n_categories
        self._generator = generator
        groups: dict[int, list[int]] = {}
        for product in products:
            category = int(pool.categories[product]) if config.n_categories and pool.categories is not None else 0
            groups.setdefault(category, []).append(product)
        self._sizes = np.asarray([len(group) for group in groups.values()])
        self._decks = [Deck(group, generator) for group in groups.values()]

    def draw(self, n: int) -> list[int]:
        """`n` different products; a category is chosen in proportion to its products."""
        if n == 0:
            return []
        # Exponential clocks: the order in which they ring is a draw without replacement by these weights.
        order = np.argsort(self._generator.exponential(size=len(self._sizes)) / self._sizes)
        chosen, others = order[: max(1, self._n_categories)], order[max(1, self._n_categories) :]
        counts = np.zeros(len(self._sizes), dtype=np.int64)
        for place, category in enumerate(chosen):
            fair = -(-(n - int(counts.sum())) // (len(chosen) - place))
            counts[category] = min(fair, self._sizes[category])
        for category in (*chosen, *others):
            counts[category] += min(n - int(counts.sum()), int(self._sizes[category] - counts[category]))
        return [item for category in order for item in self._decks[category].draw(int(counts[category]))]


class Pictures:
    """The pictures of each product, in turns, by kind where the configuration asks for it."""

    def __init__(self, pool: Pool, config: SamplingConfig, generator: np.random.Generator) -> None:
        self._n = config.n_pictures
        self._generator = generator
        self._pool = pool
        self._cover = config.cover_kinds and pool.kinds is not None
        order = np.argsort(pool.labels, kind="stable")
        edges = np.searchsorted(pool.labels[order], np.arange(pool.n_products + 1))
        self._of = [order[start:stop] for start, stop in pairwise(edges.tolist())]
        self._decks: dict[int, dict[int, Deck]] = {}

    def draw(self, product: int) -> list[int]:
        if product not in self._decks:
            self._decks[product] = self._by_kind(product)
        decks = self._decks[product]
        if len(decks) == 1:
            return next(iter(decks.values())).draw(self._n)
        kinds = list(decks)
        counts = dict.fromkeys(kinds, 0)
        for place in self._generator.permutation(len(kinds))[: self._n]:
            counts[kinds[place]] = 1
        of_kind = {kind: len(decks[kind]) for kind in kinds}
        for _ in range(self._n - sum(counts.values())):
            unused = np.asarray([max(0, of_kind[kind] - counts[kind]) for kind in kinds], dtype=np.float64)
            weights = unused if unused.any() else np.asarray([of_kind[kind] for kind in kinds], dtype=np.float64)
            counts[kinds[int(self._generator.choice(len(kinds), p=weights / weights.sum()))]] += 1
        return [picture for kind in kinds for picture in decks[kind].draw(counts[kind])]

    def _by_kind(self, product: int) -> dict[int, Deck]:
        pictures = self._of[product]
        if not self._cover or self._pool.kinds is None:
            return {0: Deck(pictures.tolist(), self._generator)}
        kinds = self._pool.kinds[pictures]
        return {int(kind): Deck(pictures[kinds == kind].tolist(), self._generator) for kind in np.unique(kinds)}
