"""What one search is asked of: the live release, its index, the catalogue's view, and what the filter leaves of it."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Bool, Int64

from lookalike.catalog.release import Release
from lookalike.catalog.view import Selected, View
from lookalike.index.vector_index import Subset, VectorIndex

__all__ = ["Gallery", "Subsets"]


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """The catalogue as it stood when the question came.

    Attributes:
        release: live.
        index: of the release.
        view: has the columns that the question needs.
        selected: what the filter lets through; None without a filter.
        subset: the index's form of `selected`.
    """

    release: Release
    index: VectorIndex
    view: View
    selected: Selected | None = None
    subset: Subset | None = None

    @property
    def n_pictures(self) -> int:
        """How many pictures can be found."""
        return len(self.index) if self.subset is None else len(self.subset.keys)

    @property
    def allowed(self) -> Bool[np.ndarray, " n_rows"] | None:
        """Over the view's rows, which of them may be found; None for all."""
        return None if self.selected is None else self.selected.rows

    def within(self, rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " m"]:
        """Those of these rows that may be found, in the same order."""
        return rows if self.selected is None else rows[self.selected.rows[rows]]


class Subsets:
    """The index's form of filters: one object a filter, so that the index prepares it once. Safe from many threads."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Selected, Subset] = WeakKeyDictionary()

    def of(self, selected: Selected) -> Subset:
        """The same object for the same filter, for as long as the view remembers the filter."""
        subset = self._held.get(selected)
        if subset is None:
            subset = self._held[selected] = Subset(selected.keys)
        return subset
