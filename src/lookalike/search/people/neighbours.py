"""What goes with what, and what follows what: counted over shoppers, kept as the strongest few of each product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.search.people.log import Log

__all__ = ["Neighbours", "following", "going_together"]

SHRINKAGE = 3.0
"""Pairs that a product is taken to have gone into by chance; steadies those of which little is known."""

_TOGETHER_WINDOW = 50
_AFTER_WINDOW = 10
_KEPT = 200
_AT_ONCE = 6_000_000
_OTHER_VISIT = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each product the products that are tied to it, in rows one after another.

    Attributes:
        offsets: int64, row p is ``offsets[p] … offsets[p + 1]``.
        products: int64, tied to the row's product, by falling strength, ties by rising number.
        strengths: float32, above 0.
    """

    offsets: Int64[np.ndarray, " n_plus_1"]
    products: Int64[np.ndarray, " m"]
    strengths: Float32[np.ndarray, " m"]

    def row(self, product: int) -> tuple[Int64[np.ndarray, " r"], Float32[np.ndarray, " r"]]:
        """What one product is tied to, and how strongly."""
        here = slice(int(self.offsets[product]), int(self.offsets[product + 1]))
        return self.products[here], self.strengths[here]

    def gathered(
        self, products: Int64[np.ndarray, " k"], weights: Float64[np.ndarray, " k"], n_products: int
    ) -> Float64[np.ndarray, " n"]:
        """The weighted sum of the rows of `products`, over all products; numbers beyond the rows have none."""
        known = products < len(self.offsets) - 1
        products, weights = products[known], weights[known]
        lengths = self.offsets[products + 1] - self.offsets[products]
        if not int(lengths.sum()):
            return np.zeros(n_products)
        begins = np.repeat(self.offsets[products] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        places = begins + np.arange(int(lengths.sum()))
        return np.bincount(
            self.products[places], weights=self.strengths[places] * np.repeat(weights, lengths), minlength=n_products
        )


def going_together(log: Log, n_products: int) -> Neighbours:
    """Which products the same shoppers meet: cosine over shoppers, shrunk.

    With c(i, j) the sum over shoppers who met both, at most 50 different products apart, of 1 / log2(1 + number of
    products they met), and c(i) the same over all who met i: ``c(i, j) / (sqrt(c(i) c(j)) + SHRINKAGE)``.

    Reference:
        Sarwar et al. 2001 (item-item cosine); Bell & Koren 2007 (shrinkage); Karypis 2001 (weights of shoppers).
    """
    shopper, product = distinct(log)
    counts = np.bincount(shopper, minlength=log.n_shoppers)
    weight = 1.0 / np.log2(1.0 + np.maximum(counts, 1))
    own = np.bincount(product, weights=weight[shopper], minlength=n_products)
    sums = _PairSums(n_products)
    for distance in range(1, min(_TOGETHER_WINDOW, int(counts.max(initial=0)) - 1) + 1):
        same = shopper[distance:] == shopper[:-distance]
        first, second = product[:-distance][same], product[distance:][same]
        of = weight[shopper[distance:][same]]
        sums.add(first, second, of)
        sums.add(second, first, of)
    first, second, total = sums.finish()
    return _strongest(first, second, total / (np.sqrt(own[first] * own[second]) + SHRINKAGE), n_products)


def following(log: Log, n_products: int) -> Neighbours:
    """Which products are met after which, by the same shopper: 1 / distance, up to ten events apart.

    Over a change of visit a pair counts for less. Strengths are shares: over what follows a product they add up to
    below 1 (the rest is for what has not been seen yet).

    Reference:
        Ludewig & Jannach 2018, "Evaluation of session-based recommendation algorithms" (sequential rules).
    """
    kept = np.ones(len(log), dtype=bool)
    kept[1:] = (log.product[1:] != log.product[:-1]) | (log.shopper[1:] != log.shopper[:-1])
    shopper, product, visit = log.shopper[kept], log.product[kept], log.visit[kept]
    sums = _PairSums(n_products)
    longest = int(np.bincount(shopper, minlength=1).max(initial=0))
    for distance in range(1, min(_AFTER_WINDOW, longest - 1) + 1):
        same = (shopper[distance:] == shopper[:-distance]) & (product[distance:] != product[:-distance])
        here = (visit[distance:] == visit[:-distance])[same]
        of = np.where(here, 1.0, _OTHER_VISIT) / distance
        sums.add(product[:-distance][same], product[distance:][same], of)
    first, second, total = sums.finish()
    leaving = np.bincount(first, weights=total, minlength=n_products)
    return _strongest(first, second, total / (leaving[first] + 1.0), n_products)


def distinct(log: Log) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
    """Shopper and product of every pair of them, once each, by shopper and by when they last met."""
    if not len(log):
        return log.shopper, log.product
    order = np.lexsort((np.arange(len(log)), log.product, log.shopper))
    shopper, product = log.shopper[order], log.product[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (shopper[1:] != shopper[:-1]) | (product[1:] != product[:-1])
    kept = np.sort(order[last])
    return log.shopper[kept], log.product[kept]


class _PairSums:
    """Sums of weights by ordered pair of products, in bounded memory."""

    def __init__(self, n_products: int) -> None:
        self._n = max(n_products, 1)
        self._waiting: list[tuple[Int64[np.ndarray, " _"], Float64[np.ndarray, " _"]]] = []
        self._n_waiting = 0
        self._merged: list[tuple[Int64[np.ndarray, " _"], Float64[np.ndarray, " _"]]] = []

    def add(
        self, first: Int64[np.ndarray, " m"], second: Int64[np.ndarray, " m"], weights: Float64[np.ndarray, " m"]
    ) -> None:
        self._waiting.append((first * self._n + second, weights))
        self._n_waiting += len(first)
        if self._n_waiting > _AT_ONCE:
            self._merge()

    def _merge(self) -> None:
        if self._waiting:
            self._merged.append(_summed(self._waiting))
            self._waiting, self._n_waiting = [], 0

    def finish(self) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
        """Each pair that came, by rising first and second product, with its sum."""
        self._merge()
        if not self._merged:
            nothing = np.empty(0, dtype=np.int64)
            return nothing, nothing, nothing.astype(np.float64)
        keys, sums = _summed(self._merged) if len(self._merged) > 1 else self._merged[0]
        return keys // self._n, keys % self._n, sums


def _summed(
    parts: list[tuple[Int64[np.ndarray, " _"], Float64[np.ndarray, " _"]]],
) -> tuple[Int64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
    keys = np.concatenate([part[0] for part in parts])
    weights = np.concatenate([part[1] for part in parts])
    order = np.argsort(keys, kind="stable")
    keys, weights = keys[order], weights[order]
    begins = _beginnings(keys)
    return keys[begins], np.add.reduceat(weights, np.flatnonzero(begins)) if len(keys) else weights


def _beginnings(keys: Int64[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    begins = np.ones(len(keys), dtype=bool)
    begins[1:] = keys[1:] != keys[:-1]
    return begins


def _strongest(
    first: Int64[np.ndarray, " m"],
    second: Int64[np.ndarray, " m"],
    strengths: Float64[np.ndarray, " m"],
    n_products: int,
) -> Neighbours:
    order = np.lexsort((second, -strengths, first))
    first, second, strengths = first[order], second[order], strengths[order]
    offsets = np.searchsorted(first, np.arange(n_products + 1)).astype(np.int64)
    kept = np.arange(len(first)) - offsets[first] < _KEPT
    lengths = np.minimum(np.diff(offsets), _KEPT)
    return Neighbours(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), second[kept], strengths[kept].astype(np.float32)
    )
