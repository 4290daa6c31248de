"""Codes that are printed on a photographed product: an exact match wins over any likeness."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.analysis import squeezed
from lookalike.catalog.attributes import MAX_CODE_CHARACTERS, is_code_column
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.gtin import is_gtin, spellings
from lookalike.images.codes import PrintedCode
from lookalike.search.words.fusion import CODE

__all__ = ["asked_by", "has_codes", "match", "put_first"]

_LOOKED_AT = 20
_SHORTEST = 4


def has_codes(catalog: Catalog) -> bool:
    """Whether there is something that a printed code could match: a column of codes, or ids that are trade numbers."""
    if any(is_code_column(name) for name in catalog.columns()):
        return True
    return any(is_gtin(product.product_id) for product in catalog.products(limit=_LOOKED_AT))


def asked_by(code: PrintedCode) -> tuple[str, ...]:
    """The codes of a catalogue that a printed one may stand for, squeezed, the likeliest first.

    Of an address they are its parts too: the last of its path, and the values of its query.
    """
    texts = list(spellings(code.text))
    address = _address(code.text)
    if address is not None:
        parts = [part for part in address.path.split("/") if part]
        texts += [unquote(part) for part in parts[-1:]]
        texts += [value for _, value in parse_qsl(address.query)]
    forms = dict.fromkeys(squeezed(form) for text in texts for form in (text, *spellings(text)))
    return tuple(form for form in forms if _SHORTEST <= len(form) <= MAX_CODE_CHARACTERS)


def _address(text: str) -> SplitResult | None:
    """The text as a web address; None where it is none, or a broken one, which is text like any other."""
    if not re.match(r"https?://", text, re.IGNORECASE):
        return None
    try:
        return urlsplit(text)
    except ValueError:
        return None


def match(codes: Sequence[PrintedCode], catalog: Catalog) -> tuple[PrintedCode, tuple[int, ...]] | None:
    """The first code that variants of the catalogue have, with their keys; the first code of all where none has one.

    Returns:
        None where no code was read.
    """
    for code in codes:
        keys = dict.fromkeys(key for key, _ in catalog.text.coded(asked_by(code)))
        if keys:
            return code, tuple(keys)
    return (codes[0], ()) if codes else None


def put_first(
    rows: Int64[np.ndarray, " n"],
    lanes: Mapping[str, Float32[np.ndarray, " n"]],
    groups: Int64[np.ndarray, " n"],
    coded: Int64[np.ndarray, " m"],
    coded_groups: Int64[np.ndarray, " m"],
) -> tuple[Int64[np.ndarray, " p"], dict[str, Float32[np.ndarray, " p"]]]:
    """Rows with those of a matched code before all others, each group once.

    Args:
        rows: of the view, one a group, by falling score.
        lanes: what each lane brings to their scores.
        groups: of `rows`: products, variants or images.
        coded: rows that have the code, one a group.
        coded_groups: of `coded`.

    Returns:
        rows; what each lane brings to them, where the lane ``code`` makes 1 of a coded row's score, and the others keep
        what they had (0 where nothing compared them).
    """
    held = np.flatnonzero(~np.isin(groups, coded_groups))
    place_of = {group: place for place, group in enumerate(groups.tolist())}
    places = np.asarray([place_of.get(group, -1) for group in coded_groups.tolist()], dtype=np.int64)
    told: dict[str, Float32[np.ndarray, " p"]] = {}
    rest = np.ones(len(coded), dtype=np.float32)
    for name, shares in lanes.items():
        if name == CODE:
            continue
        own = np.where(places >= 0, np.append(shares, np.float32(0.0))[places], np.float32(0.0)).astype(np.float32)
        told[name] = np.concatenate([own, shares[held]])
        rest -= own
    # Another code, which was typed beside, may have been found already: what has it keeps its share.
    typed = lanes.get(CODE, np.zeros(len(rows), dtype=np.float32))
    told[CODE] = np.concatenate([rest, typed[held]])
    return np.concatenate([coded, rows[held]]), told
