"""What another view of a product is worth, measured on the products that have several.

Of each variant with at least two different views one view is left out and looked for, with only v of the others
still there. Whether the right product comes first does not need the search to be run for every choice of v views: of
n other views let c be more similar to the one left out than any other product is; then a random choice of v
contains one of those with probability 1 - C(n - c, v) / C(n, v).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.catalog.vectors import StoredVectors
from lookalike.evaluate.health.finding import Finding, FindingKind
from lookalike.evaluate.health.neighbours import Neighbours, vectors_of_images
from lookalike.evaluate.health.shelf import Shelf
from lookalike.evaluate.intervals import Interval, jackknife_mean

__all__ = ["ViewsReport", "chance_of_first", "judge_views", "measure_views", "view_counts"]

_MOST_VIEWS = 6
_LEAST_PRODUCTS = 20


@dataclass(frozen=True, slots=True)
class ViewsReport:
    """Recall@1 of a view that was left out, by the number of views that were still there.

    Attributes:
        products: products that the estimate rests on.
        queries: views that were left out, one after the other.
        recall: by number of views, over the products that have enough of them.
        gains: by number of views v, how much recall@1 grows from v to v + 1 views, over the same products.
        products_by_views: how many products of the catalogue have so many different views (of their best variant).
    """

    products: int
    queries: int
    recall: Mapping[int, Interval]
    gains: Mapping[int, Interval]
    products_by_views: Mapping[int, int]

    def document(self) -> dict[str, object]:
        """As plain values."""
        return {
            "products": self.products,
            "queries": self.queries,
            "recall@1": [{"views": views, **interval.as_dict(digits=4)} for views, interval in self.recall.items()],
            "gain_of_one_more": [
                {"views": views, **interval.as_dict(digits=4)} for views, interval in self.gains.items()
            ],
            "products_by_views": [{"views": v, "products": n} for v, n in self.products_by_views.items()],
        }


def chance_of_first(n_views: int, n_better: int, chosen: int) -> float:
    """Chance that `chosen` of `n_views` views, drawn without return, hold one of the `n_better`.

    Raises:
        ValueError: more are chosen or better than there are.
    """
    if not (0 <= n_better <= n_views and 1 <= chosen <= n_views):
        raise ValueError(f"expected 0 <= {n_better} <= {n_views} and 1 <= {chosen} <= {n_views}")
    return 1.0 - comb(n_views - n_better, chosen) / comb(n_views, chosen)


def measure_views(
    shelf: Shelf,
    vectors: StoredVectors,
    neighbours: Neighbours,
    copies: Mapping[int, int],
) -> ViewsReport | None:
    """The worth of one more view; None where fewer than 20 products have two different views of one variant.

    Args:
        shelf: the images.
        vectors: of the live release.
        neighbours: of the same images.
        copies: first picture of its group, for each picture that is a copy; copies count as one view.
    """
    rows, table = vectors_of_images(shelf, vectors)
    views = _distinct_views(shelf, rows, copies)
    counts: dict[int, int] = {}
    for members in views.values():
        product = int(shelf.product_of[rows[members[0]]])
        counts[product] = max(counts.get(product, 0), len(members))
    nearest_other = neighbours.similarities[:, 0]
    asked: list[tuple[int, int, int]] = []
    for members in views.values():
        if len(members) < 2 or not np.isfinite(nearest_other[members]).all():
            continue
        own = table[members] @ table[members].T
        better: Bool[np.ndarray, "v v"] = own > nearest_other[members][:, None]
        np.fill_diagonal(better, val=False)
        product = int(shelf.product_of[rows[members[0]]])
        asked += [(product, len(members) - 1, int(n_better)) for n_better in better.sum(axis=1)]
    products = len({product for product, _, _ in asked})
    if products < _LEAST_PRODUCTS:
        return None
    recall: dict[int, Interval] = {}
    gains: dict[int, Interval] = {}
    for chosen in range(1, _MOST_VIEWS + 1):
        possible = [one for one in asked if one[1] >= chosen]
        if len({product for product, _, _ in possible}) < _LEAST_PRODUCTS:
            break
        recall[chosen] = _mean(possible, chosen, 0)
        further = [one for one in possible if one[1] > chosen]
        if len({product for product, _, _ in further}) >= _LEAST_PRODUCTS:
            gains[chosen] = _mean(further, chosen + 1, chosen)
    by_views = np.bincount(list(counts.values()))
    return ViewsReport(
        products=products,
        queries=len(asked),
        recall=recall,
        gains=gains,
        products_by_views={n: int(count) for n, count in enumerate(by_views) if n and count},
    )


def _mean(asked: list[tuple[int, int, int]], chosen: int, before: int) -> Interval:
    """Mean chance with `chosen` views, less that with `before` (0: none), leaving out one product at a time."""
    values: Float64[np.ndarray, " n"] = np.array(
        [
            chance_of_first(n, better, chosen) - (chance_of_first(n, better, before) if before else 0.0)
            for _, n, better in asked
        ]
    )
    return jackknife_mean(values, [product for product, _, _ in asked], bounded=not before)


def _distinct_views(
    shelf: Shelf, rows: Int64[np.ndarray, " n"], copies: Mapping[int, int]
) -> dict[tuple[str, str | None], list[int]]:
    """Places in `rows` of the images of each variant, of several copies the first only."""
    found: dict[tuple[str, str | None], list[int]] = {}
    seen: set[tuple[str, str | None, int]] = set()
    for place, row in enumerate(rows.tolist()):
        image = shelf.images[row]
        picture = int(shelf.picture_of[row])
        view = (image.product_id, image.variant_id, copies.get(picture, picture))
        if view not in seen:
            seen.add(view)
            found.setdefault((image.product_id, image.variant_id), []).append(place)
    return found


def view_counts(shelf: Shelf, copies: Mapping[int, int]) -> Int64[np.ndarray, " products"]:
    """Different views of each product: of that variant which has most."""
    everything = np.arange(len(shelf.images), dtype=np.int64)
    counts = np.zeros(shelf.n_products, dtype=np.int64)
    for members in _distinct_views(shelf, everything, copies).values():
        product = int(shelf.product_of[members[0]])
        counts[product] = max(int(counts[product]), len(members))
    return counts


def judge_views(
    shelf: Shelf, neighbours: Neighbours, copies: Mapping[int, int], report: ViewsReport | None
) -> tuple[Finding, ...]:
    """Products with one view where most have several; those that resemble another product most come first.

    Args:
        shelf: the images.
        neighbours: tell how near the next product is.
        copies: as for `measure_views`.
        report: what another view is worth, where that is known.
    """
    counts = view_counts(shelf, copies)
    lonely = np.flatnonzero(counts == 1)
    if len(lonely) == 0 or 2 * len(lonely) >= shelf.n_products:
        return ()
    gain = None if report is None else report.gains.get(1)
    expected = "" if gain is None else f"; here a second view raises recall@1 by {gain.value:+.3f} on average"
    nearest: Float32[np.ndarray, " products"] = np.zeros(shelf.n_products, dtype=np.float32)
    np.maximum.at(nearest, shelf.product_of[neighbours.rows], np.nan_to_num(neighbours.similarities[:, 0]))
    first = dict(zip(shelf.product_of[::-1].tolist(), range(len(shelf.images) - 1, -1, -1), strict=True))
    return tuple(
        Finding(
            FindingKind.FEW_VIEWS,
            "low",
            shelf.reference(first[product]),
            f"one view only, most products have {int(np.median(counts))}{expected}",
            score=float(np.clip(nearest[product], 0.0, 1.0)),
            evidence={
                "views": 1,
                "typical_views": int(np.median(counts)),
                "nearest_other": round(float(nearest[product]), 4),
            },
        )
        for product in lonely.tolist()
    )
