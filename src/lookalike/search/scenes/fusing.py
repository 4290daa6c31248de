"""One list of hits from those of the whole photograph and of each of its parts."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.types import FoldBy, Hit, Hits

__all__ = ["fused"]


def fused(lists: Sequence[Hits], by: FoldBy) -> Hits:
    """Every product (or variant, or image) once, with the best similarity that any list has for it, the best first.

    Ties keep the order of the lists, and within one its own: the first list is that of the whole photograph.

    Args:
        lists: hits of one model's vectors, folded `by` the same.
        by: what counts as one hit.
    """
    best: dict[object, Hit] = {}
    for hit in (hit for hits in lists for hit in hits):
        name = _name(hit, by)
        held = best.get(name)
        if held is None or hit.similarity > held.similarity:
            best[name] = hit
    return Hits(tuple(sorted(best.values(), key=lambda hit: -hit.similarity)), by)


def _name(hit: Hit, by: FoldBy) -> object:
    match by:
        case "product":
            return hit.product_id
        case "variant":
            return hit.product_id, hit.variant_id
        case "image":
            return hit.image_key
