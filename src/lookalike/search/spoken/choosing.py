"""Which reading of a recording to believe: the model's own, or one that says what the catalogue has.

The model of speech has heard little of any one catalogue; the catalogue knows nothing of the sound. So the catalogue
proposes readings that sound like what was heard, and the model says how likely each of them is to have been said. A
word that the catalogue does not have costs a reading a factor of e^`OutsideCost.word` in that likelihood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.embed.speech.recogniser import Hypothesis, Listening
from lookalike.search.spoken.sounding import sound_of
from lookalike.search.spoken.vocabulary import SpokenVocabulary, spoken_words

__all__ = ["READINGS", "OutsideCost", "choose"]

READINGS = 5
"""Readings of the model alone that are looked at."""

_SPAN = 3
_NEAR_WORDS, _NEAR_SHARE = 3, 0.42
_NEAR_PHRASES, _PHRASE_SHARE = 6, 0.45
_MOST_SCORED = 14
_ROUNDS = 2

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutsideCost:
    """What it costs a reading, in natural logarithms of likelihood, to say what the catalogue does not.

    Attributes:
        word: each word that the catalogue does not have.
        phrase: not to be a whole title or value of the catalogue.
    """

    word: float = 4.0
    phrase: float = 2.0


_COST = OutsideCost()


def choose(
    listening: Listening,
    free: Sequence[Hypothesis],
    vocabulary: SpokenVocabulary,
    cost: OutsideCost = _COST,
) -> Words:
    """The words that were said, as far as sound and catalogue together tell; the model's own reading wins ties.

    Args:
        listening: the sound.
        free: the model's own readings, the likeliest first; not empty.
        vocabulary: of the catalogue.
        cost: of what the catalogue does not have.

    Returns:
        none where nothing but punctuation was heard.

    Reference:
        Rescoring of n-best lists with a language model, as in Ostendorf et al. 1991; deviation: the model is a set of
        words and titles, and readings are added by likeness of sound, not only taken from the list.
    """
    own = [tuple(spoken_words(one.text)) for one in free]
    first = own[0]
    if not first:
        return ()
    known = set(vocabulary.phrases)
    if first in known and all(word in vocabulary for word in first):
        return first
    style = free[0].text
    value: dict[Words, float] = {}

    def score(readings: Sequence[Words]) -> None:
        new = [reading for reading in dict.fromkeys(readings) if reading and reading not in value]
        if new:
            likelihoods = listening.scores([_written(reading, style) for reading in new])
            for reading, likelihood in zip(new, likelihoods.tolist(), strict=True):
                outside = sum(word not in vocabulary for word in reading)
                value[reading] = likelihood - cost.word * outside - cost.phrase * (reading not in known)

    through = [word for reading in own for word in reading if word in vocabulary]
    near: list[tuple[float, Words]] = []
    for reading in dict.fromkeys(own):
        near += _replaced(reading, vocabulary)
    near.sort(key=lambda pair: pair[0])
    through += [word for _, reading in near[:_MOST_SCORED] for word in reading if word in vocabulary]
    phrases = vocabulary.near_phrases(" ".join(first), through, _NEAR_PHRASES, _PHRASE_SHARE)
    hinted: list[Words] = []
    hints = _hints(phrases, near, vocabulary)
    if hints:
        hinted = [tuple(spoken_words(one.text)) for one in listening.hypotheses(READINGS, hints)]
        hinted = [reading for reading in hinted if abs(len(reading) - len(first)) <= max(2, len(first) // 2)]
    proposed = [*dict.fromkeys(own), *phrases, *hinted, *(reading for _, reading in near)]
    score(list(dict.fromkeys(proposed))[: _MOST_SCORED + len(own)])
    for _ in range(_ROUNDS):
        best = max(value, key=lambda reading: value[reading])
        again = [reading for _, reading in sorted(_replaced(best, vocabulary))]
        if not again:
            break
        score(again[:_MOST_SCORED])
    best = max(value, key=lambda reading: value[reading])
    return first if value[first] >= value[best] else best


def _replaced(reading: Words, vocabulary: SpokenVocabulary) -> list[tuple[float, Words]]:
    """`reading` with one stretch that the catalogue does not have replaced by one of its words, with how far it is."""
    found: list[tuple[float, Words]] = []
    for start in range(len(reading)):
        for stop in range(start + 1, min(start + _SPAN, len(reading)) + 1):
            span = reading[start:stop]
            if all(word in vocabulary for word in span):
                continue
            for word, distance in vocabulary.near(sound_of(" ".join(span)), _NEAR_WORDS, _NEAR_SHARE):
                replaced = (*reading[:start], word, *reading[stop:])
                if replaced != reading:
                    found.append((distance, replaced))
    return found


def _hints(phrases: Sequence[Words], near: Sequence[tuple[float, Words]], vocabulary: SpokenVocabulary) -> str:
    """Titles and words to put before, the likeliest last, where a model looks first."""
    words = dict.fromkeys(word for _, reading in near[:8] for word in reading if word in vocabulary and len(word) > 2)
    hints = [*list(words)[::-1], *(" ".join(phrase) for phrase in phrases[::-1])]
    return ", ".join(hints)


def _written(reading: Words, style: str) -> str:
    """`reading` as the model would write it: with a capital and a full stop where it used them."""
    text = " ".join(reading)
    if style[:1].isupper():
        text = text[:1].upper() + text[1:]
    return text + "." if style.endswith(".") else text
