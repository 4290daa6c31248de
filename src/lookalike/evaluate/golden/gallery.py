"""A release's vectors as one table, a row an image, with the product (or variant) that each row stands for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.inventory import Inventory
from lookalike.catalog.vectors import StoredVectors
from lookalike.evaluate.golden.golden_set import Answers, GoldenQuery
from lookalike.evaluate.variant_names import names_of
from lookalike.types import Vectors

__all__ = ["Gallery", "Posed"]

Rows = Int64[np.ndarray, " _"]


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A query as it is put to a gallery: its right groups there, and the rows that it may not match."""

    answers: Rows
    left_out: Rows


class Gallery:
    """Images of the inventory that a release has vectors of.

    Args:
        inventory: of the store.
        stored: the release's vectors.
        by: what answers are.

    Attributes:
        vectors: float32, shape (n, dimension), one row an image.
        groups: int64, shape (n,), product or variant key of each row.
        names: id of the product or variant of each row.
        sha256s: of what each row shows.
    """

    def __init__(self, inventory: Inventory, stored: StoredVectors, by: Answers) -> None:
        self.by: Answers = by
        places = np.searchsorted(stored.keys, inventory.picture_keys)
        inside = np.minimum(places, max(len(stored.keys) - 1, 0))
        held = (
            stored.keys[inside] == inventory.picture_keys
            if len(stored.keys)
            else np.zeros(len(inventory), dtype=np.bool_)
        )
        rows = np.flatnonzero(held)
        self.vectors: Vectors = np.ascontiguousarray(stored.vectors[places[rows]])
        keys = inventory.product_keys if by == "product" else inventory.variant_keys
        self.groups: Int64[np.ndarray, " n"] = keys[rows]
        ids = names_of(inventory, by)
        self.names = [ids[row] or "" for row in rows.tolist()]
        self.sha256s = [inventory.sha256s[row] for row in rows.tolist()]
        self._groups_of: dict[str, set[int]] = {}
        for name, group in zip(self.names, self.groups.tolist(), strict=True):
            self._groups_of.setdefault(name, set()).add(group)
        self._rows_of: dict[str, list[int]] = {}
        for row, sha256 in enumerate(self.sha256s):
            self._rows_of.setdefault(sha256, []).append(row)

    def __len__(self) -> int:
        return len(self.groups)

    def rows_showing(self, sha256s: Collection[str]) -> Rows:
        """Rows that show one of these pictures, rising."""
        return np.asarray(sorted({row for one in sha256s for row in self._rows_of.get(one, ())}), dtype=np.int64)

    def pose(self, query: GoldenQuery) -> Posed | None:
        """The query as it is put to this gallery; None where no right picture is left to be found."""
        answers = np.asarray(
            sorted({group for one in query.answers for group in self._groups_of.get(one, ())}), dtype=np.int64
        )
        left_out = self.rows_showing(query.left_out)
        right = np.flatnonzero(np.isin(self.groups, answers))
        if not len(np.setdiff1d(right, left_out)):
            return None
        return Posed(answers, left_out)
