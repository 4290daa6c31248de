"""Shopify's product export, with the column names of today and those before 2025.

A product is the rows of one handle that stand together: the first says what it is, every row may have a variant, a
picture, or both, which need not belong together; a picture that is a variant's own stands in a column of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, final

from lookalike.sources.cells import Cell, as_number, truth_word
from lookalike.sources.columns import spelled
from lookalike.sources.exports.export import Export, agreed, colour_or, column_of, text_in, unguarded
from lookalike.sources.html_text import text_of_html
from lookalike.sources.rows import BadRow, Row

__all__ = ["ShopifyRows", "is_shopify"]

_FIELDS: Final = {
    "handle": ("handle", "url_handle"),
    "title": ("title",),
    "body": ("body_html", "description"),
    "vendor": ("vendor",),
    "url": ("url",),
    "type": ("type", "custom_product_type"),
    "category": ("product_category", "standard_product_type"),
    "published": ("published", "published_on_online_store"),
    "status": ("status",),
    "sku": ("variant_sku", "sku"),
    "barcode": ("variant_barcode", "barcode"),
    "price": ("variant_price", "price"),
    "tracker": ("variant_inventory_tracker", "inventory_tracker"),
    "quantity": ("variant_inventory_qty", "inventory_quantity"),
    "policy": ("variant_inventory_policy", "continue_selling_when_out_of_stock"),
    "image": ("image_src", "product_image_url"),
    "position": ("image_position",),
    "variant_image": ("variant_image", "variant_image_url"),
}
"""What is read, and how its column is called, before and after 2025."""
_OPTIONS: Final = (1, 2, 3)
_OF_VARIANT: Final = re.compile(r"variant_.*|(?:compare_at_)?price(?:_.*)?|unit_price_.*|weight_.*|inventory_.*")
# What the shop pays, what only an import needs, and the texts of single pictures.
_NOT_KEPT: Final = re.compile(
    r"cost_per_item|command|top_row|row|image_.*|option[0-9]+_.*|included_.*|charge_tax|weight_unit_for_display"
    r"|(?:variant_)?(?:requires_shipping|taxable|fulfillment_service|tax_code|weight_unit)"
)
_METAFIELD: Final = re.compile(r"\(\s*product\.metafields\.[^.()]+\.([^()]+?)\s*\)\s*$")
_CHANGED: Final = re.compile(r"\?v=[0-9]+$")
_ON_SALE: Final = frozenset({"", "active"})
_NOT_ON_SALE: Final = frozenset({"draft", "archived", "unlisted"})
_NO_OPTION: Final = "default title"
_MOST_ROWS: Final = 8192
"""Rows of one product that are held together; Shopify allows 2,048 variants."""
_MOST_CHARACTERS: Final = 2**26
"""Of these rows; a description stands in the first alone, and the other cells are short."""


def is_shopify(names: Sequence[str]) -> bool:
    """Whether a table with these columns is Shopify's export of products."""
    found = {spelled(name) for name in names}
    wanted = ("handle", "title", "image")
    return all(found.intersection(_FIELDS[field]) for field in wanted)


@final
class ShopifyRows:
    """Rows of Shopify's export as rows of products and variants.

    A variant has its own picture, else those of its colour, else the product's that are no variant's own. Where
    all have one, those of the product stand with the product as a whole, whose cells are what all variants say.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Read a table with the columns `names`."""
        by_spelling: dict[str, str] = {}
        for name in names:
            by_spelling.setdefault(spelled(name), name)
        self._fields = {
            field: by_spelling[word]
            for field, words in _FIELDS.items()
            if (word := next((word for word in words if word in by_spelling), None)) is not None
        }
        self._options = [
            (by_spelling[f"option{number}_name"], by_spelling[f"option{number}_value"])
            for number in _OPTIONS
            if {f"option{number}_name", f"option{number}_value"} <= by_spelling.keys()
        ]
        read = set(self._fields.values()) - {self._fields.get("category")}
        others = [name for name in names if name not in read and not _NOT_KEPT.fullmatch(spelled(name))]
        columns = _columns(others)
        self._of_variant = {name: columns[name] for name in others if _OF_VARIANT.fullmatch(spelled(name))}
        self._of_product = {name: columns[name] for name in others if name not in self._of_variant}
        self._left_out: dict[str, str] = {}

    def look(self, rows: Iterable[Row | BadRow]) -> None:
        """Find the products that are not for sale."""
        for row in rows:
            if not isinstance(row, BadRow) and (why := self._why_left_out(row)) is not None:
                self._left_out[self._text(row, "handle")] = why

    def export(self) -> Export:
        """How many products were left out, and why; and whether the table says it."""
        lacks = None if self._fields.keys() & {"status", "published"} else "Status"
        return Export("shopify", dict(Counter(self._left_out.values())), lacks=lacks)

    def rows(self, rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
        """One row for each variant, and for each product whose variants all have pictures of their own.

        Rows beside which none of the same handle has a title are bad, as nobody knows whether their product is for
        sale; so is what goes beyond some thousands of rows of one product, or many millions of characters.
        """
        beside: list[Row] = []
        n_characters = 0
        for row in rows:
            if isinstance(row, BadRow):
                yield row
                continue
            handle = self._text(row, "handle")
            if beside and handle != self._text(beside[0], "handle"):
                yield from self._product(beside)
                beside, n_characters = [], 0
            n_own = sum(len(cell) for cell in row.cells.values() if isinstance(cell, str))
            if not handle:
                yield BadRow(row.line, f"the row has no {self._fields['handle']}")
            elif len(beside) >= _MOST_ROWS:
                yield BadRow(row.line, f"more than {_MOST_ROWS:,} rows in a row are of {handle!r}", (handle,))
            elif n_characters + n_own > _MOST_CHARACTERS:
                detail = f"the rows of {handle!r} before it take nearly {_MOST_CHARACTERS:,} characters, the most held"
                yield BadRow(row.line, detail, (handle,))
            else:
                n_characters += n_own
                beside.append(row)
        if beside:
            yield from self._product(beside)

    def _product(self, beside: Sequence[Row]) -> Iterator[Row | BadRow]:
        """What the rows of one product become."""
        line, handle = beside[0].line, self._text(beside[0], "handle")
        if handle in self._left_out:
            return
        if not any(self._text(row, "title") for row in beside):
            column = self._fields["handle"]
            detail = (
                f"no row beside it has the title of {handle!r}; rows of one product stand together: sort by {column}"
            )
            yield BadRow(line, detail, (handle,))
            return
        product = {"product_id": handle, **self._product_cells(beside)}
        pictures = self._pictures(beside)
        variants = [row for row in beside if self._is_variant(row)]
        options = [(_first_of(beside, name), value) for name, value in self._options]
        if len(variants) <= 1:
            own = [self._text(row, "variant_image") for row in variants]
            cells = self._variant_cells(variants[0], options) if variants else {}
            name = self._variant_id(variants[0], frozenset()) if variants else ""
            images = _distinct((*pictures, *filter(None, own)))
            yield Row(line, {**product, **cells, "variant_id": name, "image": images})
            return
        cells_of = [self._variant_cells(row, options) for row in variants]
        own_of = self._own_pictures(variants, cells_of)
        own = {_place(picture) for each in own_of for picture in each}
        shared = tuple(picture for picture in pictures if _place(picture) not in own)
        n_named = Counter(self._text(row, "sku") for row in variants)
        twice = frozenset(sku for sku, n in n_named.items() if n > 1)
        for row, cells, images in zip(variants, cells_of, own_of, strict=True):
            name = self._variant_id(row, twice)
            yield Row(row.line, {**product, **cells, "variant_id": name, "image": images or shared or pictures})
        if all(own_of) and shared:
            yield Row(line, {**product, **agreed(cells_of), "image": shared})

    def _own_pictures(self, variants: Sequence[Row], cells_of: Sequence[Mapping[str, Cell]]) -> list[tuple[str, ...]]:
        """Those of each variant, else of those in its colour: shops give a picture to one size and mean all."""
        own = [self._text(row, "variant_image") for row in variants]
        of_colour: dict[Cell, dict[str, None]] = {}
        for picture, cells in zip(own, cells_of, strict=True):
            if picture and "color" in cells:
                of_colour.setdefault(cells["color"], {})[picture] = None
        return [
            (picture,) if picture else tuple(of_colour.get(cells.get("color"), ()))
            for picture, cells in zip(own, cells_of, strict=True)
        ]

    def _text(self, row: Row, field: str) -> str:
        return text_in(row, self._fields.get(field))

    def _why_left_out(self, row: Row) -> str | None:
        status = self._text(row, "status").lower()
        if status not in _ON_SALE:
            return status if status in _NOT_ON_SALE else "unpublished"
        return "unpublished" if truth_word(self._text(row, "published")) is False else None

    def _is_variant(self, row: Row) -> bool:
        fields = ("sku", "price", "variant_image")
        return any(self._text(row, field) for field in fields) or any(text_in(row, value) for _, value in self._options)

    def _pictures(self, beside: Sequence[Row]) -> tuple[str, ...]:
        """Those of the product, by their positions."""
        found: list[tuple[float, str]] = []
        for row in beside:
            if picture := self._text(row, "image"):
                try:
                    place = as_number(self._text(row, "position"))
                except ValueError:
                    place = None
                found.append((len(found) + 1 if place is None else place, picture))
        return _distinct(picture for _, picture in sorted(found, key=lambda each: each[0]))

    def _product_cells(self, beside: Sequence[Row]) -> dict[str, Cell]:
        said = {
            "title": self._first(beside, "title"),
            "description": text_of_html(self._first(beside, "body")),
            "brand": self._first(beside, "vendor"),
            "url": self._first(beside, "url"),
            "category": self._first(beside, "type") or self._first(beside, "category"),
            **{column: _first_of(beside, name) for name, column in self._of_product.items()},
        }
        return {name: text for name, text in said.items() if text}

    def _variant_id(self, row: Row, twice: Collection[str]) -> str:
        """The SKU where no other variant has it, else the options; empty for a product that has but one variant."""
        values = [text for _, value in self._options if (text := text_in(row, value))]
        if [value.lower() for value in values] == [_NO_OPTION]:
            return ""
        sku = self._text(row, "sku")
        return unguarded(sku, is_code=True) if sku and sku not in twice else " / ".join(values)

    def _variant_cells(self, row: Row, options: Sequence[tuple[str, str]]) -> dict[str, Cell]:
        chosen = {colour_or(name): text_in(row, value) for name, value in options if name}
        said = {
            **{column: text_in(row, name) for name, column in self._of_variant.items()},
            **{name: value for name, value in chosen.items() if value.lower() != _NO_OPTION},
            "price": self._text(row, "price"),
            "in_stock": self._in_stock(row),
            "inventory_quantity": self._text(row, "quantity"),
            "sku": unguarded(self._text(row, "sku"), is_code=True),
            "barcode": unguarded(self._text(row, "barcode"), is_code=True),
        }
        return {name: text for name, text in said.items() if text}

    def _in_stock(self, row: Row) -> str:
        """Whether one can be had; empty where the export does not say."""
        untracked = "tracker" in self._fields and not self._text(row, "tracker")
        if untracked or self._text(row, "policy").lower() in ("continue", "true", "yes"):
            return "true"
        try:
            quantity = as_number(self._text(row, "quantity"))
        except ValueError:
            return ""
        return "" if quantity is None else "true" if quantity > 0 else "false"

    def _first(self, beside: Sequence[Row], field: str) -> str:
        return _first_of(beside, self._fields.get(field))


def _first_of(beside: Sequence[Row], name: str | None) -> str:
    return next((text for row in beside if (text := text_in(row, name))), "")


def _place(picture: str) -> str:
    """The address without Shopify's word on when the picture was changed; of another shop's, its query is kept."""
    return _CHANGED.sub("", picture)


def _distinct(pictures: Iterable[str]) -> tuple[str, ...]:
    return tuple({_place(picture): picture for picture in reversed(list(pictures))}.values())[::-1]


def _columns(names: Sequence[str]) -> dict[str, str]:
    """What each column shall be called: a metafield by its key, where no other column is called so."""
    short = {name: column_of(found[1] if (found := _METAFIELD.search(name)) else _bare(name)) for name in names}
    n_named = Counter(short.values())
    return {name: column if n_named[column] == 1 else column_of(name) for name, column in short.items()}


def _bare(name: str) -> str:
    return re.sub(r"(?i)^variant[ _]", "", name)
