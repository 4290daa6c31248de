"""Which variant says which sentence: two columns of keys, replaced as a whole, so that readers never wait."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np
from jaxtyping import Int64

from lookalike.types import Keys

__all__ = ["Sayings"]


class Sayings:
    """Variants, each with the vector of what it says; a vector may be of several. Never changed once made.

    Args:
        variant_keys: int64, each once, in any order.
        vector_keys: int64, of each.
    """

    def __init__(self, variant_keys: Keys, vector_keys: Int64[np.ndarray, " n"]) -> None:
        order = np.argsort(variant_keys, kind="stable")
        self._variants, self._vectors = variant_keys[order], vector_keys[order]

    def __len__(self) -> int:
        return len(self._variants)

    def vectors_of(self, variant_keys: Int64[np.ndarray, " m"]) -> Int64[np.ndarray, " m"]:
        """The vector of each of these variants; -1 where it says nothing."""
        if not len(self._variants):
            return np.full(len(variant_keys), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._variants, variant_keys), len(self._variants) - 1)
        return np.where(self._variants[places] == variant_keys, self._vectors[places], -1)

    def variants_of(self, vector_keys: Int64[np.ndarray, " m"]) -> tuple[Int64[np.ndarray, " o"], Keys]:
        """Who says what these vectors are of: for each variant the place of its vector, rising, and its key."""
        order, by_vector = self._by_vector
        first = np.searchsorted(by_vector, vector_keys, side="left")
        counts = np.searchsorted(by_vector, vector_keys, side="right") - first
        places = np.repeat(np.arange(len(vector_keys)), counts)
        begins = np.cumsum(counts) - counts
        within = np.arange(len(places)) - begins[places]
        return places, self._variants[order[first[places] + within]]

    def after(
        self, variant_keys: Int64[np.ndarray, " m"], vector_keys: Int64[np.ndarray, " m"], silent: Collection[int]
    ) -> Sayings:
        """These, when some variants came, or say something else, and others say nothing any more."""
        said = bool(np.array_equal(self.vectors_of(variant_keys), vector_keys))
        went = np.fromiter(silent, dtype=np.int64, count=len(silent))
        if said and not bool((self.vectors_of(went) >= 0).any()):
            return self
        keep = ~np.isin(self._variants, np.concatenate([variant_keys, went]))
        return Sayings(
            np.concatenate([self._variants[keep], variant_keys]), np.concatenate([self._vectors[keep], vector_keys])
        )

    @cached_property
    def _by_vector(self) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """Places in the order of their vectors, and the vectors in that order."""
        order = np.argsort(self._vectors, kind="stable")
        return order, self._vectors[order]
