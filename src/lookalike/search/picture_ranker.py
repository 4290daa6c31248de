"""Ranks images by looks: neighbours of the query's vector, their colours, one hit a product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from lookalike.catalog.catalog import Catalog
from lookalike.embed.coalescing import Coalescer
from lookalike.index.vector_index import Neighbours, VectorIndex
from lookalike.search.colours import WINDOW_IMAGES, ColourRanker
from lookalike.search.folding import expand, fold, groups_of, ranked
from lookalike.search.gallery import Gallery
from lookalike.search.judge import Seen
from lookalike.search.product_keys import keys_of_products
from lookalike.search.query import Query
from lookalike.search.query_encoder import Look
from lookalike.search.ranked import Pictures, Ranked
from lookalike.types import Vector

__all__ = ["PictureRanker"]

_FEWEST_NEIGHBOURS = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One unfiltered question to an index."""

    index: VectorIndex
    vector: Vector
    k: int


class PictureRanker:
    """Finds what looks like a query. Safe to use from several threads.

    Args:
        catalog: knows the colours of pictures, and the products.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._colours = ColourRanker(catalog)
        self._scanning = Coalescer(_scan_together, max_batch=32)

    def rank(self, query: Query, look: Look, gallery: Gallery) -> Ranked:
        """Enough folded rows for the page, asking for more neighbours until there are or all have been seen.

        The products that the query is made of are left out: nobody wants to be told that they look like themselves.

        Args:
            query: says which page, and what counts as one hit.
            look: what it looks like; without colours, by the model alone.
            gallery: what is searched.
        """
        view, available = gallery.view, gallery.n_pictures
        wanted = query.offset + query.k + 1  # one more says whether there is a next page
        least = max(wanted * 3, _FEWEST_NEIGHBOURS if look.colouring is None else WINDOW_IMAGES)
        n_neighbours = min(least + 1, available)  # the last one only tells who is above it
        excluded = keys_of_products(self._catalog, view, (*query.likes, *query.unlike))
        while n_neighbours:
            neighbours = self._nearest(look.vector, n_neighbours, gallery)
            keys, similarities = neighbours.keys[0], neighbours.similarities[0]
            held = keys >= 0
            rows, row_similarities = expand(view, keys[held], similarities[held], gallery.allowed)
            if len(excluded):
                keep = ~np.isin(view.product_keys[rows], excluded)
                rows, row_similarities = rows[keep], row_similarities[keep]
            order = ranked(row_similarities, view.image_keys[rows])
            rows, row_similarities = rows[order], row_similarities[order]
            complete = n_neighbours >= available or int(held.sum()) < n_neighbours
            if not complete:
                n_settled = _above(row_similarities, similarities[held][-1])
                rows, row_similarities = rows[:n_settled], row_similarities[:n_settled]
            seen = Seen(rows, row_similarities, complete)
            lanes: Mapping[str, Float32[np.ndarray, " n"]] = {}
            if look.colouring is not None:
                whole = len(rows) if complete else len(rows) // WINDOW_IMAGES * WINDOW_IMAGES
                coloured = self._colours.rank(view, rows[:whole], row_similarities[:whole], look.colouring)
                rows, row_similarities, lanes = coloured.rows, coloured.similarities, coloured.lanes
            first = fold(groups_of(view, rows, query.by))
            if complete or len(first) >= wanted:
                shares = {name: part[first] for name, part in lanes.items()}
                pictures = Pictures(rows, row_similarities, lanes)
                return Ranked(
                    rows[first], row_similarities[first], neighbours.exact, complete, seen, shares, pictures=pictures
                )
            n_neighbours = min(n_neighbours * 4, available)
        nothing = np.empty(0, dtype=np.int64)
        nobody = Seen(nothing, nothing.astype(np.float32), complete=True)
        return Ranked(nothing, nothing.astype(np.float32), exact=True, complete=True, seen=nobody)

    def _nearest(self, vector: Vector, k: int, gallery: Gallery) -> Neighbours:
        """The nearest pictures; searches without a filter that meet share a scan, a lonely one runs at once."""
        if gallery.subset is not None:
            return gallery.index.search(vector[np.newaxis], k, gallery.subset)
        return self._scanning(_Asked(gallery.index, vector, k))


def _above(similarities: Float32[np.ndarray, " n"], last: np.float32) -> int:
    """How many of the falling similarities are above that of the last neighbour, as `ranked` compares them.

    Of those that are as near as the last one the index may hold more, which come in another order here than there: a
    page that showed some of them would not fit onto the next one.
    """
    return int(np.count_nonzero(np.round(similarities.astype(np.float64), 6) > np.round(np.float64(last), 6)))


def _scan_together(asked: Sequence[_Asked]) -> list[Neighbours]:
    """Answer questions that met: one product of matrices reads the vectors once for all of them."""
    first = asked[0]
    if len(asked) == 1 or any(one.index is not first.index or one.k != first.k for one in asked):
        return [one.index.search(one.vector[np.newaxis], one.k) for one in asked]
    found = first.index.search(np.stack([one.vector for one in asked]), first.k)
    return [
        Neighbours(keys[np.newaxis], similarities[np.newaxis], found.exact)
        for keys, similarities in zip(found.keys, found.similarities, strict=True)
    ]
