"""A sold-out hit brings the nearest product that is available."""

from __future__ import annotations

from lookalike.catalog.selection import And, Comparison, Not, Selection

__all__ = ["AVAILABLE", "available_within", "is_sold_out"]

AVAILABLE: Selection = Not(Comparison("in_stock", "=", False))
"""What is not marked as sold out; a product whose stock is unknown counts as available."""


def available_within(selection: Selection | None) -> Selection:
    """What is available among what a filter lets through."""
    return AVAILABLE if selection is None else And((selection, AVAILABLE))


def is_sold_out(in_stock: object) -> bool:
    """Whether a hit's column ``in_stock`` says so; a missing value does not."""
    return in_stock is False
