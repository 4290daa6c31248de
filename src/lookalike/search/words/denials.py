"""Values that a question in Chinese does not want: ``不要红色``, ``非红色``, ``除了红色``, ``红色以外``.

Chinese has no blanks that say where a value ends, so values of the catalogue are looked for beside the words that deny
them, the longest first; brands are often Latin (``不要Acme``). What only asks (``要不要红色``, ``是不是红色``), adds
(``除了红色还要白色``), chooses (``不是红色就是白色``) or denies a denial (``非红色不要``, ``除了红色都不要``,
``不要红色以外的``) denies nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lookalike.catalog.analysis import NO_SPACES

__all__ = ["Denial", "denials"]

_DENIES = re.compile(
    r"(?<!不要)(?:(?<!要)不要|(?<!想)不想要|(?<!是)不是"
    rf"|(?:(?<![{NO_SPACES}])|(?<=[要的]))非|(?P<apart>除了?)(?!.*[还還也]))\s*"
)
_APART = rf"(?:(?:以|之)外的?|外(?:的|(?=都)|(?![{NO_SPACES}])))"
_APART_FROM = re.compile(_APART)
_OUTSIDE = re.compile("(?:以|之)外的?")
_AND = re.compile(r"\s*(?:、|和|与|與|跟|或者?)\s*")
_MOST_BETWEEN = 4
_AND_BEHIND = re.compile(f"{_AND.pattern}$")
_BEFORE = re.compile(rf"[^{NO_SPACES}]|[要想买買找的]")
_AFTER = re.compile(rf"[^{NO_SPACES}]|[的或和、与與跟以之]|$")
_TAIL = re.compile(f"的?{_APART}?")
_TURNED = re.compile(
    r"\s*(?:就是(?!了)|(?:其他|其它|其余|别的)?(?:颜色)?的?(?:我|我都|都|全|就|一律)?"
    r"(?:不(?:想?要|买|買|考虑|看|选|行|可)|免谈|勿扰)[了啊哦吧]?\s*(?:$|[^\w\s]))"
)
"""Behind what would be denied: another choice, or a denial of all the rest."""
_HUE = "色"
_LATIN = re.compile(rf"[^\W{NO_SPACES}]")
_MOST_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Denial:
    """Values of one column that are not wanted.

    Attributes:
        start: where what denies them begins.
        end: behind the last of them, and behind what belongs to its denial.
        values: each as it was written, and what the catalogue calls it.
    """

    start: int
    end: int
    values: tuple[tuple[str, str], ...]


def denials(plain: str, column_of: Callable[[str], str | None]) -> list[Denial]:
    """What a folded question denies; the stretches do not overlap.

    Args:
        plain: the question, as `lookalike.catalog.analysis.folded` gives it.
        column_of: the column that has a value of that name; None where none has.
    """
    found: list[Denial] = []
    for match in _DENIES.finditer(plain):
        values, end = _joined(plain, match.end(), column_of)
        if values and (match["apart"] != "除" or _APART_FROM.match(plain, end)):  # else to divide, to remove
            outside = match["apart"] is None and _OUTSIDE.match(plain, end)
            tail = _TAIL.match(plain, end)
            ends = end if tail is None else tail.end()
            found.append(Denial(match.start(), ends, () if outside else tuple(values)))
    for match in _OUTSIDE.finditer(plain):
        values, start = _listed_before(plain, len(plain[: match.start()].rstrip()), column_of)
        if values and not any(one.start < match.end() and start < one.end for one in found):
            found.append(Denial(start, match.end(), tuple(values)))
    return [one for one in found if one.values and not _TURNED.match(plain, one.end)]


def _joined(plain: str, start: int, column_of: Callable[[str], str | None]) -> tuple[list[tuple[str, str]], int]:
    """Values of one column from `start` on, with an *and* or *or* between them, and where the last one ends."""
    values: list[tuple[str, str]] = []
    begins, end = start, start
    while True:
        value = _beginning(plain, begins, column_of)
        if value is None or (values and column_of(value[0]) != column_of(values[0][1])):
            return values, end
        name, end = value
        values.append((plain[begins:end], name))
        following = _AND.match(plain, end)
        if following is None:
            return values, end
        begins = following.end()


def _beginning(plain: str, start: int, column_of: Callable[[str], str | None]) -> tuple[str, int] | None:
    """The longest value that is written from `start` on, and where it ends."""
    for end in range(min(len(plain), start + _MOST_CHARACTERS), start, -1):
        name = _name(plain[start:end], column_of)
        # One character (红) may begin another word (红酒杯).
        if name is not None and (end - start > 1 or _AFTER.match(plain, end)) and not _within_word(plain, end):
            return name, end
    return None


def _listed_before(plain: str, end: int, column_of: Callable[[str], str | None]) -> tuple[list[tuple[str, str]], int]:
    """Values of one column up to `end`, with an *and* or *or* between them, and where the first one begins.

    None where what an *and* joins to them is no such value: ``沙发和白色以外``.
    """
    values: list[tuple[str, str]] = []
    start = end
    while True:
        value = _ending(plain, end, column_of)
        if value is None or (values and column_of(value[0]) != column_of(values[0][1])):
            sign = plain[end:start]
            return (values if sign and not re.match(rf"[{NO_SPACES}]", sign) else []), start
        name, start = value
        values.insert(0, (plain[start:end], name))
        joined = _joined_behind(plain, start)
        if joined is None:
            return values, start
        end = joined.start()


def _ending(plain: str, end: int, column_of: Callable[[str], str | None]) -> tuple[str, int] | None:
    """The longest value that is written up to `end`, and where it begins: not within another word."""
    for start in range(max(0, end - _MOST_CHARACTERS), end):
        name = _name(plain[start:end], column_of)
        if name is None or _within_word(plain, start):
            continue
        is_latin = _LATIN.match(name) is not None
        if is_latin or start == 0 or _BEFORE.match(plain, start - 1) or _joined_behind(plain, start):
            return name, start
    return None


def _joined_behind(plain: str, end: int) -> re.Match[str] | None:
    """An *and* or *or* that ends there."""
    return _AND_BEHIND.search(plain, max(0, end - _MOST_BETWEEN), end)


def _within_word(plain: str, place: int) -> bool:
    """Whether Latin letters or figures stand on both sides of a place."""
    return 0 < place < len(plain) and all(_LATIN.match(plain, at) for at in (place - 1, place))


def _name(written: str, column_of: Callable[[str], str | None]) -> str | None:
    """What the catalogue calls it: 红 and 红色 are one colour."""
    if not written[-1].isalnum():
        return None
    if _LATIN.match(written):
        return written if column_of(written) is not None else None
    if not re.match(rf"[{NO_SPACES}]", written):
        return None
    other = written.removesuffix(_HUE) if written.endswith(_HUE) else written + _HUE
    return next((name for name in (written, other) if name and column_of(name) is not None), None)
