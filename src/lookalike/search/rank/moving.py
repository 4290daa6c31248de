"""What rules do to an order of hits: masks in, a permutation out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.search.rank.rules import ShopRule

__all__ = ["Moved", "boosted", "moved"]

Targets = Sequence[tuple[ShopRule, Bool[np.ndarray, " n"]]]
"""Rules that apply, each with the hits that it is about."""


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """An order, and which rules each place owes itself to.

    Attributes:
        order: positions of the hits, best first; a permutation.
        rules: names of the rules that touched each hit, by its position before.
    """

    order: Int64[np.ndarray, " n"]
    rules: tuple[tuple[str, ...], ...]


def boosted(
    scores: Float64[np.ndarray, " n"], similarities: Float32[np.ndarray, " n"], targets: Targets
) -> Float64[np.ndarray, " n"]:
    """The scores, with what boosting rules add to those that lie within reach of the best similarity."""
    raised = scores.copy()
    for rule, hits in targets:
        if rule.action == "boost":
            raised[hits & _near(similarities, rule)] += rule.by
    return raised


def moved(order: Int64[np.ndarray, " n"], similarities: Float32[np.ndarray, " n"], targets: Targets) -> Moved:
    """`order` with buried hits behind the others, then pinned ones at their places; a pin outweighs a burial.

    Args:
        order: positions of the hits, best first.
        similarities: of the hits, by position.
        targets: rules, and what they are about, by position; of two rules the earlier one has the place, and the next
            one follows it.
    """
    touched: list[list[str]] = [[] for _ in order]

    def touch(rule: ShopRule, hits: Bool[np.ndarray, " n"]) -> None:
        for place in np.flatnonzero(hits).tolist():
            touched[place].append(rule.name)

    buried = np.zeros(len(order), dtype=np.bool_)
    for rule, hits in targets:
        if rule.action == "boost":
            touch(rule, hits & _near(similarities, rule))
        elif rule.action == "bury":
            buried |= hits
            touch(rule, hits)
    placed: list[int] = [*order[~buried[order]].tolist(), *order[buried[order]].tolist()]
    pinned: set[int] = set()
    wanted: list[tuple[int, int]] = []
    for rule, hits in targets:
        if rule.action != "pin":
            continue
        chosen = hits & _near(similarities, rule)
        touch(rule, chosen)
        for offset, place in enumerate(one for one in order.tolist() if chosen[one] and one not in pinned):
            wanted.append((rule.position - 1 + offset, place))
        pinned.update(np.flatnonzero(chosen).tolist())
    rest = [place for place in placed if place not in pinned]
    free = 0
    for at, place in sorted(wanted, key=lambda one: one[0]):
        free = max(at, free)
        rest.insert(min(free, len(rest)), place)
        free += 1
    return Moved(np.asarray(rest, dtype=np.int64), tuple(map(tuple, touched)))


def _near(similarities: Float32[np.ndarray, " n"], rule: ShopRule) -> Bool[np.ndarray, " n"]:
    if not len(similarities):
        return np.zeros(0, dtype=np.bool_)
    return np.round(similarities.astype(np.float64), 6) >= round(float(similarities.max()) - rule.within, 6)
