"""Which column of a table means what: the names of the format, other spellings of them, and Google Merchant's."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lookalike.errors import SourceError
from lookalike.sources.record import STANDARD_COLUMNS

__all__ = ["ColumnPlan", "is_of_money", "n_known_names", "names_product_and_image", "plan_columns", "spelled"]

_ROLES: Final = ("product_id", "variant_id", "image", *STANDARD_COLUMNS)
_SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "image": ("images", "image_url", "image_urls", "image_link", "image_links", "image_path", "image_paths"),
    "color": ("colour",),
}
_MERCHANT: Final[Mapping[str, tuple[str, ...]]] = {
    "product_id": ("item_group_id", "id"),
    "variant_id": ("id",),
    "image": ("image_link", "additional_image_link"),
    "url": ("link",),
    "in_stock": ("availability",),
    "category": ("product_type",),
}
_HINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "product_id": ("id", "sku", "handle", "item_id", "item_group_id", "article", "product", "code", "asin", "gtin"),
    "image": ("img", "picture", "pictures", "photo", "photos", "file", "filename", "path", "src", "image_src", "url"),
}


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Where the values of a record are found.

    Attributes:
        roles: for each known column the table's own names of it; the first that holds something counts, but for
            ``image`` all of them do.
        extras: the other columns, in order.
        merchant: whether the names are those of a Google Merchant feed.
    """

    roles: Mapping[str, tuple[str, ...]]
    extras: tuple[str, ...] = field(default=())
    merchant: bool = False


def spelled(name: str) -> str:
    """`name` in the way the format spells its own: ``productId``, ``g:product_id`` are ``product_id``."""
    word = unicodedata.normalize("NFKC", name).strip().removeprefix("g:")
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()
    return re.sub(r"[^0-9a-z]+", "_", word).strip("_")


def is_of_money(name: str) -> bool:
    """Whether a column of that name holds amounts of money: ``sale_price``, ``Compare At Price``."""
    return spelled(name).rpartition("_")[2] == "price"


def n_known_names(names: Sequence[str]) -> int:
    """How many of `names` mean something; tells the right delimiter from a wrong one."""
    known = {
        *_ROLES,
        *(word for words in (*_SYNONYMS.values(), *_MERCHANT.values(), *_HINTS.values()) for word in words),
    }
    return len({spelled(name) for name in names} & known)


def names_product_and_image(names: Sequence[str]) -> bool:
    """Whether columns of these names say which product and which picture, in the format's words or Merchant's."""
    found = {spelled(name) for name in names}
    return {"id", "image_link"} <= found or ("product_id" in found and bool(found & {"image", *_SYNONYMS["image"]}))


def plan_columns(table: str, names: Sequence[str]) -> ColumnPlan:
    """What each of the columns `names` of the file called `table` means.

    Raises:
        SourceError: no ``product_id`` or no ``image``, or two columns that could be it.
    """
    found = {spelled(name) for name in names}
    if {"id", "image_link"} <= found and not {"product_id", "image"} & found:
        return _merchant_plan(names)
    roles: dict[str, tuple[str, ...]] = {}
    for role in _ROLES:
        candidates = [name for name in names if name == role] or [name for name in names if spelled(name) == role]
        candidates = candidates or [name for name in names if spelled(name) in _SYNONYMS.get(role, ())]
        if len(candidates) > 1:
            raise SourceError(
                f"{table} has several columns that could be {role!r}: {', '.join(map(repr, candidates))}; "
                f"rename the one that is meant to {role!r}"
            )
        if candidates:
            roles[role] = (candidates[0],)
    missing = [role for role in ("product_id", "image") if role not in roles]
    if missing:
        raise SourceError(_sentence(table, names, missing))
    taken = {name for used in roles.values() for name in used}
    return ColumnPlan(roles, tuple(name for name in names if name not in taken))


def _merchant_plan(names: Sequence[str]) -> ColumnPlan:
    by_spelling = {spelled(name): name for name in reversed(names)}
    roles: dict[str, tuple[str, ...]] = {}
    for role in _ROLES:
        words = ((role,) if role in by_spelling else ()) + _MERCHANT.get(role, _SYNONYMS.get(role, ()))
        used = tuple(by_spelling[word] for word in words if word in by_spelling)
        if used:
            roles[role] = used if role in ("product_id", "image") else used[:1]
    if "item_group_id" not in by_spelling:
        roles.pop("variant_id", None)
    taken = {name for used in roles.values() for name in used}
    return ColumnPlan(roles, tuple(name for name in names if name not in taken), merchant=True)


def _sentence(table: str, names: Sequence[str], missing: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:40])) or "none"
    hints: list[str] = []
    for role in missing:
        by_spelling = {spelled(name): name for name in names}
        near = [by_spelling[word] for word in _HINTS[role] if word in by_spelling]
        near += [by_spelling[word] for word in difflib.get_close_matches(role, by_spelling, n=3) if word not in near]
        near = list(dict.fromkeys(near))
        if near:
            hints.append(f"if {' or '.join(map(repr, near[:3]))} is the {role}, rename it to {role!r}")
    hint = "; ".join(hints) or f"rename the columns that mean {' and '.join(map(repr, missing))}, or add them"
    return (
        f"{table} has no column {' and no column '.join(map(repr, missing))}; its columns are {shown}; {hint}. "
        "Product exports of Shopify and WooCommerce are read as they are where their header is whole, and in English; "
        "WooCommerce's also in German, Spanish and French"
    )
