"""What exports of shops have in common: what was left out of one, and how its columns are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias, runtime_checkable

from lookalike.sources.cells import Cell
from lookalike.sources.columns import spelled
from lookalike.sources.record import STANDARD_COLUMNS
from lookalike.sources.rows import BadRow, Row

__all__ = ["Export", "Shop", "Shopping", "agreed", "colour_or", "column_of", "export_of", "text_in", "unguarded"]

Shop: TypeAlias = Literal["shopify", "woocommerce"]

_COLOURS: Final = frozenset(
    {
        *("color", "colour", "colors", "colours", "farbe", "couleur", "colore", "kleur", "cor", "färg", "farve"),
        *("farge", "väri", "kolor", "barva", "szín", "renk", "цвет", "颜色", "顏色", "色", "カラー", "색상"),
    }
)
_RESERVED: Final = frozenset({"product_id", "variant_id", "image", *STANDARD_COLUMNS})
# A sign with which spreadsheets begin a formula, behind an apostrophe.
_GUARDED: Final = re.compile(r"'(?=[=+\-@])")
_GUARDED_CODE: Final = re.compile(r"'(?=[=+\-@0-9])")


@dataclass(frozen=True, slots=True)
class Export:
    """That a table is the product export of a shop system.

    Attributes:
        shop: whose.
        left_out: how many products, and variants of products that are not left out, are not for sale, by why:
            ``draft``, ``archived``, ``unlisted``, ``unpublished``, ``private``, ``pending``, ``hidden``.
        lacks: the column that says what is a draft, where the table has none: drafts are brought in as well then.
        without_variations: how many products that are sold in variations have no row of one in the table, and are
            brought in as one variant without a name.
    """

    shop: Shop
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    lacks: str | None = None
    without_variations: int = 0


@runtime_checkable
class Shopping(Protocol):
    """How one shop system's export is read; `look` comes first."""

    def look(self, rows: Iterable[Row | BadRow]) -> None:
        """Go through all rows for what must be known before the first is handed on."""
        ...

    def rows(self, rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
        """One row for each variant that has pictures of its own, and for each product."""
        ...

    def export(self) -> Export:
        """What was left out."""
        ...


@runtime_checkable
class _Exported(Protocol):
    """A source that may be a shop's product export."""

    def export(self) -> Export | None: ...


def export_of(source: object) -> Export | None:
    """The product export that `source` was taken for; None for any other source."""
    return source.export() if isinstance(source, _Exported) else None


def column_of(name: str) -> str:
    """A column's name in the way the format spells its own, in whatever letters; never one that means something."""
    column = spelled(name) if name.isascii() else "_".join(name.lower().split())
    return f"shop_{column}" if column in _RESERVED or not column else column


def colour_or(name: str) -> str:
    """``color`` for what is called a colour in some language, else `column_of`."""
    return "color" if name.strip().lower() in _COLOURS else column_of(name)


def text_in(row: Row, name: str | None) -> str:
    """What stands in a column, stripped; empty where there is none."""
    cell = row.cells.get(name) if name is not None else None
    return cell.strip() if isinstance(cell, str) else ""


def unguarded(text: str, *, is_code: bool = False) -> str:
    """`text` without the apostrophe before what a spreadsheet takes for a formula, or a code's digits for a number."""
    return text[1:] if (_GUARDED_CODE if is_code else _GUARDED).match(text) else text


def agreed(variants: Iterable[Mapping[str, Cell]]) -> dict[str, Cell]:
    """What all variants say alike; and that there is some in stock where any has."""
    merged: dict[str, Cell] | None = None
    stocked: set[Cell] = set()
    for cells in variants:
        stocked.add(cells.get("in_stock"))
        kept = dict(cells) if merged is None else merged
        merged = {name: cell for name, cell in kept.items() if cells.get(name) == cell}
    found = merged or {}
    return {**found, "in_stock": "true"} if "true" in stocked else found
