"""Numbers as Chinese writes them in bounds: ``一百元``, ``三百五``, ``两万三千元``, ``1.5万元``.

Characters of numbers stand in many words (一起, 千层, 百分之五十), so that some are taken for a number only where a
currency, a unit or the end of a bound follows. What says only roughly how many (``几百``, ``十几``, ``五六十``)
is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lookalike.catalog.amounts import ASKED_UNITS
from lookalike.search.words.currencies import HAN_MONEY

__all__ = ["NUMERAL", "has_figure", "numeral", "scale_left_out"]

_DIGITS: Mapping[str, int] = {
    **{character: value for value, character in enumerate("一二三四五六七八九", start=1)}, "两": 2, "兩": 2
}  # fmt: skip
_SCALES: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000}
_MYRIADS, _MYRIAD = "万萬", 10_000
_ZEROS = "零〇"
_LARGE = "".join(_SCALES) + _MYRIADS
_ANY = "".join(_DIGITS) + _LARGE + _ZEROS
# Whole stretches of them, or all but the 千 of 千克, and of bounded length: nothing is tried again and again.
_STRETCH = rf"(?<![{_ANY}])(?:[{_ANY}]{{1,16}}(?=千克)|[{_ANY}]{{1,16}}(?![{_ANY}]))"
NUMERAL = rf"{_STRETCH}|\d+(?:[.,]\d+)?[百千{_MYRIADS}](?:\d+[百千]?)?(?!克)"
"""What may be a number, folded; `numeral` says whether it is one where it stands."""

_FIGURE = re.compile(rf"[\d{_ANY}]")
_UNITS = "|".join(name for name in ASKED_UNITS if name.isalpha() and not name.isascii())
_MONEY = rf"{HAN_MONEY}|[€$£¥￥]"
_ROUGHLY_BEFORE = re.compile(rf"(?:[\d第之几幾数數多好]|[{_LARGE}]分|(?<![以之])上)$")
_FOLLOWS = re.compile(
    rf"\s?(?:{_MONEY}|块|{_UNITS})|[以之][内上下]|左右|上下|内(?:的|\W|$)|起步?(?:的|\W|$)|\s*[到至~–-]\s*[{_ANY}\d]|的|\W|$"
)
_FOLLOWS_ONE = re.compile(rf"\s?(?:{_MONEY}|{_UNITS})|[到至~–-][{_ANY}]+(?:{_MONEY}|块|{_UNITS})")
"""After one figure: not ``两块``, which may be so many pieces, nor ``一的``."""
_MIXED = re.compile(rf"(?P<figure>\d+(?:[.,]\d+)?)(?P<scale>[百千{_MYRIADS}])(?:(?P<more>\d+)(?P<smaller>[百千])?)?")
_FIGURES = "".join(_DIGITS)
_OF_SCALE = re.compile(rf"(?P<figure>[{_FIGURES}]|十(?=[{_MYRIADS}])|\d+(?:[.,]\d+)?)(?P<scale>[百千{_MYRIADS}])")
_OF_NONE = re.compile(rf"[{_FIGURES}]|\d+(?:[.,]\d+)?")


def has_figure(text: str) -> bool:
    """Whether anything in a folded text may be a number."""
    return _FIGURE.search(text) is not None


def scale_left_out(low: str, high: str) -> int:
    """What the lower end of a range leaves to the upper one: 100 of ``三到五百``, 10,000 of ``1-2万``; else 1."""
    scaled = _OF_SCALE.fullmatch(high)
    if scaled is None or _OF_NONE.fullmatch(low) is None or _plain(low) >= _plain(scaled["figure"]):
        return 1
    return _SCALES.get(scaled["scale"], _MYRIAD)


def _plain(figure: str) -> float:
    return float({**_DIGITS, **_SCALES}.get(figure) or figure.replace(",", "."))


def numeral(text: str, start: int, end: int) -> float | None:
    """The number that stands there, or None: ``三百五`` is 350, ``一千零五`` 1005, ``百`` 100, ``1.5万`` 15,000."""
    written = text[start:end]
    mixed = _MIXED.fullmatch(written)
    follows = _FOLLOWS if mixed is not None or re.search(f"[{_LARGE}]", written) else _FOLLOWS_ONE
    if follows.match(text, end) is None or (mixed is None and _ROUGHLY_BEFORE.search(text, max(0, start - 2), start)):
        return None
    if mixed is not None:
        scale, more = _SCALES.get(mixed["scale"], _MYRIAD), mixed["more"] or ""
        smaller = _SCALES.get(mixed["smaller"] or "", scale // 10 if len(more) == 1 else 1)
        return float(mixed["figure"].replace(",", ".")) * scale + int(more or 0) * smaller
    above, myriads, below = written.rpartition("万" if "万" in written else "萬")
    if not myriads:
        return _below_myriad(written)
    high, low = _below_myriad(above) if above else 1.0, _below_myriad(below) if below else 0.0
    if high is None or low is None:
        return None
    # 两万三: what follows without a scale of its own is so many of the next smaller one
    return high * _MYRIAD + low * (1000 if below in _DIGITS else 1)


def _below_myriad(written: str) -> float | None:
    total, last, figure, zero = 0.0, _MYRIAD, 0, False
    for character in written:
        if character in _ZEROS:
            if figure:
                return None
            zero = True
        elif character in _DIGITS:
            if figure:
                return None  # 五六十: between fifty and seventy
            figure = _DIGITS[character]
        else:
            scale = _SCALES.get(character, last)
            if scale >= last:
                return None
            total, last, figure, zero = total + (figure or 1) * scale, scale, 0, False
    if not figure:
        return None if zero or not written else total
    return total + figure * (last // 10 if not zero and 10 < last < _MYRIAD else 1)
