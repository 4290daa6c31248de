"""A view: the catalogue's images and columns in memory as of one moment, for filters, folding and facets.

Immutable: a search holds one view from beginning to end. `lookalike.catalog.viewing` makes them and keeps them
up to date.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.distinct import distinct
from lookalike.catalog.evaluation import evaluate
from lookalike.catalog.facets import Facet, facet_of
from lookalike.catalog.memory import MemoryColumn
from lookalike.catalog.selection import Selection, columns_of
from lookalike.types import Keys, Mask

__all__ = ["ImageRows", "Selected", "View"]

MAX_REMEMBERED = 64


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Selected:
    """What a selection lets through. Compared by identity: the same selection on the same view is the same object.

    Attributes:
        keys: picture keys that some selected image shows, sorted, unique.
        rows: over the view's image rows.
    """

    keys: Int64[np.ndarray, " n_pictures"]
    rows: Mask


@dataclass(frozen=True, slots=True, eq=False)
class ImageRows:
    """Image rows of several pictures: those of picture i are ``rows[offsets[i]:offsets[i + 1]]``, rising."""

    rows: Int64[np.ndarray, " m"]
    offsets: Int64[np.ndarray, " n_plus_1"]


class _Remembered:
    """The last selections of one view, by the tree."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selected: OrderedDict[Selection, Selected] = OrderedDict()

    def get(self, selection: Selection) -> Selected | None:
        with self._lock:
            found = self._selected.get(selection)
            if found is not None:
                self._selected.move_to_end(selection)
            return found

    def put(self, selection: Selection, selected: Selected) -> Selected:
        """Remember; returns what another thread remembered first, if one did."""
        with self._lock:
            found = self._selected.setdefault(selection, selected)
            self._selected.move_to_end(selection)
            while len(self._selected) > MAX_REMEMBERED:
                self._selected.popitem(last=False)
            return found


class View:
    """The catalogue in memory as of `sequence`.

    Attributes:
        sequence: of the store.
        image_keys: int64, shape (n,), rising; one row per image.
        picture_keys: int64, shape (n,); what each image shows.
        variant_keys: int64, shape (n,); whose each image is.
        product_keys: int64, shape (n,); whose each image is.
        all_variant_keys: int64, shape (m,), rising; every variant, with images or without.
        all_product_keys: int64, shape (m,); the product of each variant.
        columns: columns that are in memory, one value per variant.
    """

    def __init__(
        self,
        *,
        sequence: int,
        image_keys: Keys,
        picture_keys: Keys,
        variant_keys: Keys,
        all_variant_keys: Int64[np.ndarray, " m"],
        all_product_keys: Int64[np.ndarray, " m"],
        columns: Mapping[str, MemoryColumn],
    ) -> None:
        self.sequence = sequence
        self.image_keys = image_keys
        self.picture_keys = picture_keys
        self.variant_keys = variant_keys
        self.all_variant_keys = all_variant_keys
        self.all_product_keys = all_product_keys
        self.columns = columns
        # Every image has a variant: the database's foreign key sees to it.
        self._variant_rows = np.searchsorted(all_variant_keys, variant_keys)
        self.product_keys: Keys = all_product_keys[self._variant_rows]
        self._remembered = _Remembered()

    def later(self, sequence: int, columns: Mapping[str, MemoryColumn]) -> View:
        """The same view where nothing that it holds has changed since, perhaps with more columns."""
        view = object.__new__(View)
        view.__dict__.update(self.__dict__)
        view.sequence = sequence
        view.columns = columns
        return view

    def select(self, selection: Selection) -> Mask:
        """Which image rows the selection lets through; bool, shape (n,).

        Raises:
            KeyError: a column of the selection is not in memory: ask for the view with `columns_of(selection)`.
            SelectionTypeError: a column has changed its type since the selection was checked.
        """
        return self._select_variants(selection)[self._variant_rows]

    def _select_variants(self, selection: Selection) -> Mask:
        absent = columns_of(selection) - self.columns.keys()
        if absent:
            raise KeyError(f"columns {sorted(absent)} are not in this view: ask the catalogue for one that has them")
        return evaluate(selection, self.columns)

    def subset(self, selection: Selection) -> Selected:
        """Which pictures and image rows the selection lets through; remembered. Raises what `select` raises."""
        found = self._remembered.get(selection)
        if found is not None:
            return found
        rows = self.select(selection)
        rows.flags.writeable = False
        return self._remembered.put(selection, Selected(distinct(self.picture_keys[rows]), rows))

    def columns_at(self, rows: Int64[np.ndarray, " n"], names: Collection[str]) -> dict[str, MemoryColumn]:
        """Columns of some image rows alone, to evaluate selections on these without a pass over the catalogue.

        Raises:
            KeyError: a column is not in memory.
        """
        return {name: self.columns[name].at(self._variant_rows[rows]) for name in names}

    @cached_property
    def _by_picture(self) -> tuple[Keys, Keys]:
        """Image rows in the order of their pictures, and the pictures in that order."""
        order = np.argsort(self.picture_keys, kind="stable")
        return order, self.picture_keys[order]

    def images_of(self, picture_keys: Keys) -> ImageRows:
        """Image rows that show each of these pictures; none for a picture that is gone."""
        order, sorted_keys = self._by_picture
        first = np.searchsorted(sorted_keys, picture_keys, side="left")
        counts = np.searchsorted(sorted_keys, picture_keys, side="right") - first
        offsets = np.zeros(len(picture_keys) + 1, dtype=np.int64)
        np.cumsum(counts, out=offsets[1:])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
        return ImageRows(order[np.repeat(first, counts) + within], offsets)

    def rows_of_images(self, image_keys: Keys) -> Int64[np.ndarray, " n"]:
        """Row of each of these images; -1 for one that is gone."""
        if not len(self.image_keys):
            return np.full(len(image_keys), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.image_keys, image_keys), len(self.image_keys) - 1)
        return np.where(self.image_keys[rows] == image_keys, rows, -1)

    @cached_property
    def _products(self) -> tuple[Int64[np.ndarray, " m"], int]:
        """Number of each variant's product, from 0 without gaps, and how many products there are."""
        distinct, rows = np.unique(self.all_product_keys, return_inverse=True)
        return rows.astype(np.int64), len(distinct)

    @cached_property
    def has_several_variants(self) -> bool:
        """Whether any product comes in more than one variant."""
        products = np.sort(self.all_product_keys, kind="stable")
        return bool((products[1:] == products[:-1]).any())

    def facets(self, selection: Selection | None = None) -> tuple[Facet, ...]:
        """Counts of products by the values of each column in memory, over what the selection lets through.

        Variants without images count too. Columns whose values hardly repeat are left out. Raises what `select`
        raises.
        """
        chosen = None if selection is None else self._select_variants(selection)
        products, n_products = self._products
        facets = (facet_of(name, column, chosen, products, n_products) for name, column in self.columns.items())
        return tuple(facet for facet in facets if facet is not None)
