"""Which shop system a table was exported from, told by its header; every other table passes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import final

from lookalike.sources.columns import names_product_and_image
from lookalike.sources.exports.export import Export, Shopping
from lookalike.sources.exports.shopify import ShopifyRows, is_shopify
from lookalike.sources.exports.woocommerce import WooCommerceRows, is_woocommerce
from lookalike.sources.rows import BadRow, Row, RowReader

__all__ = ["ExportRows"]


@final
class ExportRows:
    """The rows of a table; those of a shop's product export put together to products and variants.

    An export is read once more before the first row is handed on, for what its later rows say of earlier ones.
    """

    def __init__(self, rows: RowReader, state: Callable[[], str]) -> None:
        """Read `rows`; `state` differs after their content was changed."""
        self._rows = rows
        self._state = state
        self._known: tuple[str, Shopping | None] | None = None

    @property
    def typed(self) -> bool:
        """As of the table."""
        return self._rows.typed

    def names(self) -> tuple[str, ...] | None:
        """Those of the table; None of an export, whose rows tell.

        Raises:
            SourceError: the file cannot be read at all.
        """
        return self._rows.names() if self._shopping() is None else None

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row.

        Raises:
            SourceError: the file cannot be read (any more).
        """
        shopping = self._shopping()
        return self._rows.rows() if shopping is None else shopping.rows(self._rows.rows())

    def export(self) -> Export | None:
        """Whose export it is, and what was left out; None for another table."""
        shopping = self._shopping()
        return None if shopping is None else shopping.export()

    def _shopping(self) -> Shopping | None:
        state = self._state()
        if self._known is None or self._known[0] != state:
            names = self._rows.names()
            shopping = None if names is None or self._rows.typed else _shopping_of(names)
            if shopping is not None:
                shopping.look(self._rows.rows())
            self._known = (state, shopping)
        return self._known[1]


def _shopping_of(names: Sequence[str]) -> Shopping | None:
    if names_product_and_image(names):  # a table of somebody's own, whatever else it has
        return None
    if is_shopify(names):
        return ShopifyRows(names)
    return WooCommerceRows(names) if is_woocommerce(names) else None
