"""How words sound, roughly: English spelling to a short string of sounds, and how far two of them are apart.

Rough is enough: this only proposes words of the catalogue, and the model of speech decides whether they were said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from lookalike.catalog.analysis import folded

__all__ = ["LONGEST", "SOUNDS", "SoundTable", "sound_distances", "sound_of"]

LONGEST = 40
"""Sounds of a word or phrase that are compared; the rest is left off."""

SOUNDS = "ptkbdgfvTszSZCJhmnNlrwjieaou@X"
"""One letter a sound. ``S`` is *sh*, ``Z`` its voiced twin, ``C`` *ch*, ``J`` *dge*, ``T`` *th*, ``N`` *ng*, ``@`` a
vowel that is hardly one, ``X`` anything else."""

# Applied in this order, each to what the ones before have left; capitals are sounds already.
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^ps", "s"), (r"^x", "z"), (r"^wh(?=o)", "h"), (r"wh", "w"),
        (r"tch", "C"), (r"sch(?=[mnlw])", "S"), (r"sch", "S"), (r"ch(?=[rlt])", "k"), (r"ch", "C"), (r"sh", "S"),
        (r"th", "T"), (r"ph", "f"), (r"ck", "k"), (r"dge|dj", "J"), (r"(?<=[aeiou])gh(?=t|$)", ""), (r"gh", "g"),
        (r"qu", "kw"), (r"q", "k"), (r"[ts]ion", "S@n"), (r"[ct]i(?=[aeou])", "S"), (r"sure", "Z@r"), (r"ture", "C@r"),
        (r"cc(?=[eiy])", "ks"), (r"sc(?=[eiy])", "s"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"gg", "g"),
        (r"(?<=[aeiou])ge$", "J"), (r"g(?=[ei])", "J"), (r"ng(?=$|[^aeiou])", "N"), (r"x", "ks"), (r"mb$", "m"),
        (r"^j|j", "J"), (r"^y(?=[aeiou])", "Y"), (r"(?<=[^aeiou])le$", "@l"), (r"(?<=[^aeiou])re$", "@r"),
        (r"(?<=[a-zA-Z][^aeiou])e$", ""), (r"(?<=[a-zA-Z][^aeiou])es$", "s"), (r"(?<=[a-z][^aeioudt])ed$", "d"),
        (r"(.)\1+", r"\1"), (r"ee|ea|ie|ei|ey", "i"), (r"oo|ew|ue|ui", "u"), (r"ou|ow", "o"), (r"au|aw|augh", "o"),
        (r"ai|ay|ae", "e"), (r"oa|oe|oi|oy", "o"), (r"y", "i"), (r"[aeo]r(?=$)", "@r"), (r"Y", "j"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_NEAR_PAIRS = "pb td kg fv sz SC SZ CJ ZJ mn nN Tf Ts Tt Td lr lw rw vw bv sS zZ h@"
_VOWELS = "ieaou@"
_NEAR_COST, _VOWEL_COST, _VOWEL_GAP, _GAP = 0.45, 0.3, 0.45, 0.9


def sound_of(text: str) -> str:
    """The sounds of a word or phrase, without blanks; empty for none.

    Text of other scripts than Latin has none.
    """
    sounds = ""
    for word in re.findall(r"[a-z]+|\d", folded(text)):
        spelt = _DIGITS[int(word)] if word.isdigit() else word
        for pattern, sound in _RULES:
            spelt = pattern.sub(sound, spelt)
        sounds += spelt
    return "".join(sound if sound in SOUNDS else "X" for sound in sounds)


def _costs() -> Float32[np.ndarray, "n n"]:
    n = len(SOUNDS)
    costs = np.ones((n + 1, n + 1), dtype=np.float32)
    np.fill_diagonal(costs, 0.0)
    for one, other in _NEAR_PAIRS.split():
        a, b = SOUNDS.index(one), SOUNDS.index(other)
        costs[a, b] = costs[b, a] = _NEAR_COST
    vowels = [SOUNDS.index(vowel) for vowel in _VOWELS]
    for a in vowels:
        for b in vowels:
            costs[a, b] = 0.0 if a == b else _VOWEL_COST
    return costs


def _gaps() -> Float32[np.ndarray, " n"]:
    gaps = np.full(len(SOUNDS) + 1, _GAP, dtype=np.float32)
    for vowel in _VOWELS:
        gaps[SOUNDS.index(vowel)] = _VOWEL_GAP
    gaps[SOUNDS.index("h")] = _VOWEL_GAP
    return gaps


_COST, _GAP_OF = _costs(), _gaps()
_NUMBER = {sound: number for number, sound in enumerate(SOUNDS)}


class SoundTable:
    """The sounds of many words or phrases, to be compared with one at a time.

    Args:
        sounds: of each, see `sound_of`.
    """

    def __init__(self, sounds: Sequence[str]) -> None:
        lengths = [min(len(one), LONGEST) for one in sounds]
        self.lengths: Int64[np.ndarray, " n"] = np.asarray(lengths, dtype=np.int64)
        self.numbers: UInt8[np.ndarray, "n longest"] = np.full((len(sounds), LONGEST), len(SOUNDS), dtype=np.uint8)
        for at, one in enumerate(sounds):
            self.numbers[at, : lengths[at]] = [_NUMBER[sound] for sound in one[:LONGEST]]

    def distances(self, sounds: str, rows: Int64[np.ndarray, " m"] | None = None) -> Float32[np.ndarray, " m"]:
        """How far `sounds` is from each row (of those, or of all), 0 for the same; see `sound_distances`."""
        numbers, lengths = (self.numbers, self.lengths) if rows is None else (self.numbers[rows], self.lengths[rows])
        return sound_distances(sounds, numbers, lengths)


def sound_distances(
    sounds: str, numbers: UInt8[np.ndarray, "n longest"], lengths: Int64[np.ndarray, " n"]
) -> Float32[np.ndarray, " n"]:
    """Edit distance of sounds to each of `n` others, where vowels weigh less and sounds that are alike cost half.

    Args:
        sounds: see `sound_of`; what is beyond `LONGEST` is left off.
        numbers: places in `SOUNDS`, padded with its length.
        lengths: of the others.

    Returns:
        0 for the same sounds; at most the number of sounds of both.
    """
    width = int(lengths.max(initial=0))
    n = len(numbers)
    columns = np.ascontiguousarray(numbers[:, :width].T)
    gaps = _GAP_OF[columns]
    row = np.zeros((width + 1, n), dtype=np.float32)
    np.cumsum(gaps, axis=0, out=row[1:])
    for sound in sounds[:LONGEST]:
        number = _NUMBER[sound]
        swaps = _COST[number][columns]
        gap = _GAP_OF[number]
        following = np.empty_like(row)
        following[0] = row[0] + gap
        # The row above and the corner are all known; only the place to the left is made on the way.
        best = np.minimum(row[:-1] + swaps, row[1:] + gap)
        for place in range(1, width + 1):
            np.minimum(best[place - 1], following[place - 1] + gaps[place - 1], out=following[place])
        row = following
    return row[lengths, np.arange(n)]
