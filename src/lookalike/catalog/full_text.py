"""Words: which variants a query in words finds, by BM25 over title, description and attributes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from lookalike.catalog import sqlite, tables
from lookalike.types import ProductId, VariantId

__all__ = ["TextFound", "find"]


@dataclass(frozen=True, slots=True)
class TextFound:
    """A variant that has every word of the query; a higher score is better."""

    product_id: ProductId
    variant_id: VariantId | None
    variant_key: int
    score: float


def find(connection: Connection, query: str, limit: int, *, every: bool = True) -> tuple[TextFound, ...]:
    """The `limit` best variants by falling score, ties by rising key; none for a query without words."""
    scores = dict(sqlite.best_matches(connection, query, limit, every=every))
    v, p = tables.variants.c, tables.products.c
    rows = connection.execute(
        select(v.variant_key, p.product_id, v.variant_id)
        .join_from(tables.variants, tables.products)
        .where(v.variant_key.in_(list(scores)))
    )
    names = {key: (product_id, variant_id) for key, product_id, variant_id in rows}
    return tuple(TextFound(*names[key], key, score) for key, score in scores.items() if key in names)
