"""How a variant's attributes lie in its row: the fixed columns by themselves, the shop's own as one JSON object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.catalog.analysis import squeezed, tokens
from lookalike.catalog.columns import FIXED, as_text
from lookalike.types import Attributes, AttributeValue

__all__ = [
    "BETWEEN_TITLES",
    "COLUMNS",
    "MAX_CODE_CHARACTERS",
    "Searchable",
    "is_code_column",
    "is_title_column",
    "pack",
    "searchable",
    "unpack",
]

COLUMNS = (*FIXED, "attributes")
"""Columns of the variants table that hold attributes, in the order that `unpack` takes them."""

_IN_STOCK = COLUMNS.index("in_stock")


def pack(attributes: Attributes) -> dict[str, AttributeValue | None]:
    """Values of `COLUMNS`; equal attributes give equal values, whatever their order."""
    row: dict[str, AttributeValue | None] = {name: attributes.get(name) for name in FIXED}
    if (price := row["price"]) is not None:
        row["price"] = float(price)
    own = {name: value for name, value in attributes.items() if name not in FIXED}
    row["attributes"] = json.dumps(own, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if own else "{}"
    return row


def unpack(values: Sequence[Any]) -> dict[str, AttributeValue]:
    """Attributes out of the values of `COLUMNS`; missing values are left out."""
    attributes: dict[str, AttributeValue] = {
        name: value for name, value in zip(FIXED, values, strict=False) if value is not None
    }
    if (in_stock := values[_IN_STOCK]) is not None:
        attributes["in_stock"] = bool(in_stock)
    if (own := values[-1]) != "{}":
        attributes.update(json.loads(str(own)))
    return attributes


_CODES = re.compile(
    r"sku|gtin|ean|upc|isbn|mpn|barcode|bar_code|model|article|artikel|part_?n|item_?n|code|reference", re.IGNORECASE
)
MAX_CODE_CHARACTERS = 64
_TRANSLATED_TITLES = re.compile(r"(?i:title|name)[_-][a-z]{2}([_-]([A-Z]{2}|[A-Z][a-z]{3}))?")
BETWEEN_TITLES = "|"
"""Stands between the tokens of titles in several languages; no token, so nothing finds it."""


def is_title_column(name: str) -> bool:
    """Whether a column of that name holds the title in another language: ``title_de``, ``name_fr``, ``title_zh-CN``."""
    return name not in FIXED and _TRANSLATED_TITLES.fullmatch(name) is not None


def is_code_column(name: str) -> bool:
    """Whether a column of that name holds codes: SKUs, barcodes, model numbers."""
    return name not in FIXED and _CODES.search(name) is not None


@dataclass(frozen=True, slots=True)
class Searchable:
    """A variant as the full-text table holds it: tokens joined by blanks.

    Attributes:
        title: of the title, then, each after a `BETWEEN_TITLES`, of those in other languages.
        description: of the description.
        attributes: of every other text and number.
        codes: ids, and values of columns that hold codes (``sku``, ``ean``, ``model``, …), letters and digits alone.
    """

    title: str
    description: str
    attributes: str
    codes: str

    def words(self) -> set[str]:
        """Every token of title, description and attributes."""
        return set(f"{self.title} {self.description} {self.attributes}".split()) - {BETWEEN_TITLES}


def searchable(row: Mapping[str, AttributeValue | None], product_id: str, variant_id: str | None) -> Searchable:
    """What a packed row is found by."""
    own: dict[str, AttributeValue] = json.loads(str(row["attributes"]))
    said = {name: value for name, value in own.items() if not is_title_column(name)}
    others = [row["category"], row["brand"], row["color"], *said.values()]
    titles = [str(row["title"] or ""), *(str(value) for name, value in own.items() if name not in said)]
    text = " \n".join(as_text(value) for value in others if value is not None and not isinstance(value, bool))
    codes = [product_id, variant_id or ""]
    codes += [as_text(value) for name, value in own.items() if _CODES.search(name) and not isinstance(value, bool)]
    short = {squeezed(code) for code in codes if len(code) <= MAX_CODE_CHARACTERS} - {""}
    return Searchable(
        f" {BETWEEN_TITLES} ".join(" ".join(tokens(title)) for title in titles),
        " ".join(tokens(str(row["description"] or ""))),
        " ".join(tokens(text)),
        " ".join(sorted(short)),
    )
