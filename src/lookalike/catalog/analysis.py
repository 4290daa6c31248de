"""From text to the tokens that are searched: the same for what is stored and for what is asked.

Case, width and accents are folded, plurals lose their ending, amounts get one spelling (``1,5 L``, ``1500 ml`` and
``1500毫升`` are one token), hyphenated words are kept whole and in parts. Scripts without spaces between words
(Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) become single characters and pairs of neighbours: a word of two
characters is then found wherever it stands, and no dictionary decides where words end.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lookalike.catalog.amounts import CHINESE_UNIT, FRACTION, PERHAPS_CHINESE_UNIT, UNITS, amount_token, base_amount

__all__ = ["NO_SPACES", "Piece", "folded", "pieces", "squeezed", "stem", "tokens"]

NO_SPACES = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
"""Ranges of the scripts without spaces between words, for a class of a regular expression."""
_ENDS = rf"(?![^\W_{NO_SPACES}])"
_UNIT_NAMES = "|".join(sorted(UNITS, key=len, reverse=True))
_INCH = "\"|''|′′|’’|”"
_PIECE = re.compile(
    rf"(?P<fraction>{FRACTION})[\s-]?(?P<fraction_unit>(?:{_UNIT_NAMES}){_ENDS}|{CHINESE_UNIT})"
    rf"|(?P<feet>\d+(?:[.,]\d+)?)['′’](?:[\s-]?(?P<odd>{FRACTION}|\d{{1,2}}(?:\.\d+)?)\s?(?:{_INCH}|in(?:ch(?:es)?)?{_ENDS})"
    rf"|(?!['′’])(?:{_ENDS}|(?=x\s?\d)))"
    rf"|(?P<figure>\d+(?:[.,]\d+)*)[\s-]?(?P<sign>{CHINESE_UNIT})"
    rf"|(?P<perhaps>\d+(?:[.,]\d+)*)(?=[\s-]?(?P<perhaps_sign>{PERHAPS_CHINESE_UNIT})"
    rf"|(?:\s?[*×~-]\s?\d+(?:[.,]\d+)*){{1,3}}[\s-]?(?P<last_sign>{CHINESE_UNIT}|{PERHAPS_CHINESE_UNIT}))"
    rf"|(?P<number>\d+(?:[.,]\d+)*)(?P<glue>[\s-]?)(?P<unit>[^\W\d_{NO_SPACES}]{{1,10}}|[\"°%](?:[cCfF]\b)?|′′|'')?{_ENDS}"
    rf"|(?P<run>[{NO_SPACES}]+)"
    rf"|(?P<word>[^\W_{NO_SPACES}]+(?:[.'’\-/&+][^\W_{NO_SPACES}]+)*)"
)
_QUOTED = re.compile(
    r"(?<![\w'’\"”′])(?:[\"“](?P<double>(?=\S)[^\"“”]*\d)[\"”]|['‘](?P<single>(?=\S)[^'‘’]*\d)['’])(?!\w)"
)
"""Words in quotation marks that end in a number (``'Route 66'``): what closes them is no foot and no inch."""
_MIXED = re.compile("(?<=\\d)(?=[¼-¾⅐-⅞])")
"""Between a whole number and the sign of a fraction, which would become one number: ``1½`` is no ``11/2``."""
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_PARTS = re.compile(r"[^\W_]+")
_SPELLED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_WITH_MARKS = re.compile(r"[a-zα-ωа-я]")
MAX_TOKEN_CHARACTERS = 48


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a text.

    Attributes:
        text: as it was written.
        tokens: what it is searched by, the first being the whole of it where it has parts.
        start: where it begins in the folded text.
        whole: whether the first token stands for all of it and the others for its parts.
        words: the two things that it says, where it is a number and what is counted (``3 seater``); else none.
    """

    text: str
    tokens: tuple[str, ...]
    start: int
    whole: bool = False
    words: tuple[Piece, ...] = ()

    @property
    def is_run(self) -> bool:
        """Whether it is of a script without spaces, with more than one character."""
        return len(self.tokens) > 1 and not self.whole and not self.words


def folded(text: str) -> str:
    """`text` in compatibility form and lower case, Latin, Greek and Cyrillic letters without their marks."""
    plain = unicodedata.normalize("NFKC", _MIXED.sub(" ", text)).casefold()
    if plain.isascii():
        return plain
    plain = plain.translate(_SPELLED)
    kept: list[str] = []
    bare = False
    for character in unicodedata.normalize("NFD", plain):
        if unicodedata.combining(character) and bare:
            continue
        bare = _WITH_MARKS.match(character) is not None
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def stem(word: str) -> str:
    """`word` without a plural ending: ``mugs`` → ``mug``, ``berries`` → ``berry``, ``boxes`` → ``box``.

    Only endings that are safe to take in English and do little harm in French are; words of up to three letters and
    those with digits stay as they are.

    Reference:
        Harman 1991, "How effective is suffixing?", the S stemmer; deviation: ``-es`` after a sibilant goes as a whole.
    """
    if len(word) <= 3 or not word.isalpha() or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith(("ss", "us", "is")):
        return word
    return word[:-1]


def squeezed(text: str) -> str:
    """`text` as a code is compared: folded, letters and digits alone."""
    return "".join(character for character in folded(text) if character.isalnum())


def pieces(text: str) -> list[Piece]:
    """What `text` consists of, in order; punctuation and blanks are left out."""
    plain = _QUOTED.sub(lambda quoted: f" {quoted['double'] or quoted['single']} ", folded(text))
    found: list[Piece] = []
    for match in _PIECE.finditer(plain):
        written = match.group()
        if match["fraction"] or match["feet"]:
            found.append(_measure(match))
        elif match["perhaps"]:
            found.append(_perhaps(match))
        elif match["run"]:
            found.append(Piece(written, _grams(written), match.start()))
        elif match["number"] or match["figure"]:
            found.append(_amount(match))
        else:
            found.append(_word(written, match.start()))
    return found


def tokens(text: str) -> list[str]:
    """Every token of `text`, in order and with repetitions."""
    return [token for piece in pieces(text) for token in piece.tokens]


def _grams(run: str) -> tuple[str, ...]:
    """Pairs of neighbours, then single characters; of one character itself."""
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return (*pairs, *run)


def _amount(match: re.Match[str]) -> Piece:
    number, unit = match["number"] or match["figure"], match["unit"] or match["sign"]
    token = amount_token(number, unit) if unit else None
    if token is not None:
        return Piece(match.group(), (token,), match.start())
    plain = number.replace(",", ".")
    if not unit or match["sign"]:
        return Piece(match.group(), (plain[:MAX_TOKEN_CHARACTERS],), match.start())
    if match["glue"] and unit[0].isalpha():
        words = (Piece(number, (plain,), match.start()), Piece(unit, (stem(unit),), match.start("unit")))
        return Piece(match.group(), (plain, stem(unit)), match.start(), words=words)
    if match["glue"]:
        return Piece(match.group(), (plain,), match.start())
    return _word(match.group(), match.start())


def _perhaps(match: re.Match[str]) -> Piece:
    """Of a number before what may be its unit, or before another number that has one: the amount, and the number."""
    number = match["perhaps"]
    token = amount_token(number, match["perhaps_sign"] or match["last_sign"])
    plain = number.replace(",", ".")[:MAX_TOKEN_CHARACTERS]
    return Piece(number, (token, plain) if token else (plain,), match.start(), whole=token is not None)


def _measure(match: re.Match[str]) -> Piece:
    """Of a fraction or of feet: the amount, and the numbers that it is written with."""
    written = match.group()
    if match["fraction"]:
        token = amount_token(match["fraction"], match["fraction_unit"])
    else:
        feet, odd = base_amount(match["feet"], "ft"), base_amount(match["odd"] or "0", "in")
        token = amount_token(str(feet[0] + odd[0]), "cm") if feet and odd else None
    numbers = tuple(number.replace(",", ".")[:MAX_TOKEN_CHARACTERS] for number in _NUMBERS.findall(written))
    return Piece(written, (token, *numbers) if token else numbers, match.start(), whole=token is not None)


def _word(written: str, start: int) -> Piece:
    parts = _PARTS.findall(written)
    if len(parts) <= 1:
        return Piece(written, (stem(written)[:MAX_TOKEN_CHARACTERS],), start)
    whole = stem("".join(parts))[:MAX_TOKEN_CHARACTERS]
    return Piece(written, (whole, *(stem(part)[:MAX_TOKEN_CHARACTERS] for part in parts)), start, whole=True)
