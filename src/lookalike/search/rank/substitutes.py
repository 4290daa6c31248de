"""A sold-out hit brings the nearest product that is available, where a shopper would look for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from lookalike.catalog.release import Release
from lookalike.catalog.selection import Selection, columns_of
from lookalike.catalog.view import Selected
from lookalike.index.vector_index import Subset, VectorIndex
from lookalike.search.describing import Describer
from lookalike.search.folding import expand, ranked
from lookalike.search.live import LiveRelease
from lookalike.search.rank.stock import available_within, is_sold_out
from lookalike.types import FoldBy, Hit, ImageKey

__all__ = ["Substitutes"]

_NEIGHBOURS = 8
"""Available pictures that are looked at for a sold-out hit; the nearest one is shown."""


class Substitutes:
    """Finds them over the live release. Safe to use from several threads.

    Args:
        live: says what is available.
        describer: describes hits.
        subset: gives the index's form of what a filter lets through.
    """

    def __init__(self, live: LiveRelease, describer: Describer, subset: Callable[[Selected], Subset]) -> None:
        self._live = live
        self._describer = describer
        self._subset = subset

    def beside(
        self, hits: Sequence[Hit], by: FoldBy, release: Release, index: VectorIndex, selection: Selection | None
    ) -> tuple[Hit, ...]:
        """The hits, each that is sold out with the nearest that is available within the filter.

        Args:
            hits: of one answer or several.
            by: what counts as one hit.
            release: live.
            index: of the release.
            selection: the filter of the question.
        """
        wanted = available_within(selection)
        view = self._live.view(columns_of(wanted))
        available = view.subset(wanted)
        sold_out = [place for place, hit in enumerate(hits) if is_sold_out(hit.attributes.get("in_stock"))]
        shown = view.rows_of_images(np.asarray([hits[place].image_key for place in sold_out], dtype=np.int64))
        sold_out = [place for place, row in zip(sold_out, shown.tolist(), strict=True) if row >= 0]
        if not sold_out or not len(available.keys):
            return tuple(hits)
        vectors = self._describer.vectors(release, view, shown[shown >= 0])
        near = index.search(vectors, min(_NEIGHBOURS, len(available.keys)), self._subset(available))
        rows: list[int] = []
        similarities: list[float] = []
        owners: list[int] = []
        for place, keys, alike in zip(sold_out, near.keys, near.similarities, strict=True):
            held = keys >= 0
            found, row_similarities = expand(view, keys[held], alike[held], available.rows)
            order = ranked(row_similarities, view.image_keys[found])
            if len(order):
                owners.append(place)
                rows.append(int(found[order[0]]))
                similarities.append(float(row_similarities[order[0]]))
        described = self._describer.hits(
            view, np.asarray(rows, dtype=np.int64), np.asarray(similarities, dtype=np.float32), by, {}
        )
        by_key = {hit.image_key: hit for hit in described.values()}
        items = list(hits)
        for place, row, similarity in zip(owners, rows, similarities, strict=True):
            hit = by_key.get(ImageKey(int(view.image_keys[row])))
            if hit is not None:
                instead = replace(hit, similarity=float(np.clip(np.round(similarity, 6), -1.0, 1.0)))
                items[place] = replace(items[place], instead=instead)
        return tuple(items)
