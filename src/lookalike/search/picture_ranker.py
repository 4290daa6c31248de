"""Ranks images by looks: neighbours of the query's vector, their colours, one hit a product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.view import View
from lookalike.embed.coalescing import Coalescer
from lookalike.index.vector_index import Neighbours, VectorIndex
from lookalike.search.colours import WINDOW_IMAGES, ColourRanker
from lookalike.search.folding import expand, fold, groups_of, ranked
from lookalike.search.gallery import Gallery
from lookalike.search.judge import Seen
from lookalike.search.levels import Level, joined
from lookalike.search.product_keys import keys_of_products
from lookalike.search.query import Query
from lookalike.search.query_encoder import Look
from lookalike.search.ranked import Pictures, Ranked
from lookalike.types import Vector

__all__ = ["PictureRanker"]

_FEWEST_NEIGHBOURS = 128
_FEWEST_COLOURED = WINDOW_IMAGES + 32
"""A whole window, although ties and what the query is made of are left out."""
_FURTHER = 4
_MARGIN = 3
"""So many neighbours are looked at for each hit that is told."""


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
        available = gallery.n_pictures
        if not available:
            nothing = np.empty(0, dtype=np.int64)
            nobody = Seen(nothing, nothing.astype(np.float32), complete=True)
            return Ranked(nothing, nothing.astype(np.float32), exact=True, complete=True, seen=nobody)
        wanted = query.offset + query.k + 1  # one more says whether there is a next page
        excluded = keys_of_products(self._catalog, gallery.view, (*query.likes, *query.unlike))
        least = max(wanted * _MARGIN + 1, _fewest(look))  # the last one only tells who is above it
        # An index that may miss some is exact at one depth and not at another.
        while not gallery.index.may_miss:
            n_neighbours = min(least, available)
            found = self._reached(query, look, gallery, excluded, n_neighbours)
            # What an exact look finds first, a deeper one finds first too.
            if found.complete or len(found.rows) >= wanted:
                return found
            least = _FURTHER * n_neighbours
        return self._levelled(query, look, gallery, excluded, wanted)

    def _levelled(
        self, query: Query, look: Look, gallery: Gallery, excluded: Int64[np.ndarray, " m"], wanted: int
    ) -> Ranked:
        """Of looks that may miss some: steps of the same sizes for every page, each told behind the one before it."""
        n_neighbours = min(_fewest(look), gallery.n_pictures)
        levels: list[Level] = []
        exact = True
        while True:
            found = self._reached(query, look, gallery, excluded, n_neighbours)
            exact = exact and found.exact
            levels.append(_level(found, gallery.view, query, None if look.colouring is not None else n_neighbours))
            reached = joined(levels)
            if found.complete or len(reached.rows) >= wanted:
                lanes = {} if tuple(reached.lanes) == ("picture",) else reached.lanes
                return replace(found, rows=reached.rows, similarities=reached.scores, exact=exact, lanes=lanes)
            n_neighbours = min(_FURTHER * n_neighbours, gallery.n_pictures)

    def _reached(
        self, query: Query, look: Look, gallery: Gallery, excluded: Int64[np.ndarray, " m"], n_neighbours: int
    ) -> Ranked:
        """The folded rows of so many nearest pictures."""
        view = gallery.view
        neighbours = self._nearest(look.vector, n_neighbours, gallery)
        keys, similarities = neighbours.keys[0], neighbours.similarities[0]
        held = keys >= 0
        rows, row_similarities = expand(view, keys[held], similarities[held], gallery.allowed)
        if len(excluded):
            keep = ~np.isin(view.product_keys[rows], excluded)
            rows, row_similarities = rows[keep], row_similarities[keep]
        order = ranked(row_similarities, view.image_keys[rows])
        rows, row_similarities = rows[order], row_similarities[order]
        complete = n_neighbours >= gallery.n_pictures or int(held.sum()) < n_neighbours
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
        shares = {name: part[first] for name, part in lanes.items()}
        pictures = Pictures(rows, row_similarities, lanes)
        return Ranked(rows[first], row_similarities[first], neighbours.exact, complete, seen, shares, pictures=pictures)

    def _nearest(self, vector: Vector, k: int, gallery: Gallery) -> Neighbours:
        """The nearest pictures; searches without a filter that meet share a scan, a lonely one runs at once."""
        if gallery.subset is not None:
            return gallery.index.search(vector[np.newaxis], k, gallery.subset)
        return self._scanning(_Asked(gallery.index, vector, k))


def _fewest(look: Look) -> int:
    """Neighbours that are looked at, however few hits are wanted."""
    return _FEWEST_NEIGHBOURS if look.colouring is None else _FEWEST_COLOURED


def _above(similarities: Float32[np.ndarray, " n"], last: np.float32) -> int:
    """How many of the falling similarities are above that of the last neighbour, as `ranked` compares them.

    Of those that are as near as the last one the index may hold more, which come in another order here than there: a
    page that showed some of them would not fit onto the next one.
    """
    return int(np.count_nonzero(np.round(similarities.astype(np.float64), 6) > np.round(np.float64(last), 6)))


def _level(found: Ranked, view: View, query: Query, n_neighbours: int | None) -> Level:
    """What was found, as a level; with `n_neighbours`, of which only the nearest part is told before the next one."""
    lanes = dict(found.lanes) or {"picture": found.similarities}
    most = None if n_neighbours is None or found.complete else n_neighbours // _MARGIN
    return Level(found.rows, groups_of(view, found.rows, query.by), found.similarities, lanes, most)


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
