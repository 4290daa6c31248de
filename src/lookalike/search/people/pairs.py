"""Pairs of products for training, from what people did, with the bias of positions taken out.

A product far down is looked at less often, so a click there says more. Each click counts 1 / (chance that its position
was looked at); products met in one visit make pairs.

Reference: Joachims, Swaminathan & Schnabel 2017, "Unbiased learning-to-rank with biased feedback" (arXiv 1608.04468).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lookalike.errors import InvalidConfiguration
from lookalike.search.people.log import WEIGHTS
from lookalike.sources.event import EventKind

__all__ = ["Act", "Pair", "PairOptions", "mutual_pairs", "pairs_of", "propensity"]


@dataclass(frozen=True, slots=True)
class PairOptions:
    """How pairs are made.

    Attributes:
        eta: how steeply attention falls: a product at position p is looked at with probability p ** -eta; 0 for alike.
        least_propensity: chances below this count as this, which bounds the weight of one click.
        apart: how many different products of one visit two may lie apart.
        least_weight: pairs below this are left out.

    Raises:
        InvalidConfiguration: out of range.
    """

    eta: float = 1.0
    least_propensity: float = 0.05
    apart: int = 3
    least_weight: float = 0.0

    def __post_init__(self) -> None:
        if not (self.eta >= 0 and 0 < self.least_propensity <= 1 and self.apart >= 1 and self.least_weight >= 0):
            raise InvalidConfiguration(
                f"pairs need eta >= 0, least propensity in (0, 1], apart >= 1 and least weight >= 0, received {self}"
            )


@dataclass(frozen=True, slots=True)
class Act:
    """One event of one shopper, as pairs need it: products of one visit have one visit number."""

    visit: int
    product_id: str
    kind: EventKind
    position: int | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two products that people met in one visit.

    Attributes:
        product_id: the one whose id comes first.
        other_id: the other.
        weight: sum over visits of the product of both acts' weights: of kind, over propensity.
        visits: in how many visits.
    """

    product_id: str
    other_id: str
    weight: float
    visits: int


def propensity(position: int | None, options: PairOptions) -> float:
    """The chance that a product at this position was looked at; 1 for one that was not found by a search."""
    return 1.0 if position is None else max(options.least_propensity, float(position) ** -options.eta)


def pairs_of(acts: Sequence[Act], options: PairOptions) -> tuple[Pair, ...]:
    """Every pair, by falling weight, ties by ids.

    Of several acts with one product in one visit the weightiest counts, where the first one stands.

    Args:
        acts: by visit, each visit's in order of time.
        options: how.
    """
    sums: dict[tuple[str, str], tuple[float, int]] = {}
    for visit in _visits(acts):
        weights: dict[str, float] = {}
        for act in visit:
            weight = WEIGHTS[act.kind] / propensity(act.position, options)
            weights[act.product_id] = max(weights.get(act.product_id, 0.0), weight)
        met = list(weights)
        for place, one in enumerate(met):
            for other in met[place + 1 : place + 1 + options.apart]:
                key = (one, other) if one < other else (other, one)
                total, visits = sums.get(key, (0.0, 0))
                sums[key] = (total + weights[one] * weights[other], visits + 1)
    found = [
        Pair(one, other, weight, visits)
        for (one, other), (weight, visits) in sums.items()
        if weight >= options.least_weight
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.weight, pair.product_id, pair.other_id)))


def mutual_pairs(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The pairs that are the strongest of both their products, in the order given; ties go to the earlier pair.

    Args:
        pairs: by falling weight.
    """
    best: dict[str, Pair] = {}
    for pair in pairs:
        best.setdefault(pair.product_id, pair)
        best.setdefault(pair.other_id, pair)
    return tuple(pair for pair in pairs if best[pair.product_id] is pair and best[pair.other_id] is pair)


def _visits(acts: Sequence[Act]) -> Iterator[list[Act]]:
    visit: list[Act] = []
    for act in acts:
        if visit and act.visit != visit[0].visit:
            yield visit
            visit = []
        visit.append(act)
    if visit:
        yield visit
