"""Trade item numbers (GTIN): EAN-8, UPC-A, EAN-13 and GTIN-14 of one item are one number, however many zeros it has.

A feed may hold the 12 digits of a UPC where the package shows 13, or have lost its leading zeros in a spreadsheet.
"""

from __future__ import annotations

import re

__all__ = ["is_gtin", "spellings"]

_LENGTHS = (8, 12, 13, 14)
_DIGITAL_LINK = re.compile(r"/01/(\d{8,14})(?:[/?#]|$)")
_ELEMENT = re.compile(r"^(?:\]C1|\]d2|\]Q3)?\(?01\)?(\d{14})")


def is_gtin(code: str) -> bool:
    """Whether `code` is 8, 12, 13 or 14 digits whose last one checks the others."""
    if len(code) not in _LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    digits = [int(digit) for digit in code]
    weighted = sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return (10 - weighted % 10) % 10 == digits[-1]


def spellings(code: str) -> tuple[str, ...]:
    """Every way in which a catalogue may write what `code` says, the code itself first.

    A trade item number is also written with fewer or more leading zeros; it is found in GS1 addresses
    (``https://…/01/09506000134352``) and element strings (``(01)09506000134352``) too. Any other text is itself alone.

    Reference:
        GS1 General Specifications, sections 1.4 (GTIN formats) and 7.9 (check digit); GS1 Digital Link URI Syntax.
    """
    text = code.strip()
    inside = _DIGITAL_LINK.search(text) or _ELEMENT.match(text)
    number = inside[1] if inside is not None else re.sub(r"[\s-]", "", text)
    found = [text] if text else []
    if is_gtin(number):
        bare = number.lstrip("0")
        found += [number, *(bare.zfill(length) for length in _LENGTHS if len(bare) <= length), bare]
    return tuple(dict.fromkeys(form for form in found if form))
