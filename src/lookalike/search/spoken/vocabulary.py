"""What people may say who look for something in this catalogue: its words and its titles, with how they sound."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lookalike.catalog.analysis import folded, stem
from lookalike.search.spoken.sounding import SoundTable, sound_of
from lookalike.search.words.terms import STOP_WORDS

__all__ = ["SpokenVocabulary", "spoken_words"]

_MOST_PHRASES = 50_000
_MOST_WORDS = 60_000
_LOOKED_AT = 400


def spoken_words(text: str) -> list[str]:
    """The words of `text` as they are said: lower case, no punctuation, numbers as they are."""
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,]\d+)*", folded(text))


class SpokenVocabulary:
    """Words and titles of one catalogue at one moment.

    Args:
        titles: distinct.
        values: of the columns that people name, as they name them: brands, colours, last parts of categories, …
    """

    def __init__(self, titles: Sequence[str], values: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        phrases: dict[tuple[str, ...], None] = {}
        for title in titles:
            words = spoken_words(title)
            counts.update(words)
            if 1 <= len(words) <= 16 and len(phrases) < _MOST_PHRASES:
                phrases[tuple(words)] = None
        for value in values:
            words = spoken_words(value)
            counts.update(words)
            if 1 <= len(words) <= 6 and len(phrases) < _MOST_PHRASES:
                phrases[tuple(words)] = None
        alphabetic = [word for word, _ in counts.most_common(_MOST_WORDS) if len(word) > 1 and word.isalpha()]
        self.words: list[str] = alphabetic
        self.counts: Mapping[str, int] = counts
        self._stems = {stem(word) for word in counts}
        self._word_sounds = [sound_of(word) for word in alphabetic]
        self._words_table = SoundTable(self._word_sounds)
        self.phrases: list[tuple[str, ...]] = list(phrases)
        self._phrases_table = SoundTable([sound_of(" ".join(phrase)) for phrase in self.phrases])
        self._phrases_of: dict[str, list[int]] = {}
        for number, phrase in enumerate(self.phrases):
            for word in dict.fromkeys(phrase):
                self._phrases_of.setdefault(word, []).append(number)

    def __contains__(self, word: str) -> bool:
        """Whether the catalogue says `word`, in singular or plural, or it says nothing about a product."""
        return word in self.counts or stem(word) in self._stems or word in STOP_WORDS or word.isdigit()

    def near(self, sounds: str, most: int, share: float) -> list[tuple[str, float]]:
        """At most `most` words whose sounds are within `share` of the length of `sounds`, the nearest first."""
        if len(sounds) < 2 or not self.words:
            return []
        distances = self._words_table.distances(sounds)
        relative = distances / np.float32(len(sounds))
        order = np.lexsort((np.arange(len(distances)), distances))[: 4 * most]
        return [(self.words[at], float(relative[at])) for at in order.tolist() if relative[at] <= share][:most]

    def near_phrases(self, text: str, through: Iterable[str], most: int, share: float) -> list[tuple[str, ...]]:
        """At most `most` titles and values whose sounds are within `share` of those of `text`, the nearest first.

        Args:
            text: what was heard.
            through: words; only titles that have one of them are looked at.
            most: of them.
            share: of the number of sounds.
        """
        sounds = sound_of(text)
        numbers: Counter[int] = Counter()
        for word in dict.fromkeys(through):
            known = self._phrases_of.get(word, ())
            weight = 1_000_000 // (len(known) + 1)  # the rarer the word, the more it tells
            for number in known[:20_000]:
                numbers[number] += weight
        if not sounds or not numbers:
            return []
        rows = np.asarray(sorted(number for number, _ in numbers.most_common(_LOOKED_AT)), dtype=np.int64)
        distances = self._phrases_table.distances(sounds, rows)
        order = np.lexsort((rows, distances))[:most]
        return [self.phrases[int(rows[at])] for at in order if distances[at] <= share * len(sounds)]
