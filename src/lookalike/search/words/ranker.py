"""Ranks image rows by words: full text first, joined with looks where there is a picture too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.view import Selected, View
from lookalike.index.vector_index import Neighbours, Subset
from lookalike.search.folding import expand, ranked

__all__ = ["Looks", "WordRanked", "WordRanker"]

_CANDIDATES = 1_000


@dataclass(frozen=True, slots=True)
class Looks:
    """The picture beside the words.

    Attributes:
        search: the `k` pictures nearest to it, of a subset or of all.
        available: how many there are.
    """

    search: Callable[[int, Subset | None], Neighbours]
    available: int


@dataclass(frozen=True, slots=True, eq=False)
class WordRanked:
    """Image rows of the view by falling score, with what each lane brings to it.

    Attributes:
        rows: of the view.
        scores: falling.
        lanes: by name, shares that add up to `scores`.
        exact: whether none can have been missed.
    """

    rows: Int64[np.ndarray, " n"]
    scores: Float32[np.ndarray, " n"]
    lanes: dict[str, Float32[np.ndarray, " n"]]
    exact: bool


class WordRanker:
    """Answers questions in words over one catalogue. Safe to use from several threads.

    Args:
        catalog: has the full text.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def rank(self, text: str, view: View, selected: Selected | None, looks: Looks | None, wanted: int) -> WordRanked:
        """Image rows that the words find, with those that the picture finds where there is one.

        Args:
            text: the question.
            view: the catalogue.
            selected: what may be found; None for all.
            looks: the picture beside the words; None for words alone.
            wanted: how many rows are of use.
        """
        found = self._catalog.full_text(text, _CANDIDATES) or self._catalog.full_text(text, _CANDIDATES, every=False)
        best = max((one.score for one in found), default=1.0) or 1.0
        scores = {one.variant_key: one.score / best for one in found}
        allowed = None if selected is None else selected.rows
        worded = np.zeros(len(view.image_keys), dtype=np.float32)
        keys = np.fromiter(scores, dtype=np.int64, count=len(scores))
        order = np.argsort(keys)
        values = np.fromiter(scores.values(), dtype=np.float32, count=len(scores))[order]
        if len(keys):
            places = np.minimum(np.searchsorted(keys[order], view.variant_keys), len(keys) - 1)
            hit = keys[order][places] == view.variant_keys
            worded = np.where(hit, values[places], np.float32(0.0)).astype(np.float32)
        candidate = worded > 0
        looked = np.zeros_like(worded)
        exact = len(found) < _CANDIDATES
        if looks is not None and looks.available:
            near = looks.search(min(max(4 * wanted, 256), looks.available), None)
            held = near.keys[0] >= 0
            rows, similarities = expand(view, near.keys[0][held], near.similarities[0][held], allowed)
            candidate[rows] = True
            looked[rows] = similarities
            exact = exact and near.exact
        if allowed is not None:
            candidate &= allowed
        rows = np.flatnonzero(candidate)
        lanes = {"words": worded[rows] * np.float32(0.5 if looks is not None else 1.0)}
        if looks is not None:
            lanes["picture"] = looked[rows] * np.float32(0.5)
        total = np.zeros(len(rows), dtype=np.float32)
        for share in lanes.values():
            total += share
        order = ranked(total, view.image_keys[rows])
        return WordRanked(rows[order], total[order], {name: part[order] for name, part in lanes.items()}, exact)
