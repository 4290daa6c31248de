"""What to show to whom: the voices of behaviour and looks, mixed as the past says; and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lookalike.search.people.blurring import Privacy, blurred_mean
from lookalike.search.people.history import History
from lookalike.search.people.lanes import Lanes
from lookalike.search.people.log import Log
from lookalike.search.people.mixing import DEFAULT_MIX, Mix, affinity, learn, mixed
from lookalike.search.people.popularity import SHARES
from lookalike.search.people.taste import Looks

__all__ = ["Recommended", "Recommender"]

_CAUTION = 2.0
"""Different products at which half of the learned weight beside a query is used."""

_MOVED_BY_AN_EVENT = 3.0
"""How far one event can move the sum of a blurred taste: its own product comes first (1), all others are one older
(together less than 1), and the oldest event falls out of the history (1)."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """One product for one shopper.

    Attributes:
        product: its number.
        score: of the mix; compares within one list.
        because: products of the shopper that speak for it most, the strongest first; empty where popularity does.
    """

    product: int
    score: float
    because: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Recommender:
    """Taught once with a log; answers for any history.

    Attributes:
        product_ids: name of each product number.
        lanes: what speaks for products.
        mix: how much each counts.
    """

    product_ids: tuple[str, ...]
    lanes: Lanes
    mix: Mix

    @classmethod
    def fit(cls, log: Log, looks: Looks | None, generator: np.random.Generator, mix: Mix | None = None) -> Recommender:
        """Teach everything with `log`; the mix too, unless one is given."""
        found = learn(log, looks, generator) if mix is None else mix
        return cls(log.product_ids, Lanes.fit(log, looks, found.ridge), found)

    @classmethod
    def of_popularity(cls, product_ids: tuple[str, ...], popular: Float64[np.ndarray, " n"]) -> Recommender:
        """One that has learned nothing, and knows how popular each product is: until a taught one is there."""
        nothing = np.empty(0, dtype=np.int64)
        log = Log(product_ids, 0, nothing, nothing, nothing.astype(np.int8), nothing.astype(np.float64), nothing)
        alike = np.tile(popular, (len(SHARES), 1))
        return cls(product_ids, replace(Lanes.fit(log, None), popular=alike), DEFAULT_MIX)

    def scores(self, history: History) -> Float64[np.ndarray, " n"]:
        """The score of every product; of whom nothing is known, its popularity."""
        if not len(history):
            return self.popularity()
        return mixed(self.lanes, self.mix, self.lanes.spoken(history))

    def popularity(self) -> Float64[np.ndarray, " n"]:
        """How popular each product is, in the way that foretold best."""
        return self.lanes.popular[self.mix.popular]

    def off(self, history: History) -> Float64[np.ndarray, " n"]:
        """Scores without anything personal: likeness to the product that is looked at, and popularity for the rest."""
        popular = self.popularity() / (1.0 + float(self.popularity().max(initial=0.0)))
        looks = self.lanes.looks
        if looks is None:
            return popular
        held = [product for product in history.products[::-1].tolist() if looks.held[product]]
        if not held:
            return popular
        return np.where(looks.held, 2.0 + looks.cosines(looks.vectors[held[0]]), 0.0) + 1e-9 * popular

    def together(self, history: History) -> Float64[np.ndarray, " n"]:
        """Scores by co-occurrence alone, and popularity where it is silent."""
        popular = self.popularity()
        return self.lanes.spoken(history).voices[0] + 1e-9 * popular / (1.0 + float(popular.max(initial=0.0)))

    def blurred(
        self, history: History, privacy: Privacy, generator: np.random.Generator
    ) -> Float64[np.ndarray, " n"] | None:
        """Scores by a taste that was blurred, and popularity: nothing else of the shopper is looked at.

        Returns:
            None where there are no pictures to have a taste for.
        """
        looks = self.lanes.looks
        if looks is None or not looks.held.any():
            return None
        products, weights, age = history.latest(50)
        inside = looks.held[products]
        vectors = looks.vectors[products[inside]]
        strength = (weights / 3.0 * 0.97**age)[inside]
        taste = blurred_mean(vectors, strength, privacy, generator, moved=_MOVED_BY_AN_EVENT)
        return affinity(looks.cosines(taste)) + 0.3 * affinity(np.log1p(self.popularity()))

    def recommend(
        self,
        history: History,
        k: int,
        *,
        allowed: Bool[np.ndarray, " n"] | None = None,
        repeats: bool = False,
        by: Float64[np.ndarray, " n"] | None = None,
    ) -> tuple[Recommended, ...]:
        """The `k` best products, best first, ties by rising number; fewer where there are no more.

        Args:
            history: of the shopper.
            k: at least 0.
            allowed: which products may be shown; None for all.
            repeats: whether products that the shopper met already may be shown.
            by: other scores than those of the mix.
        """
        scores = (self.scores(history) if by is None else by).copy()
        if allowed is not None:
            scores[~allowed] = -np.inf
        if not repeats:
            scores[history.met[history.met < len(scores)]] = -np.inf
        order = np.lexsort((np.arange(len(scores)), -scores))[:k]
        return tuple(
            Recommended(product, float(scores[product]), self.because(history, product))
            for product in order.tolist()
            if np.isfinite(scores[product])
        )

    def affinity(self, history: History) -> Float64[np.ndarray, " n"]:
        """What is added to each product's cosine beside a query: 0 for whom nothing is known, more with every event."""
        if not len(history):
            return np.zeros(self.lanes.n_products)
        known = len(history.met)
        return self.mix.query * known / (known + _CAUTION) * affinity(self.scores(history))

    def because(self, history: History, product: int, most: int = 2) -> tuple[int, ...]:
        """Which of the shopper's latest products speak for this one, by what goes together, follows, or looks alike."""
        products, weights, age = history.latest(30)
        if not len(products):
            return ()
        told = np.zeros(len(products))
        for neighbours, weight in ((self.lanes.together, 1.0), (self.lanes.after, 1.0)):
            strengths = np.asarray([_tie(neighbours.row(one), product) for one in products.tolist()])
            top = float(strengths.max(initial=0.0))
            told += weight * strengths / top if top > 0 else 0.0
        looks = self.lanes.looks
        if looks is not None and looks.held[product]:
            cosines = looks.vectors[products] @ looks.vectors[product]
            told += np.maximum(0.0, (cosines - looks.usual) / (1.0 - looks.usual)) * looks.held[products]
        told *= weights * 0.97**age
        order = np.argsort(-told, kind="stable")[:most]
        return tuple(int(products[place]) for place in order if told[place] > 0.0 and products[place] != product)


def _tie(row: tuple[Int64[np.ndarray, " r"], np.ndarray], product: int) -> float:
    found = np.flatnonzero(row[0] == product)
    return float(row[1][found[0]]) if len(found) else 0.0
