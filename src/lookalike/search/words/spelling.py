"""Words that a mistyped one may have meant: edit distance to every word of the catalogue at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Int64, UInt8, UInt32

__all__ = ["Lexicon", "distances"]

_LAST = "\U0010ffff"
LONGEST = 24
"""Longer words are compared by their first characters."""


def distances(
    word: str, letters: UInt32[np.ndarray, "n longest"], lengths: Int64[np.ndarray, " n"]
) -> UInt8[np.ndarray, " n"]:
    """Edit distance of `word` to each of `n` words: insertions, deletions, replacements, swaps of neighbours.

    Args:
        word: at most 24 characters.
        letters: code points, padded with 0.
        lengths: of the words, at most 24.

    Reference:
        Damerau 1964, "A technique for computer detection and correction of spelling errors"; the variant that edits no
        part of a word twice (optimal string alignment).
    """
    n = len(letters)
    width = int(lengths.max(initial=0))
    before = np.empty((0, n), dtype=np.uint8)
    row = np.repeat(np.arange(width + 1, dtype=np.uint8)[:, None], n, axis=1)
    columns = np.ascontiguousarray(letters[:, :width].T)
    for at, character in enumerate(word, start=1):
        code = np.uint32(ord(character))
        following = np.empty_like(row)
        following[0] = at
        same = columns == code
        for place in range(1, width + 1):
            best = np.minimum(row[place], following[place - 1]) + np.uint8(1)
            np.minimum(best, row[place - 1] + (~same[place - 1]), out=best)
            if at > 1 and place > 1:
                swapped = same[place - 2] & (columns[place - 1] == np.uint32(ord(word[at - 2])))
                best = np.where(swapped, np.minimum(best, before[place - 2] + np.uint8(1)), best)
            following[place] = best
        before, row = row, following
    return row[lengths, np.arange(n)]


class Lexicon:
    """The words of a catalogue, to be looked up whole, by their beginning, by a part, and by likeness.

    Args:
        words: distinct tokens.
        frequent: the most frequent tokens of a beginning, at most so many, for those that many begin with; None to
            take the first of them.
    """

    def __init__(self, words: Sequence[str], frequent: Callable[[str, int], Sequence[str]] | None = None) -> None:
        self._frequent = frequent
        self.words = list(words)
        self._places = {word: place for place, word in enumerate(self.words)}
        self._sorted = sorted(word for word in self.words if word.isalpha() or any(c.isdigit() for c in word))
        spelt = [word for word in self.words if len(word) >= 3 and word.isalpha()]
        self._spelt = spelt
        lengths = np.fromiter((min(len(word), LONGEST) for word in spelt), dtype=np.int64, count=len(spelt))
        letters = np.zeros((len(spelt), LONGEST), dtype=np.uint32)
        if spelt:
            padded = np.asarray([word[:LONGEST] for word in spelt], dtype=f"<U{LONGEST}")
            letters = padded.view(np.uint32).reshape(len(spelt), LONGEST)
        self._letters, self._lengths = letters, lengths
        self._whole = "\n".join(spelt)

    def __contains__(self, word: str) -> bool:
        return word in self._places

    def starting(self, beginning: str, most: int = 200) -> list[str]:
        """Words that begin so, in alphabetical order; not `beginning` itself. Of more than `most` the most frequent."""
        first = bisect_left(self._sorted, beginning)
        found = self._sorted[first : bisect_left(self._sorted, beginning + _LAST, first)]
        if len(found) > most and self._frequent is not None:
            found = sorted(word for word in self._frequent(beginning, most) if word in self._places)
        return [word for word in found if word != beginning][:most]

    def holding(self, part: str, most: int = 20) -> list[str]:
        """Words that have `part` inside them, in the order of the lexicon."""
        found: list[str] = []
        at = self._whole.find(part)
        while at >= 0 and len(found) < most:
            begin, end = self._whole.rfind("\n", 0, at) + 1, self._whole.find("\n", at)
            end = len(self._whole) if end < 0 else end
            found.append(self._whole[begin:end])
            at = self._whole.find(part, end)
        return found

    def alike(self, word: str, most_edits: int) -> list[tuple[str, int]]:
        """Words within so many edits, fewest first, those with the same first letter before others, then in order."""
        if not 0 < most_edits < len(word) or len(word) > LONGEST or not self._spelt:
            return []
        near = np.flatnonzero(np.abs(self._lengths - len(word)) <= most_edits)
        if not len(near):
            return []
        edits = distances(word, self._letters[near], self._lengths[near])
        found = [(self._spelt[int(near[place])], int(edits[place])) for place in np.flatnonzero(edits <= most_edits)]
        return sorted(found, key=lambda pair: (pair[1], pair[0][0] != word[0]))
