"""Amounts of money as shops write them: ``1,299.00``, ``€ 12,50``, ``12.50 EUR``, ``CHF 1'299.-``.

The currency is read and dropped: a catalogue is priced in one currency, or has a column that tells them apart.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final, Literal, TypeAlias

from lookalike.sources.cells import Cell, is_missing

__all__ = ["DecimalMark", "decimal_mark", "price_of"]

DecimalMark: TypeAlias = Literal[".", ","]

_CURRENCIES: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
    "TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL RMB KR KR. ZŁ KČ FT LEI "
    "ЛВ РУБ РУБ. TL RS RS. RP RM R US A C HK NT S NZ MX EURO EUROS DOLLAR DOLLARS 元 円 원 "
)
_CODES: Final = frozenset(_CURRENCIES.split())
_AMOUNT: Final = re.compile(
    r"(?P<before>(?:[^0-9.,+-]|(?<=[^\W\d_])\.)*)"
    r"(?P<digits>[.,]?[0-9][0-9.,' ]*)(?P<dash>[-–—]{1,2})?(?P<after>[^0-9]*)"
)
_LONGEST: Final = 64
"""Characters beyond which no column of prices is looked for in a cell."""
_PLAIN: Final = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?|\.[0-9]+")


def price_of(cell: Cell, *, mark: DecimalMark | None = None) -> float | None:
    """The amount, at least zero and finite; None where missing.

    A single mark with exactly three digits behind it can be read both ways. Then `mark`, what the rest of the column
    uses, decides; without it ``1,299`` is 1299 and ``1.299`` is 1.299, as in English and in every program.

    Raises:
        ValueError: not one amount (a range, a word, a price per unit), or negative.
    """
    if is_missing(cell, number=True):
        return None
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise ValueError(f"{cell!r} is not a price; expected an amount such as 12.50")  # noqa: TRY004
    if isinstance(cell, str):
        amount = _amount(cell, mark)
    else:
        try:
            amount = float(cell)
        except OverflowError:
            amount = math.inf
    if not math.isfinite(amount):
        raise ValueError("the price is too large for a number")
    if amount < 0:
        raise ValueError(f"the price {cell!r} is negative")
    return amount


def decimal_mark(cell: Cell) -> DecimalMark | None:
    """Which mark surely begins the decimals of this price; None where it has none, or could be read both ways."""
    if not isinstance(cell, str) or len(cell) > _LONGEST or (parts := _parts(cell)) is None:
        return None
    n_points, n_commas = parts.count("."), parts.count(",")
    if n_points and n_commas:
        return "." if parts.rfind(".") > parts.rfind(",") else ","
    for sign, other, n in ((".", ",", n_points), (",", ".", n_commas)):
        if n > 1:
            return "," if other == "," else "."
        if n == 1 and not _is_ambiguous(parts, sign):
            return "." if sign == "." else ","
    return None


def _amount(text: str, mark: DecimalMark | None) -> float:
    word = text.strip()
    # With a comma elsewhere in the column, 1.299 is no plain number any more.
    if _PLAIN.fullmatch(word) and not (mark == "," and _is_ambiguous(word, ".")):
        return float(word)
    digits = _parts(text)
    refusal = f"{text!r} is not a price; expected one amount such as 12.50, 1,299.00 or € 12,50"
    if digits is None:
        if re.match(r"\s*[^0-9]{0,4}-\s*[0-9]", text):
            raise ValueError(f"the price {text!r} is negative")
        raise ValueError(refusal)
    n_points, n_commas = digits.count("."), digits.count(",")
    if n_points and n_commas:
        decimals = "." if digits.rfind(".") > digits.rfind(",") else ","
    elif n_points + n_commas == 1:
        sign = "." if n_points else ","
        decimals = (mark or ".") if _is_ambiguous(digits, sign) else sign
    else:
        decimals = "." if n_commas else ","
    whole, _, fraction = digits.partition(decimals)
    thousands = "," if decimals == "." else "."
    if thousands in fraction or decimals in fraction or not _is_grouped(whole, thousands):
        raise ValueError(refusal)
    return float(f"{whole.replace(thousands, '') or '0'}.{fraction or '0'}")


def _parts(text: str) -> str | None:
    """Digits, points and commas of an amount, without the currency and without blanks; None if it is none."""
    word = unicodedata.normalize("NFKC", text).replace("’", "'").strip()
    found = _AMOUNT.fullmatch(word)
    if found is None:
        return None
    before, digits = found["before"].strip(), found["digits"].strip()
    if before.endswith(".") and not _is_currency(before):  # no abbreviation like Rs. or kr.: the point is of the amount
        before, digits = before[:-1], f".{digits}"
    if not (_is_currency(before) and _is_currency(found["after"])) or (before and found["after"].strip()):
        return None
    if found["dash"] and not digits.endswith((".", ",")):
        return None
    whole = re.split(r"[.,]", digits, maxsplit=1)[0]
    for blank in (" ", "'"):
        if blank in digits:
            groups = whole.split(blank)
            three = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
            if blank in digits[len(whole) :] or not three:
                return None
            digits = digits.replace(blank, "")
    return digits.rstrip(".,") if found["dash"] else digits


def _is_currency(text: str) -> bool:
    word = text.strip().upper()
    symbols = [character for character in word if unicodedata.category(character) == "Sc"]
    letters = "".join(character for character in word if unicodedata.category(character) != "Sc").strip()
    return len(symbols) <= 1 and (not letters or letters in _CODES)


def _is_ambiguous(digits: str, sign: str) -> bool:
    """Whether the only mark could be of thousands as well as of decimals (``1.299``, not ``0.299`` or ``1299.000``)."""
    whole, _, fraction = digits.partition(sign)
    return len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")


def _is_grouped(whole: str, thousands: str) -> bool:
    if thousands not in whole:
        return True
    first, *groups = whole.split(thousands)
    western = 1 <= len(first) <= 3 and all(len(group) == 3 for group in groups)
    indian = 1 <= len(first) <= 2 and all(len(group) == 2 for group in groups[:-1]) and len(groups[-1]) == 3
    return western or indian
