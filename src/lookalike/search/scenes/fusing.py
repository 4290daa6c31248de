"""One list of hits from those of the whole photograph and of each of its parts."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.types import FoldBy, Hit, Hits

__all__ = ["STEP", "fused"]

STEP = 0.04
"""What a hit's claim to a place loses for each hit of its own list before it, in cosines.

Without it the many products that look like one part take the places of all others: of 240 scenes and pasted
photographs 0.64 of the products were among the first ten, with it 0.70; with steps from 0.02 to 0.08 nearly as many."""


def fused(lists: Sequence[Hits], by: FoldBy, *, offset: int, k: int) -> tuple[Hits, bool]:
    """A page of every product (or variant, or image), once each, with the best similarity that any list has for it.

    Which of them a page holds is settled by their claims: similarity less `STEP` for each hit before it in the list in
    which that leaves most. Within the page they stand by falling similarity, ties by falling claim. Ties of claims keep
    the order of the lists, and within one its own: the first list is that of the whole photograph.

    Args:
        lists: hits of one model's vectors, folded `by` the same; each must reach as far as ``offset + k`` or its end.
        by: what counts as one hit.
        offset: hits of earlier pages.
        k: most hits of the page.

    Returns:
        the page, and whether there are more hits behind it.
    """
    best: dict[object, Hit] = {}
    claims: dict[object, float] = {}
    for hits in lists:
        for place, hit in enumerate(hits):
            name, claim = hit.group(by), hit.similarity - STEP * place
            if name not in best or hit.similarity > best[name].similarity:
                best[name] = hit
            claims[name] = max(claim, claims.get(name, claim))
    order = sorted(claims, key=lambda name: -claims[name])
    page = [best[name] for name in order[offset : offset + k]]
    return Hits(tuple(sorted(page, key=lambda hit: -hit.similarity)), by), len(order) > offset + k
