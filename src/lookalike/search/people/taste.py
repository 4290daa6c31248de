"""A shopper's taste in the space of the pictures: the visit that is under way, and what they come back to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.search.people.history import History
from lookalike.types import Vector, Vectors

__all__ = ["Interest", "Looks", "Taste", "interests_of", "taste_of"]

_SHORT = 10
_SHORT_DECAY = 0.75
_LONG = 60
_LONG_DECAY = 0.97
_MOST_INTERESTS = 8
_PAIRS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Where products lie in the space of the pictures.

    Attributes:
        vectors: float32, one row a product number; unit length, or all zeros where the product has no picture.
        held: which products have one.
        usual: cosine of two products on average.
        alike: cosine from which two products count as one interest: what few pairs of unlike products reach.
    """

    vectors: Float32[np.ndarray, "n dimension"]
    held: Bool[np.ndarray, " n"]
    usual: float
    alike: float

    @classmethod
    def of(cls, vectors: Float32[np.ndarray, "n dimension"]) -> Looks:
        """Of rows of any length; two are alike from 1.5 deviations above the mean pair on, or half-way to 1."""
        lengths = np.linalg.norm(vectors, axis=1)
        held = lengths > 0
        unit = np.where(held[:, None], vectors / np.maximum(lengths, 1e-12)[:, None], 0.0).astype(np.float32)
        rows = np.flatnonzero(held)
        if len(rows) < 3:
            return cls(unit, held, 0.0, 0.5)
        drawn = np.random.default_rng(0).integers(0, len(rows), size=(2, _PAIRS))
        drawn = rows[drawn[:, drawn[0] != drawn[1]]]
        cosines = np.einsum("nd,nd->n", unit[drawn[0]], unit[drawn[1]])
        usual = float(cosines.mean())
        return cls(unit, held, min(usual, 0.9), min(usual + 1.5 * float(cosines.std()), (1.0 + usual) / 2.0))

    def cosines(self, vector: Vector) -> Float64[np.ndarray, " n"]:
        """To every product; products without a picture get the mean of the others."""
        found = (self.vectors @ vector).astype(np.float64)
        if not self.held.all():
            found[~self.held] = float(found[self.held].mean()) if self.held.any() else 0.0
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    """One of the things that a shopper comes back to.

    Attributes:
        centre: unit vector, the weighted mean of what belongs to it.
        weight: its share of the shopper's attention, above 0; over all interests they add up to 1.
        products: numbers of what belongs to it, the latest first.
    """

    centre: Vector
    weight: float
    products: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """What is known of a shopper's taste, where they met products with pictures.

    Attributes:
        short: unit vector of the latest products, the latest counting most.
        last: unit vector of the latest product.
        interests: by falling weight.
    """

    short: Vector
    last: Vector
    interests: tuple[Interest, ...]

    def short_cosines(self, looks: Looks) -> Float64[np.ndarray, " n"]:
        """How alike each product is to what the shopper looks at now."""
        return looks.cosines(self.short)

    def long_cosines(self, looks: Looks) -> Float64[np.ndarray, " n"]:
        """How alike each product is to the interest that it suits best; smaller interests speak more softly."""
        best = np.full(len(looks.vectors), -np.inf)
        for one in self.interests:
            best = np.maximum(best, looks.cosines(one.centre) + 0.05 * np.log(one.weight))
        return best


def taste_of(history: History, looks: Looks) -> Taste | None:
    """The taste that a history shows; None where none of its products has a picture."""
    products, weights, age = history.latest(_LONG)
    inside = products < len(looks.held)
    inside[inside] = looks.held[products[inside]]
    products, weights, age = products[inside], weights[inside], age[inside]
    if not len(products):
        return None
    vectors = looks.vectors[products]
    short = (weights * _SHORT_DECAY**age)[:_SHORT]
    return Taste(
        short=_unit(short @ vectors[:_SHORT]),
        last=vectors[0],
        interests=interests_of(vectors, weights * _LONG_DECAY**age, products, looks.alike),
    )


def interests_of(
    vectors: Vectors, weights: Float64[np.ndarray, " n"], products: Int64[np.ndarray, " n"], alike: float
) -> tuple[Interest, ...]:
    """Groups of what looks alike: the two closest are joined until none are as alike as `alike` on average.

    Args:
        vectors: unit rows, at least one, the latest first.
        weights: above 0.
        products: whose vectors they are.
        alike: cosine.

    Returns:
        At most eight, by falling weight; what belongs to smaller ones is left out.

    Reference:
        Pal et al. 2020, "PinnerSage" (arXiv 2007.03634): several interests a person. Deviation: average linkage by
        cosine for Ward's method, weighted means for medoids.
    """
    members = [[row] for row in range(len(vectors))]
    close = (vectors @ vectors.T).astype(np.float64)
    sizes = np.ones(len(vectors))
    alive = np.ones(len(vectors), dtype=bool)
    np.fill_diagonal(close, -np.inf)
    while alive.sum() > 1:
        one, other = divmod(int(np.argmax(close)), len(vectors))
        if close[one, other] < alike:
            break
        merged = (sizes[one] * close[one] + sizes[other] * close[other]) / (sizes[one] + sizes[other])
        merged[one] = -np.inf
        close[one], close[:, one] = merged, merged
        close[other], close[:, other] = -np.inf, -np.inf
        sizes[one] += sizes[other]
        alive[other] = False
        members[one] += members[other]
    total = float(weights.sum())
    found = [
        Interest(
            _unit(weights[members[row]] @ vectors[members[row]]),
            float(weights[members[row]].sum()) / total,
            tuple(int(products[member]) for member in sorted(members[row])),
        )
        for row in np.flatnonzero(alive).tolist()
    ]
    found = sorted(found, key=lambda interest: -interest.weight)[:_MOST_INTERESTS]
    kept = sum(interest.weight for interest in found)
    return tuple(Interest(one.centre, one.weight / kept, one.products) for one in found)


def _unit(vector: Float64[np.ndarray, " dimension"] | Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return (vector / (length if length > 0 else 1.0)).astype(np.float32)
