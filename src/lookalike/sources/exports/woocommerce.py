"""WooCommerce's product export, with the column names that it has in English, German, Spanish and French.

Variations are rows of their own that name the product they belong to, anywhere in the file. A product is called by its
SKU, or where it has none by ``id:`` and its number, as the export itself names it beside its variations.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from lookalike.sources.cells import Cell
from lookalike.sources.columns import spelled
from lookalike.sources.exports.export import Export, colour_or, column_of, text_in, unguarded
from lookalike.sources.exports.woocommerce_names import english_of
from lookalike.sources.html_text import text_of_html
from lookalike.sources.rows import BadRow, Row

__all__ = ["WooCommerceRows", "is_woocommerce"]

logger = logging.getLogger(__name__)

_FIELDS: Final = frozenset(
    {
        *("id", "type", "sku", "name", "published", "visibility_in_catalog", "short_description", "description"),
        *("in_stock", "stock", "regular_price", "categories", "brands", "images", "parent", "external_url"),
        "gtin_upc_ean_or_isbn",
    }
)
# What the shop pays, what buyers download or are told, and what only the shop's own pages need.
_NOT_KEPT: Final = re.compile(
    r"meta_.*|download_.*|attribute_[0-9]+_.*|cost_of_goods|purchase_note|grouped_products|upsells|cross_sells"
    r"|button_text|position|allow_customer_reviews|tax_status|tax_class|sold_individually|low_stock_amount|is_featured"
    r"|backorders_allowed|shipping_class|swatches_attributes"
)
_ATTRIBUTE: Final = re.compile(r"attribute_([0-9]+)_name")
_VARIATION: Final = "variation"
_VARIABLE: Final = "variable"
_NUMBER: Final = "id:"
_OF_ONE: Final = frozenset({"sku", "gtin", "price", "sale_price"})
_COMMA: Final = re.compile(r"(?<!\\),")
_BREAK: Final = re.compile(r"(?<!\\)\\n")
_WHY_LEFT_OUT: Final = {"-1": "draft", "0": "private", "2": "pending"}
_MOST_CHARACTERS: Final = 2**26
"""Of descriptions that are held for variations."""


def is_woocommerce(names: Sequence[str]) -> bool:
    """Whether a table with these columns is WooCommerce's export of products."""
    found = {english_of(name) for name in names}
    return {"type", "name", "images", "regular_price"} <= found and bool(found & {"id", "sku"})


@dataclass(slots=True)
class _Family:
    """What the variations of a product share, and what they have.

    Attributes:
        name: what the product is called.
        cells: of the product; None where its row is not in the file.
        images: of the product.
        is_left_out: whether the product is not for sale.
        is_varied: whether the file has a row of a variation, for sale or not.
        n: variations that are for sale.
        n_pictured: those of them that have a picture of their own.
        price: what all of them cost; empty where they differ.
    """

    name: str
    cells: Mapping[str, Cell] | None = None
    images: tuple[str, ...] = ()
    is_left_out: bool = False
    is_varied: bool = False
    n: int = 0
    n_pictured: int = 0
    price: str = ""

    def add(self, price: str, *, is_pictured: bool) -> None:
        """Count one variation more."""
        self.price = price if self.n == 0 or price == self.price else ""
        self.n += 1
        self.n_pictured += is_pictured


@final
class WooCommerceRows:
    """Rows of WooCommerce's export as rows of products and variants.

    A variation without a picture of its own has those of its product. Where all have one, the product's other pictures
    stand with the product as a whole. What a variation does not say itself, its product says.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Read a table with the columns `names`."""
        by_spelling: dict[str, str] = {}
        for name in names:
            by_spelling.setdefault(english_of(name), name)
        self._fields = {word: name for word, name in by_spelling.items() if word in _FIELDS}
        self._attributes = [
            (name, by_spelling[values])
            for word, name in by_spelling.items()
            if (found := _ATTRIBUTE.fullmatch(word)) and (values := f"attribute_{found[1]}_value_s") in by_spelling
        ]
        self._others = {
            name: column_of(name if word == spelled(name) else word)
            for word, name in by_spelling.items()
            if word not in _FIELDS and not _NOT_KEPT.fullmatch(word)
        }
        self._families: dict[str, _Family] = {}
        self._left_out = Counter[str]()
        self._own_pictures: set[int] = set()
        self._n_characters = 0
        self._is_warned = False

    def look(self, rows: Iterable[Row | BadRow]) -> None:
        """Gather what products say for their variations, and what is not for sale."""
        waiting: list[tuple[str, str]] = []
        for row in rows:
            if isinstance(row, BadRow):
                continue
            kind, why = self._kind(row), self._why_left_out(row)
            if kind != _VARIATION:
                self._left_out.update([] if why is None else [why])
                if kind == _VARIABLE:
                    self._remember(row, is_left_out=why is not None)
            elif parent := self._text(row, "parent"):
                family = self._families.setdefault(parent, _Family(parent))
                family.is_varied = True
                if why is not None:
                    waiting.append((parent, why))
                    continue
                images = self._images(row)
                family.add(self._text(row, "regular_price"), is_pictured=bool(images))
                self._own_pictures.update(hash((family.name, image)) for image in images)
        self._left_out.update(why for parent, why in waiting if not self._families[parent].is_left_out)

    def export(self) -> Export:
        """How many products, and variations of others, were left out, and why; and what the table does not say."""
        lacks = None if "published" in self._fields else "Published"
        families = {id(family): family for family in self._families.values()}.values()
        bare = sum(not (family.is_varied or family.cells is None or family.is_left_out) for family in families)
        return Export("woocommerce", dict(self._left_out), lacks=lacks, without_variations=bare)

    def rows(self, rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
        """One row for each variation, and for each product without, or with pictures that are not all of variations."""
        for row in rows:
            if isinstance(row, BadRow):
                yield row
            elif self._why_left_out(row) is None:
                name = self._name(row)
                if not name:
                    yield BadRow(row.line, "the row has neither SKU nor ID")
                elif self._kind(row) == _VARIATION:
                    yield from self._variation(row, name)
                else:
                    yield from self._product(row, name)

    def _variation(self, row: Row, name: str) -> Iterator[Row | BadRow]:
        if "parent" not in self._fields:  # exported without it, or called in a way that is not known
            detail = "the table has no column Parent, which says whose variation it is; nothing is removed"
            yield BadRow(row.line, detail, (name,), breaks_off=True)
            return
        parent = self._text(row, "parent")
        if not parent:
            detail = "the variation names no parent; one whose product was deleted is in no shop"
            yield BadRow(row.line, detail, (name,))
            return
        family = self._families.get(parent) or _Family(parent)  # the file may have been written meanwhile
        if not family.is_left_out:
            if name == family.name:
                name = f"{_NUMBER}{self._text(row, 'id')}"
            images = self._images(row) or family.images
            cells = {**(family.cells or {}), **self._cells(row)}
            yield Row(row.line, {**cells, "product_id": family.name, "variant_id": name, "image": images})

    def _product(self, row: Row, name: str) -> Iterator[Row]:
        images, cells = self._images(row), self._cells(row)
        family = self._families.get(name) if self._kind(row) == _VARIABLE else None
        if family is not None and family.n:
            # A variation without a picture has the product's; then all of these are shown already.
            if family.n_pictured < family.n:
                return
            images = tuple(image for image in images if hash((name, image)) not in self._own_pictures)
            if not images:
                return
            cells |= {"price": family.price} if family.price else {}
        yield Row(row.line, {**cells, "product_id": name, "image": images})

    def _remember(self, row: Row, *, is_left_out: bool) -> None:
        """What a product says for its variations, wherever they stand."""
        name, number = self._name(row), f"{_NUMBER}{self._text(row, 'id')}"
        family = self._families.get(name) or self._families.get(number) or _Family(name)
        cells = {name: cell for name, cell in self._cells(row).items() if name not in _OF_ONE}
        self._n_characters += len(str(cells.get("description", "")))
        if self._n_characters > _MOST_CHARACTERS:
            cells.pop("description", None)
            if not self._is_warned:
                self._is_warned = True
                logger.warning("descriptions of products are too long to be held for all of their variations")
        family.name, family.cells, family.images, family.is_left_out = name, cells, self._images(row), is_left_out
        self._families[name] = self._families[number] = family

    def _text(self, row: Row, field: str) -> str:
        return unguarded(text_in(row, self._fields.get(field)))

    def _name(self, row: Row) -> str:
        number = self._text(row, "id")
        return self._text(row, "sku") or (f"{_NUMBER}{number}" if number else "")

    def _kind(self, row: Row) -> str:
        """What the row is about, of the kinds that other programs have added as well (``variable-subscription``)."""
        kinds = [kind.strip().lower() for kind in self._text(row, "type").split(",")]
        if any(kind.endswith(_VARIATION) for kind in kinds):
            return _VARIATION
        return _VARIABLE if any(kind.startswith(_VARIABLE) for kind in kinds) else "simple"

    def _why_left_out(self, row: Row) -> str | None:
        why = _WHY_LEFT_OUT.get(self._text(row, "published"))
        return why or ("hidden" if self._text(row, "visibility_in_catalog").lower() == "hidden" else None)

    def _images(self, row: Row) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_values(self._text(row, "images"))))

    def _cells(self, row: Row) -> dict[str, Cell]:
        """What the row says itself."""
        short, long = (_written(self._text(row, field)) for field in ("short_description", "description"))
        chosen = {
            colour_or(unguarded(name)): ", ".join(_values(unguarded(text_in(row, values))))
            for naming, values in self._attributes
            if (name := text_in(row, naming))
        }
        paths = [text_of_html(path) for path in _values(self._text(row, "categories"))]
        said = {
            **{column: unguarded(text_in(row, name)) for name, column in self._others.items()},
            "stock": "" if (stock := self._text(row, "stock")).lower() == "parent" else stock,
            **chosen,
            "title": text_of_html(self._text(row, "name")),
            "description": long or short,
            "short_description": short if long else "",
            "category": max(paths, key=lambda path: path.count(">"), default=""),
            "categories": ", ".join(paths) if len(paths) > 1 else "",
            "brand": text_of_html(self._text(row, "brands")) or chosen.get("shop_brand", ""),
            "url": self._text(row, "external_url"),
            "price": self._text(row, "regular_price"),
            "in_stock": self._text(row, "in_stock"),
            "sku": self._text(row, "sku"),
            "gtin": self._text(row, "gtin_upc_ean_or_isbn"),
        }
        return {name: text for name, text in said.items() if text}


def _values(text: str) -> list[str]:
    """Values that commas divide, of which those within a value stand behind a backslash."""
    return [value for part in _COMMA.split(text) if (value := part.replace("\\,", ",").strip())]


def _written(text: str) -> str:
    """A description as it was written: line ends are exported as a backslash and an n."""
    return text_of_html(_BREAK.sub("\n", text).replace("\\\\n", "\\n"))
