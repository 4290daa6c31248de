"""Pictures that do not look like their category or title, by what the nearest other products are called.

A label is only believed where pictures tell it: words that neighbours do not share (brands, model names), and
categories that this catalogue mixes up anyway, say nothing. So what cannot be seen is not found: a title that is wrong
in its brand alone, or in a colour that the model hardly sees.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from jaxtyping import Bool, Float64, Int64

from lookalike.evaluate.health.finding import Finding, FindingKind
from lookalike.evaluate.health.labels import LabelTable, expect_labels
from lookalike.evaluate.health.naming import category_of_titles
from lookalike.evaluate.health.neighbours import Neighbours
from lookalike.evaluate.health.shelf import Shelf
from lookalike.evaluate.health.words import words_of

__all__ = ["expect_categories", "judge_belonging"]

_OWN = 0.12
"""At most so much of the neighbours' votes may be for what the product says."""
_OTHER = 0.6
"""At least so much of them agree on something else."""
_MIXED = 0.1
"""And at most this share of the products with the same label look half as much like that other one."""
_TOLD = 0.35
"""A word counts where products that have it expect it by at least this much on average."""
_LEAST = 4
_MOST = 0.5
_SAID = 0.9
"""A title speaks of a category where its words make it this likely,"""
_LOOKS = 0.4
"""and contradicts the pictures where so much of the neighbours' votes is for the category that it is in."""
_LEAST_GAIN = 2.0
_CLIPPED = 0.02


def expect_categories(shelf: Shelf, neighbours: Neighbours) -> LabelTable:
    """What category the neighbours of each product let expect."""
    return expect_labels([{name} if name else set[str]() for name in shelf.categories], neighbours, shelf, least=1)


def judge_belonging(shelf: Shelf, neighbours: Neighbours, *, left_out: Collection[int] = ()) -> tuple[Finding, ...]:
    """Products whose pictures contradict their category, their title, or each other's titles.

    Args:
        shelf: products with titles and categories.
        neighbours: of their images.
        left_out: products that are not judged, because what they show is a placeholder.
    """
    categories = expect_categories(shelf, neighbours)
    titles = expect_labels([words_of(title) for title in shelf.titles], neighbours, shelf, least=_LEAST)
    first = dict(zip(shelf.product_of[::-1].tolist(), range(len(shelf.images) - 1, -1, -1), strict=True))
    findings: list[Finding] = []
    misplaced: dict[int, tuple[int, int]] = {}
    for product, own, other in _misplaced(categories):
        if product not in left_out:
            misplaced[product] = (own, other)
    contradicted = {row: found for row, found in _contradicted(titles).items() if row not in left_out}
    for product, (own, other) in misplaced.items():
        expected = categories.expected[product]
        title = contradicted.pop(product, None)
        words = "" if title is None else f"; nor do they go with {titles.names[title[0]]!r} of the title"
        findings.append(
            Finding(
                FindingKind.WRONG_CATEGORY,
                "high",
                shelf.reference(first[product]),
                f"looks like {categories.names[other]!r}, not like {categories.names[own]!r}{words}",
                score=float(np.clip(expected[other] - expected[own], 0.0, 1.0)),
                evidence={
                    "category": categories.names[own],
                    "looks_like": categories.names[other],
                    "votes_for_category": round(float(expected[own]), 3),
                    "votes_for_other": round(float(expected[other]), 3),
                },
            )
        )
    misnamed = _misnamed(shelf, categories)
    misnamed = {row: found for row, found in misnamed.items() if row not in left_out and row not in misplaced}
    swaps = _exchanged(misnamed, titles) + _swapped(titles, sorted(contradicted))
    taken: set[int] = set()
    for one, other, gain in swaps:
        if taken & {one, other}:
            continue
        taken |= {one, other}
        for product in (one, other):
            contradicted.pop(product, None)
            misnamed.pop(product, None)
        findings.append(
            Finding(
                FindingKind.SWAPPED_TITLES,
                "high",
                shelf.reference(first[one]),
                f"the pictures of {shelf.titles[one]!r} go with {shelf.titles[other]!r}, and the other way round",
                (shelf.reference(first[other]),),
                score=float(1.0 - np.exp(-gain / 8.0)),
                evidence={"titles": [shelf.titles[one], shelf.titles[other]], "gain_nats": round(gain, 2)},
            )
        )
    findings += [
        Finding(
            FindingKind.WRONG_TITLE,
            "medium",
            shelf.reference(first[product]),
            f"the title says {titles.names[own]!r}, products that look like it say {titles.names[other]!r}",
            score=float(np.clip(titles.expected[product, other] - titles.expected[product, own], 0.0, 1.0)),
            evidence={
                "title": shelf.titles[product],
                "says": titles.names[own],
                "looks_like": titles.names[other],
                "votes_for_title": round(float(titles.expected[product, own]), 3),
                "votes_for_other": round(float(titles.expected[product, other]), 3),
            },
        )
        for product, (own, other) in contradicted.items()
        if product not in misnamed
    ]
    findings += [
        Finding(
            FindingKind.WRONG_TITLE,
            "medium",
            shelf.reference(first[product]),
            f"the title speaks of {categories.names[own]!r}, the pictures show {categories.names[other]!r}",
            score=float(np.clip(categories.expected[product, other], 0.0, 1.0)),
            evidence={
                "title": shelf.titles[product],
                "says": categories.names[own],
                "looks_like": categories.names[other],
                "votes_for_title": round(float(categories.expected[product, own]), 3),
                "votes_for_other": round(float(categories.expected[product, other]), 3),
            },
        )
        for product, (own, other) in misnamed.items()
    ]
    return tuple(findings)


def _misplaced(table: LabelTable) -> list[tuple[int, int, int]]:
    """Product, its label, and the label that it looks like instead."""
    if len(table.names) < 2:
        return []
    expected = np.nan_to_num(table.expected)
    own = np.where(table.given.any(axis=1), table.given.argmax(axis=1), -1)
    other = expected.argmax(axis=1)
    rows = np.arange(len(own))
    suspects = (own >= 0) & (expected[rows, other] >= _OTHER) & (expected[rows, own] <= _OWN)
    return [
        (int(row), int(own[row]), int(other[row]))
        for row in np.flatnonzero(suspects)
        if _mixed(table.given[:, own[row]], expected[:, other[row]], int(row)) <= _MIXED
    ]


def _mixed(given: Bool[np.ndarray, " products"], expected: Float64[np.ndarray, " products"], row: int) -> float:
    """Share of the other products with the label that look at least half as much like the other one; 1 for none."""
    same = given.copy()
    same[row] = False
    return float((expected[same] >= expected[row] / 2).mean()) if same.any() else 1.0


def _contradicted(table: LabelTable) -> dict[int, tuple[int, int]]:
    """Of each product whose title its pictures contradict: a word that it has, and one that it should have."""
    told = (table.typical() >= _TOLD) & (table.given.mean(axis=0) <= _MOST)
    expected = np.nan_to_num(table.expected)
    found: dict[int, tuple[int, int]] = {}
    for row in np.flatnonzero(table.given.any(axis=1)):
        has = table.given[row] & told & (expected[row] <= _OWN)
        lacks = ~table.given[row] & told & (expected[row] >= _OTHER)
        if not has.any() or not lacks.any():
            continue
        own = int(np.argmin(np.where(has, expected[row], np.inf)))
        other = int(np.argmax(np.where(lacks, expected[row], -np.inf)))
        if _mixed(table.given[:, own], expected[:, other], int(row)) <= _MIXED:
            found[int(row)] = (own, other)
    return found


def _misnamed(shelf: Shelf, table: LabelTable) -> dict[int, tuple[int, int]]:
    """Products in the category that they look like whose title speaks of another: that one, and the category."""
    if len(table.names) < 2:
        return {}
    given = np.where(table.given.any(axis=1), table.given.argmax(axis=1), -1)
    said = category_of_titles([words_of(title) for title in shelf.titles], given.tolist(), len(table.names))
    expected = np.nan_to_num(table.expected)
    rows, speaks = np.arange(len(given)), said.argmax(axis=1)
    wrong = (given >= 0) & (speaks != given) & (said[rows, speaks] >= _SAID)
    wrong &= (expected[rows, given] >= _LOOKS) & (expected[rows, speaks] <= _OWN)
    return {int(row): (int(speaks[row]), int(given[row])) for row in np.flatnonzero(wrong)}


def _exchanged(misnamed: dict[int, tuple[int, int]], titles: LabelTable) -> list[tuple[int, int, float]]:
    """Pairs of which each title speaks of the other's category; of several partners the one whose words fit best."""
    seen = np.log(np.clip(np.nan_to_num(titles.expected), _CLIPPED, 1.0))
    given = titles.given.astype(np.float64)
    possible: list[tuple[float, int, int]] = []
    for one, (says, looks) in misnamed.items():
        for other, (other_says, other_looks) in misnamed.items():
            if one < other and (says, looks) == (other_looks, other_says):
                fit = float(seen[one] @ given[other] + seen[other] @ given[one])
                possible.append((fit - float(seen[one] @ given[one] + seen[other] @ given[other]), one, other))
    pairs: list[tuple[int, int, float]] = []
    taken: set[int] = set()
    for gain, one, other in sorted(possible, reverse=True):
        if not taken & {one, other}:
            taken |= {one, other}
            pairs.append((one, other, max(gain, _LEAST_GAIN)))
    return pairs


def _swapped(table: LabelTable, suspects: list[int]) -> list[tuple[int, int, float]]:
    """Pairs of a suspect and another product whose pictures fit each other's titles better, the clearest first."""
    told = (table.typical() >= _TOLD) & (table.given.mean(axis=0) <= _MOST)
    if not suspects or not told.any():
        return []
    expected = np.clip(np.nan_to_num(table.expected[:, told]), _CLIPPED, 1 - _CLIPPED)
    given = table.given[:, told].astype(np.float64)
    seen, unseen = np.log(expected), np.log(1 - expected)
    # Log-likelihood of a title given pictures: of the own title, of the suspects' pictures for every title, and of
    # every product's pictures for the suspects' titles.
    own = (seen * given + unseen * (1 - given)).sum(axis=1)
    theirs = seen[suspects] @ given.T + unseen[suspects] @ (1 - given.T)
    others = given[suspects] @ seen.T + (1 - given[suspects]) @ unseen.T
    mutual = np.minimum(theirs - own[suspects, None], others - own)
    mutual[:, ~table.given.any(axis=1)] = -np.inf
    pairs: list[tuple[int, int, float]] = []
    taken: set[int] = set()
    order: Int64[np.ndarray, " pairs"] = np.argsort(-mutual, axis=None)
    for place in order:
        row, other = divmod(int(place), len(own))
        if mutual[row, other] < _LEAST_GAIN:
            break
        if other != suspects[row] and not taken & {other, suspects[row]}:
            taken |= {other, suspects[row]}
            pairs.append((suspects[row], other, float(mutual[row, other])))
    return pairs
