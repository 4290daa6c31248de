"""Facets: how many products have which value of a column, so that a page can offer filters that lead somewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.attributes import is_title_column
from lookalike.catalog.columns import ColumnType
from lookalike.catalog.distinct import distinct
from lookalike.catalog.memory import BooleanColumn, MemoryColumn, NumberColumn, TextColumn
from lookalike.types import AttributeValue, Mask

__all__ = ["FREE_TEXT", "MAX_VALUES", "Facet", "FacetValue", "facet_of"]

MAX_VALUES = 20
"""Values that a facet lists, the most frequent ones."""
FREE_TEXT = frozenset({"product_id", "variant_id", "title", "description", "url"})
"""Columns whose values name or describe one product: nobody picks them from a list."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and how many products have it in some selected variant."""

    value: AttributeValue
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """One column over the selected variants.

    Attributes:
        column: its name.
        kind: its type.
        values: the 20 most frequent by falling count, ties in the order of the values; of a number only where there
            are no more than 20.
        low: smallest number, None for other types.
        high: largest number, None for other types.
    """

    column: str
    kind: ColumnType
    values: tuple[FacetValue, ...]
    low: float | None = None
    high: float | None = None


def facet_of(
    name: str,
    column: MemoryColumn,
    chosen: Mask | None,
    products: Int64[np.ndarray, " _n"],
    n_products: int,
) -> Facet | None:
    """The facet of one column; None where it has no values or they are as good as unique.

    Args:
        name: of the column.
        column: one value per variant.
        chosen: which variants count; None: all.
        products: number of each variant's product, below `n_products`.
        n_products: how many products there are.
    """
    if name in FREE_TEXT or is_title_column(name):
        return None
    counted = column.present() if chosen is None else column.present() & chosen
    if not bool(counted.any()):
        return None
    products = products[counted]
    match column:
        case TextColumn():
            per_code = _products_per_code(column.codes[counted].astype(np.int64), products, n_products)
            if len(per_code) > MAX_VALUES and sum(count for _, count in per_code) < 1.5 * len(per_code):
                return None
            shown: list[tuple[AttributeValue, int]] = [(column.vocabulary.shown[c], count) for c, count in per_code]
            return Facet(name, "text", _most_frequent(shown))
        case BooleanColumn():
            per_flag = _products_per_code(column.flags[counted].astype(np.int64), products, n_products)
            return Facet(name, "boolean", _most_frequent([(bool(flag), count) for flag, count in per_flag]))
        case NumberColumn():
            numbers = column.numbers[counted]
            low, high = float(numbers.min()), float(numbers.max())
            different, codes = np.unique(numbers, return_inverse=True)
            if len(different) > MAX_VALUES:
                return Facet(name, "number", (), low, high)
            per_code = _products_per_code(codes.astype(np.int64), products, n_products)
            values: list[tuple[AttributeValue, int]] = [(float(different[c]), count) for c, count in per_code]
            return Facet(name, "number", _most_frequent(values), low, high)


def _products_per_code(
    codes: Int64[np.ndarray, " n"], products: Int64[np.ndarray, " n"], n_products: int
) -> list[tuple[int, int]]:
    """Distinct codes, rising, and how many distinct products have each."""
    pairs = distinct(codes * n_products + products)
    found, counts = np.unique(pairs // n_products, return_counts=True)
    return list(zip(found.tolist(), counts.tolist(), strict=True))


def _most_frequent(values: list[tuple[AttributeValue, int]]) -> tuple[FacetValue, ...]:
    values.sort(key=lambda pair: (-pair[1], str(pair[0]).casefold()) if isinstance(pair[0], str) else (-pair[1], ""))
    if values and not isinstance(values[0][0], str):
        values.sort(key=lambda pair: (-pair[1], float(pair[0])))
    return tuple(FacetValue(value, count) for value, count in values[:MAX_VALUES])
