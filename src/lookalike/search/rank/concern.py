"""What a rule of the shop is about, made ready once for many questions, and which hits that are.

Only hits are looked at, never the whole catalogue: a shop has many rules, which may name thousands of products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.evaluation import evaluate
from lookalike.catalog.memory import TextColumn
from lookalike.catalog.selection import Selection, columns_of
from lookalike.catalog.view import View
from lookalike.search.product_keys import keys_of_products
from lookalike.search.rank.rules import ShopRule
from lookalike.types import Mask

__all__ = ["Concern", "touched"]

_PRODUCT = "product_id"


@dataclass(frozen=True, slots=True, eq=False)
class Concern:
    """A rule, ready to be compared with hits.

    Attributes:
        rule: whose concern it is.
        names: its product ids without regard to case; empty where it names none.
        where: its filter; None where it has none.
    """

    rule: ShopRule
    names: frozenset[str]
    where: Selection | None

    @classmethod
    def of(cls, rule: ShopRule, parse: Callable[[str], Selection]) -> Concern:
        """The concern of a rule. Raises what `parse` raises."""
        where = None if rule.where is None else parse(rule.where)
        return cls(rule, frozenset(one.casefold() for one in rule.products), where)

    @property
    def columns(self) -> frozenset[str]:
        """Columns of a view that are needed to tell which hits it is about."""
        own = frozenset[str]() if self.where is None else frozenset(columns_of(self.where))
        return own | {_PRODUCT} if self.names else own


def touched(
    concerns: Sequence[Concern], catalog: Catalog, view: View, rows: Int64[np.ndarray, " n"]
) -> list[Bool[np.ndarray, " n"]]:
    """Of each rule, which rows it is about. An id in another case counts, unless a product is called just so.

    Args:
        concerns: the rules.
        catalog: knows which product is called how.
        view: that has their columns.
        rows: of the view.
    """
    named = _Named(catalog, view, rows) if any(one.names for one in concerns) else None
    wheres = [one.where for one in concerns if one.where is not None]
    columns = view.columns_at(rows, frozenset[str]().union(*map(columns_of, wheres)))
    found: list[Bool[np.ndarray, " n"]] = []
    for one in concerns:
        hits = np.ones(len(rows), dtype=np.bool_) if one.where is None else evaluate(one.where, columns)
        found.append(hits & named.by(one) if one.names and named is not None else hits)
    return found


class _Named:
    """What the products of some rows are called."""

    def __init__(self, catalog: Catalog, view: View, rows: Int64[np.ndarray, " n"]) -> None:
        column = view.columns[_PRODUCT]
        assert isinstance(column, TextColumn)
        self._catalog, self._view, self._column = catalog, view, column
        self._codes = column.codes[np.searchsorted(view.all_variant_keys, view.variant_keys[rows])]
        self._keys = view.product_keys[rows]
        self._names = [column.vocabulary.folded[code] for code in self._codes.tolist()]
        self._shared: frozenset[str] | None = None

    def by(self, concern: Concern) -> Mask:
        """Which of the rows are of a product that the rule names."""
        hits = np.fromiter((name in concern.names for name in self._names), dtype=np.bool_, count=len(self._names))
        if not hits.any():
            return hits
        for shared in self._shared_names() & concern.names:
            exact = keys_of_products(
                self._catalog, self._view, [one for one in concern.rule.products if one.casefold() == shared]
            )
            if len(exact):
                alike = np.fromiter((name == shared for name in self._names), dtype=np.bool_, count=len(hits))
                hits &= ~alike | np.isin(self._keys, exact)
        return hits

    def _shared_names(self) -> frozenset[str]:
        """Names of these rows that several products of the catalogue have, but for case."""
        if self._shared is None:
            inside = np.isin(self._column.codes, self._codes)
            pairs = np.unique(np.stack([self._column.codes[inside], self._view.all_product_keys[inside]]), axis=1)
            codes, counts = np.unique(pairs[0], return_counts=True)
            self._shared = frozenset(self._column.vocabulary.folded[code] for code in codes[counts > 1].tolist())
        return self._shared
