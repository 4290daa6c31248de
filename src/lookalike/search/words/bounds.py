"""Bounds on numbers in a question: ``under 80``, ``not more than €80``, ``less than 30 cm wide``, ``20-50 euros``.

What is found is how it was said: a direction, numbers, a currency, a unit, a dimension. Which column of a catalogue
that is about is decided by `lookalike.search.words.understanding`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lookalike.catalog.amounts import ASKED_UNITS, FRACTION, fraction
from lookalike.catalog.analysis import NO_SPACES
from lookalike.search.words.currencies import MONEY, POUNDS_OR_PIECES, SIGN
from lookalike.search.words.numerals import NUMERAL, numeral, scale_left_out

__all__ = ["Bound", "Direction", "take_bounds"]

Direction = Literal["<", "<=", ">", ">=", "between"]

_ROUGHLY = rf"左右(?![手脚侧側开開两兩])|上下(?=的|$|[^{NO_SPACES}])"
_BUDGET = r"(?:my |our )?budget(?: is| of| de| von| ist)?:?"
_BUDGET_ZH = r"预算(?:是|为|在|只有|:)?"
# What stands behind the sum of a budget says what it is: 左右 about that much, 以上 the least
_BUDGET_ZH_EXACT = rf"{_BUDGET_ZH}(?!\s*(?:{NUMERAL}|\d[\d.,]*)\s*\w{{0,3}}?(?:{_ROUGHLY}|[以之][内上下]|起))"
_SAID: Mapping[Direction, tuple[str, ...]] = {
    "<": (
        "under", "below", "less than", "cheaper than", "lower than", "smaller than", "fewer than", "unter",
        "weniger als", "billiger als", "gunstiger als", "kleiner als", "moins de", "moins cher que", "<", "低于",
        "少于", "小于", "不到", "不足", "不满",
    ),
    "<=": (
        "up to", "at most", r"max(?:imum|imal)?\.?(?: of)?", r"not? exceeding", "within",
        _BUDGET, _BUDGET_ZH_EXACT, "can (?:only )?(?:spend|pay|afford)", "bis(?: zu)?",
        "hochstens", "jusqu'a", "<=", "≤", "不超过", "最高(?:价[格位]?)?", "最多",
        "顶多", "至多",
    ),
    ">": (
        "over", "above", "more than", "greater than", "bigger than", "larger than", "dearer than",
        "more expensive than", "uber", "mehr als", "teurer als", "grosser als", "plus de", ">", "高于", "超过",
        "多于", "大于",
    ),
    ">=": (
        "at least", "from", r"min(?:imum|imal)?\.?(?: of)?", "starting (?:at|from)", "mindestens", "ab", "au moins",
        "a partir de", ">=", "≥", "至少", "最低(?:价[格位]?)?", "最少",
    ),
}  # fmt: skip
_COMPARED: Mapping[str, tuple[str, Direction]] = {
    "taller": ("height", ">"), "higher": ("height", ">"), "hoher": ("height", ">"), "shorter": ("height", "<"),
    "niedriger": ("height", "<"), "wider": ("width", ">"), "broader": ("width", ">"), "breiter": ("width", ">"),
    "narrower": ("width", "<"), "slimmer": ("width", "<"), "schmaler": ("width", "<"), "deeper": ("depth", ">"),
    "tiefer": ("depth", ">"), "shallower": ("depth", "<"), "longer": ("length", ">"), "langer": ("length", ">"),
    "heavier": ("weight", ">"), "schwerer": ("weight", ">"), "lighter": ("weight", "<"), "leichter": ("weight", "<"),
}  # fmt: skip
_DIMENSIONS = {
    "wide": "width", "width": "width", "breit": "width", "breite": "width", "large": "width", "largeur": "width",
    "high": "height", "tall": "height", "height": "height", "hoch": "height", "hohe": "height", "hauteur": "height",
    "deep": "depth", "depth": "depth", "tief": "depth", "tiefe": "depth", "profondeur": "depth",
    "long": "length", "length": "length", "lang": "length", "lange": "length", "longueur": "length",
    "weight": "weight", "gewicht": "weight", "poids": "weight", "price": "price", "preis": "price", "prix": "price",
}  # fmt: skip
_FLIPPED: Mapping[Direction, Direction] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "between": "between"}
_AROUND = (
    "around", "about", "roughly", "approximately", r"approx\.?", "circa", r"ca\.?", "ungefahr", "etwa", "environ", "~",
    "大约", "约",
)  # fmt: skip
_NEARLY = 0.2
"""How far from a number ``around`` it may be, as a share of it."""

_BEGINS, _ENDS = rf"(?<![^\W{NO_SPACES}])(?<!-)", rf"(?![^\W{NO_SPACES}])"
"""Where a word begins and ends: beside a script without spaces (``沙发低于100cm的``) too."""
_CURRENCY = rf"(?:\s?(?:{MONEY}|{POUNDS_OR_PIECES}))"
_UNIT_WORDS = [name for name in sorted(ASKED_UNITS, key=len, reverse=True) if name.isalpha() and name != "in"]
_INCHES, _FEET = r"\"|′′|''|’’|”", r"['′’](?![^\W\d])"
# Inches are written without a blank; with one it is the word, unless an adjective says what they measure
_UNIT = (
    rf"(?:\s?(?:(?:{'|'.join(_UNIT_WORDS)}){_ENDS}|%)|in{_ENDS}|\sin(?=\s+(?:wide|high|tall|deep|long){_ENDS})"
    rf"|{_INCHES}|{_FEET})"
)
_BRACED_FRACTION = FRACTION.replace("{", "{{").replace("}", "}}")
_ODD_INCHES = (
    rf"(?:(?<=['′’])\s?(?P<inches{{name}}>{_BRACED_FRACTION}|\d{{{{1,2}}}}(?![\d/⁄]))(?:{_INCHES}|in{_ENDS})?)?"
)
"""What follows feet: ``5'10"``."""
_BY_POINTS = r"\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?!\d)"
_BY_COMMAS = r"\d{1,3}(?:[ ,']\d{3})+\.\d{1,2}(?!\d)|\d{1,3}(?:[ ']\d{3})+,\d{1,2}(?!\d)|\d{1,3}(?:[ ,']\d{3})+(?!\d)"
_FIGURE = rf"{NUMERAL}|{FRACTION}|{_BY_POINTS}|{_BY_COMMAS}|\d+(?:[.,]\d+)?"
_CHINESE = re.compile(rf"[{NO_SPACES}]")
_COUNTED = re.compile("[个個人位座件只隻双雙条條张張把台臺层層寸岁歲升抽格门門片套支本页頁厘毫米英公克瓦年月天명개인]")
"""What is counted by the number before it (``3人``, ``5个抽屉``): such a bound is not about a price."""
_COUNTED_THINGS = re.compile(
    r" (?P<thing>(?:seat|seater|drawer|door|person|guest|player|piece|pocket|leg|port|socket|burner|bulb|speed|button"
    r"|wheel|tier|layer|slot|blade|star|year|month|hook|hole|compartment|core|place|tiroir|porte|personne|poche)s"
    r"|seater|shelves|people|sitze|sitzer|personen|schubladen|turen|facher|taschen|beine|jahre|teile)"
    rf"{_ENDS}"
)
"""The same in languages with blanks (``3 seats``); of one thing (``80 bed``) the number may well be a price."""
_CUT = re.compile(rf"[/⁄]\d|(?!(?:e|aud|cad|nzd|hkd|sgd|jpy|cny|inr|dkk|nok|czk|huf|ron){_ENDS})[a-z]")
"""After a figure: it is part of something longer (``2k``, ``80x60``, ``4th``), and no money."""


def _amount(name: str) -> str:
    odd = _ODD_INCHES.format(name=name)
    return (
        rf"(?P<sign{name}>{SIGN})?(?P<value{name}>{_FIGURE})"
        rf"(?:(?P<money{name}>{_CURRENCY})|(?P<unit{name}>{_UNIT}){odd})?"
    )


_ONE, _LOW, _HIGH = _amount(""), _amount("_low"), _amount("_high")
_DIMENSION_WORDS = "|".join(sorted(_DIMENSIONS, key=len, reverse=True))
_NOUNS = "width|height|depth|length|weight|price|breite|hohe|tiefe|gewicht|preis|largeur|hauteur|poids|prix"
_BEFORE = rf"(?:\b(?P<before>{_NOUNS})\s+(?:is\s+|of\s+)?)?"
_AFTER = rf"(?:\s+(?:in\s+(?:the\s+)?)?(?P<after>{_DIMENSION_WORDS}){_ENDS})?"
_DENIED = (
    r"(?P<denied>(?:not|can(?:no|['’]?)t|won['’]?t|don['’]?t)\s+(?:(?:spend|pay|afford)\s+)?|(?:no|nicht|pas)\s+"
    r"|不(?:要|能)?)?"
)


def _spoken(alternatives: Sequence[str]) -> str:
    """Words or signs that stand by themselves; the longest first, so that none hides another."""
    return "|".join(
        part + (r"(?!\w)" if part[0].isascii() and part[0] not in "<>~" else "")
        for part in sorted(alternatives, key=len, reverse=True)
    )


_BETWEEN = re.compile(
    rf"{_BEFORE}{_BEGINS}(?:between|zwischen|entre|from|von|de)\s+{_LOW}\s*(?:and|und|et|-|–|to|bis|a)\s*{_HIGH}{_AFTER}"
)
_TO = r"\s*(?:-|–|~|to|bis|到|至)\s*"
_BUDGETED = re.compile(rf"{_BEGINS}(?:{_BUDGET}|{_BUDGET_ZH})\s*{_LOW}{_TO}{_HIGH}{_AFTER}")
_RANGE = re.compile(rf"{_BEGINS}{_LOW}{_TO}{_HIGH}{_AFTER}")
_BOUNDED = {
    direction: re.compile(rf"{_BEFORE}{_BEGINS}{_DENIED}(?:{_spoken(said)})\s*{_ONE}{_AFTER}")
    for direction, said in _SAID.items()
}
_THAN = re.compile(rf"{_BEGINS}{_DENIED}(?P<how>{'|'.join(_COMPARED)})\s+(?:than|als)\s*{_ONE}{_AFTER}")
_OTHER_THAN = re.compile(rf"{_BEGINS}(?:not\s+)?[a-z]+er\s+than\s*{_ONE}")
_LATER = re.compile(
    rf"{_BEGINS}(?:{_BUDGET_ZH}\s*)?(?P<denied>(?<!要)不想?要\s*)?{_ONE}\s*"
    r"(?:(?P<most>or (?:less|under|below|cheaper)|and (?:under|below)|max(?:imum)?\b|tops\b"
    r"|oder weniger|ou moins|[以之]内|以下|内(?=的|\W|$))"
    r"|(?P<least>or (?:more|over|above)|and (?:up|over|above)\b|oder mehr|ou plus|以上|起步?(?=的|\W|$)|\+(?!\w)))"
)
_ABOUT = re.compile(rf"{_BEGINS}(?:{_spoken(_AROUND)})\s*{_ONE}{_AFTER}")
_OR_SO = re.compile(rf"{_BEGINS}(?:{_BUDGET_ZH}\s*)?{_ONE}\s*(?:{_ROUGHLY})")
_MEASURED_BEFORE = re.compile(
    "(?:[身直]?(?P<measure>[宽寬高长長深厚重径徑]{1,3})[度量]?|价[格钱位]|[售单总]价|预算)(?:大?约|[在要是为:]|控制在)?\\s*$"
)
_MEASURED = re.compile("\\s*[宽寬高长長深厚重]")
"""Beside a bare number: what it is a number of (``宽80左右``)."""
_MOST_BEFORE = 8
_MEASURES = {
    "宽": "width", "寬": "width", "高": "height", "长": "length", "長": "length", "深": "depth", "重": "weight",
}  # fmt: skip
_PROMOTED = re.compile("(?:(?<!不)满|[减減返省抵]|分之)\\s*$")
"""Before a sum: it is what one has to spend for something, or gets off, or a share (``百分之50以上``)."""
_TO_SPEND = re.compile(rf"{_BEGINS}{_ONE}\s*(?:(?:to spend|budget)\b|的?预算)")
_MODEL = r"rs\s?\d(?![\d,])"
_ALONE = re.compile(rf"{_BEGINS}(?!{_MODEL})(?={SIGN}|(?:{_FIGURE})\s?(?:{MONEY})){_ONE}(?!(?!的)[\w%]|[.,]\d|-\w)")
"""A sum of money with nothing that says where what is wanted lies: about that much. ``Audi RS 3`` is none."""
_OTHERWISE = re.compile(
    r"(?:\b(?:not|no|nicht|kein|keine|pas|off|save|less|hasta|(?:menos|mas) de|(?:meno|piu) di|fino a"
    r"|(?:minder|meer) dan|tot|onder(?: de)?|do|od|ponizej|till|til|до"
    r"|(?:gift ?card|voucher|gutschein|rabatt|discount|coupon)(?: of)?)\s"
    r"|[-–到至~])\s*$"
)
"""Before a sum: it is denied, a bound in a language that is not read, the end of a range, or what a card is worth."""
_NO_PRICE = re.compile(
    r"\s*(?:[-–~到至减減返]|的?\s?\w{0,4}(?:券|红包|硬币|纸币|卡(?![通其车車座槽扣包套册带宾]))|(?:off|gift|voucher|gutschein|rabatt|discount|coupon|cashback|bill|note|coin)\b)"
)
"""After a sum: a range that is not read, or no price of what is wanted."""

_QUOTED = re.compile(r"(?<![\w'\"’”″′])(?P<said>[\"“‘'][^\"“”‘’'″′]*\d)[\"”’'](?![^\"”’']*[\"”’'])")
"""Words in quotation marks that end in a number: what closes them is no inch and no foot."""
_SIGN_BEHIND_WORD = re.compile(r"(?<=[^\W\d_])(?=[<>≤≥])")
"""Where a blank is missing: ``price<100`` is said like ``price < 100``."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound, as it was said.

    Attributes:
        text: the words that said it.
        start: where they begin.
        direction: where what is wanted lies.
        values: one number, or of ``between`` the lower and the upper one.
        unit: folded name of a unit of `lookalike.catalog.amounts`; empty without one.
        dimension: ``width``, ``height``, ``depth``, ``length``, ``weight``, ``price``, what was counted (``seats``) or
            something unheard of that was compared (``louder``); empty where it was not said.
        money: whether a currency was named.
    """

    text: str
    start: int
    direction: Direction
    values: tuple[float, ...]
    unit: str = ""
    dimension: str = ""
    money: bool = False


def take_bounds(plain: str) -> tuple[tuple[Bound, ...], str]:
    """Every bound of a folded question, in order, and the question with blanks in their place.

    A blank comes before a sign such as ``<`` that follows a word; `Bound.start` counts it.

    Args:
        plain: the question, as `lookalike.catalog.analysis.folded` gives it.
    """
    found: list[Bound] = []
    plain = _QUOTED.sub(r"\g<said> ", _SIGN_BEHIND_WORD.sub(" ", plain))

    def take(pattern: re.Pattern[str], made: Direction | None = None) -> None:
        nonlocal plain
        for match in list(pattern.finditer(plain)):
            bound = _bound(match, made)
            if bound is not None:
                found.append(bound)
                plain = plain[: bound.start] + " " * (match.end() - bound.start) + plain[match.end() :]

    take(_BETWEEN, "between")
    take(_BUDGETED, "between")
    take(_RANGE, "between")
    take(_THAN)
    for direction in ("<=", ">=", "<", ">"):
        take(_BOUNDED[direction], direction)
    take(_OTHER_THAN, "<")
    take(_LATER)
    take(_ABOUT, "between")
    take(_OR_SO, "between")
    take(_TO_SPEND, "<=")
    if len(_ALONE.findall(plain)) == 1:  # of two, nothing says which one it is, and nothing is about both
        take(_ALONE, "between")
    return tuple(sorted(found, key=lambda bound: bound.start)), plain


def _bound(match: re.Match[str], direction: Direction | None) -> Bound | None:
    groups = match.groupdict()
    text = " ".join(match.group().split())
    if groups.get("value_low") is not None:
        return _range(match, groups, text)
    dimension = _DIMENSIONS.get(groups.get("before") or groups.get("after") or "", "")
    if groups.get("how") is not None:
        dimension, direction = _COMPARED[str(groups["how"])]
    elif match.re is _OTHER_THAN:
        dimension = text.split(" than")[0].rpartition(" ")[2]
    elif match.re is _LATER:
        direction = "<=" if groups["most"] is not None else ">="
    assert direction is not None
    if groups.get("denied") is not None:
        direction = _FLIPPED[direction]
    value, money, unit = _number(match, ""), _is_money(groups, ""), _unit(groups, "")
    if value is None:
        return None
    start, before = _before(match, money=money)
    dimension = dimension or before
    if match.end() == match.end("value") and _CUT.match(match.string, match.end()):
        return None
    if match.re is _TO_SPEND and not money:
        return None  # a thing that is cheap, or as many
    if dimension in ("", "price") and not (money or unit) and fraction(str(groups["value"])) is not None:
        return None  # a share of a price, a date
    if match.re in (_ALONE, _LATER) and _PROMOTED.search(match.string, max(0, match.start() - 4), match.start()):
        return None
    if match.re is _ALONE and (
        _OTHERWISE.search(match.string, 0, match.start()) or _NO_PRICE.match(match.string, match.end())
    ):
        return None
    if match.re is _OR_SO and not (money or unit or dimension) and _MEASURED.match(match.string, match.end()):
        return None
    if (groups.get("least") or "")[:1] in ("+", "起") and not (money or unit or dimension):
        return None  # an age, a model, a rating
    if not (money or unit) and match.re is not _LATER and _COUNTED.match(match.string, match.end()):
        return None
    if not (money or unit or dimension):
        dimension, text = _counted(match, text)
    nearly = match.re in (_ABOUT, _OR_SO, _ALONE)
    values = (value * (1 - _NEARLY), value * (1 + _NEARLY)) if nearly else (value,)
    return Bound(match.string[start : match.start()] + text, start, direction, values, unit, dimension, money)


def _range(match: re.Match[str], groups: Mapping[str, str | None], text: str) -> Bound | None:
    unit = _unit(groups, "_high") or _unit(groups, "_low")
    money = _is_money(groups, "_high") or _is_money(groups, "_low")
    start, before = _before(match, money=money)
    dimension = _DIMENSIONS.get(groups.get("before") or groups.get("after") or "", before)
    if match.re is _RANGE and not (unit or money or dimension):
        return None  # two numbers with a dash: a size, a date, a model
    if not (money or unit or dimension):
        dimension, text = _counted(match, text)
    ends = _number(match, "_low"), _number(match, "_high")
    if ends[0] is None or ends[1] is None:
        return None
    says_own = _is_money(groups, "_low") or _unit(groups, "_low")  # 三元到五百元
    shared = 1 if says_own else scale_left_out(str(groups["value_low"]), str(groups["value_high"]))
    low, high = sorted((ends[0] * shared, ends[1]))
    return Bound(match.string[start : match.start()] + text, start, "between", (low, high), unit, dimension, money)


def _before(match: re.Match[str], *, money: bool) -> tuple[int, str]:
    """Where a bound begins with the Chinese word before it that says what is measured, and that dimension."""
    found = _MEASURED_BEFORE.search(match.string, max(0, match.start() - _MOST_BEFORE), match.start())
    if found is None or (money and found["measure"] is not None):  # 家长不超过50元
        return match.start(), ""
    measure = found["measure"]
    return found.start(), "price" if measure is None else _MEASURES.get(measure, measure)


def _counted(match: re.Match[str], text: str) -> tuple[str, str]:
    """What a bare number counts, empty where it counts nothing, and the bound's words with it."""
    thing = _COUNTED_THINGS.match(match.string, match.end())
    return ("", text) if thing is None else (thing["thing"], text + thing.group())


def _unit(groups: Mapping[str, str | None], name: str) -> str:
    written = (groups.get("unit" + name) or "").strip()
    if not written or written in ASKED_UNITS:
        return written
    return '"' if re.fullmatch(_INCHES, written) else "'"


def _is_money(groups: Mapping[str, str | None], name: str) -> bool:
    return bool(groups.get("sign" + name) or groups.get("money" + name))


def _number(match: re.Match[str], name: str) -> float | None:
    """``80``, ``79.99``, ``79,99``, ``1,500``, ``1 500``, ``1,500.50``, ``1.500,50``; of money also ``1.500``.

    So is ``一百五``; None for Chinese characters that are no number there.
    """
    groups = match.groupdict()
    if _CHINESE.search(str(groups["value" + name])):
        return numeral(match.string, *match.span("value" + name))
    odd_inches = _figure(groups.get("inches" + name) or "0", money=False)
    return _figure(str(groups["value" + name]), money=_is_money(groups, name)) + odd_inches / 12


def _figure(written: str, *, money: bool) -> float:
    parts = fraction(written)
    if parts is not None:
        return parts
    if re.fullmatch(_BY_POINTS, written):
        return float(written.replace(".", "").replace(",", "."))
    grouped = re.fullmatch(r"(\d{1,3}(?:[ ,']\d{3})+)(?:[.,](\d{1,2}))?", written)
    if grouped is not None and not written.startswith("0"):
        return float(re.sub(r"[ ,']", "", grouped[1]) + "." + (grouped[2] or "0"))
    if money and re.fullmatch(r"\d{1,3}\.\d{3}", written) and not written.startswith("0"):
        return float(written.replace(".", ""))
    return float(written.replace(",", "."))
