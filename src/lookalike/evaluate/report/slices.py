"""Where it is weak: recall@1 by what the right product is like, and how far the weakest part is from the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lookalike.errors import LookalikeError
from lookalike.evaluate.evaluation import Asked
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.report.camera import Shelf
from lookalike.evaluate.report.findings import first_right
from lookalike.evaluate.slices import bound_as_text

__all__ = ["SliceScore", "scores_of", "traits_of"]

_LEAST_QUERIES = 5
_LEAST_PRODUCTS = 2
_MOST_VALUES = 24

Traits = Mapping[str, Mapping[str, str]]
"""By right answer: what it is like, for example ``{"category": "Mugs", "pictures": "2 or 3"}``."""


@dataclass(frozen=True, slots=True)
class SliceScore:
    """recall@1 of the queries whose right answers have something in common.

    Attributes:
        trait: what, for example ``category``.
        value: and which, for example ``Mugs``.
        n: queries.
        recall: recall@1 with its 95% interval, which leaves out one product at a time.
    """

    trait: str
    value: str
    n: int
    recall: Interval

    def as_dict(self) -> dict[str, object]:
        """Every field, JSON-ready."""
        return asdict(self)


def traits_of(shelf: Shelf, asked: Sequence[Asked]) -> Traits:
    """Category, price band (a third of the answers each) and number of pictures of each right answer.

    An answer that is no product of the catalogue (a variant, say) has none.
    """
    found: dict[str, dict[str, str]] = {}
    prices: dict[str, float] = {}
    for name in {one.question.cluster for one in asked}:
        try:
            product = shelf.product(name.partition("|")[0])
        except LookalikeError:
            continue
        attributes = product.variants[0].attributes
        n_pictures = sum(len(variant.images) for variant in product.variants)
        found[name] = {"pictures": "1" if n_pictures == 1 else "2 or 3" if n_pictures < 4 else "4 or more"}
        category, price = attributes.get("category"), attributes.get("price")
        if category is not None:
            found[name]["category"] = str(category)
        if isinstance(price, int | float):
            prices[name] = float(price)
    if prices:
        low, high = np.quantile(list(prices.values()), [1 / 3, 2 / 3])
        for name, price in prices.items():
            to_low, to_high = bound_as_text(low), bound_as_text(high)
            found[name]["price"] = (
                f"to {to_low}" if price <= low else f"to {to_high}" if price <= high else f"above {to_high}"
            )
    return found


def scores_of(asked: Sequence[Asked], traits: Traits) -> tuple[SliceScore, ...]:
    """recall@1 of every slice of at least five queries for two products, the weakest first within each trait.

    A trait that has one value only says nothing and is left out; of many values the 24 weakest are kept.
    """
    members: dict[tuple[str, str], list[Asked]] = {}
    for one in asked:
        for trait, value in traits.get(one.question.cluster, {}).items():
            members.setdefault((trait, value), []).append(one)
    scores: dict[str, list[SliceScore]] = {}
    for (trait, value), own in sorted(members.items()):
        clusters = [one.question.cluster for one in own]
        if len(own) >= _LEAST_QUERIES and len(set(clusters)) >= _LEAST_PRODUCTS:
            hits = np.asarray([float(first_right(one) == 1) for one in own], dtype=np.float64)
            recall = jackknife_mean(hits, clusters)
            scores.setdefault(trait, []).append(SliceScore(trait, value, len(own), recall))
    kept = {trait: sorted(own, key=lambda score: score.recall.value)[:_MOST_VALUES] for trait, own in scores.items()}
    return tuple(score for _, own in sorted(kept.items()) if len(own) > 1 for score in own)
