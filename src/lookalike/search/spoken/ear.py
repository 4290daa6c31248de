"""Recordings to words, over one catalogue."""

from __future__ import annotations

import threading

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.memory import TextColumn
from lookalike.embed.speech.recogniser import HeardWord, Listening, Recogniser
from lookalike.embed.speech.sound import Sound
from lookalike.search.current import Current
from lookalike.search.live import LiveRelease
from lookalike.search.spoken.choosing import READINGS, choose
from lookalike.search.spoken.heard import Heard, SpokenWord
from lookalike.search.spoken.vocabulary import SpokenVocabulary, spoken_words
from lookalike.search.words.understanding import CONDITION_COLUMNS, last_part

__all__ = ["Ear"]

_PUNCTUATION = " .,;:!?…\"'“”‘’-–—()[]"


class Ear:
    """Hears questions as somebody would who knows the catalogue. Safe to use from several threads.

    Args:
        catalog: has the words.
        live: has the columns in memory.
    """

    def __init__(self, catalog: Catalog, live: LiveRelease) -> None:
        self._catalog = catalog
        self._live = live
        self._lock = threading.Lock()
        self._vocabulary = Current[None, SpokenVocabulary](catalog, lambda _: self._spoken_vocabulary())

    def hear(self, recogniser: Recogniser, sound: Sound, *, biased: bool = True) -> Heard:
        """What is said in `sound`.

        Args:
            recogniser: opened.
            sound: the recording.
            biased: whether words and titles of the catalogue are preferred where they sound alike.

        Raises:
            AudioRejected: nobody speaks.
        """
        listening = recogniser.listen(sound)
        free = listening.hypotheses(READINGS)
        literal = free[0].text.strip(_PUNCTUATION)
        text = literal
        if biased:
            with self._lock:  # recordings that meet wait for one, rather than make it each
                vocabulary = self._vocabulary.of(None)
            words = choose(listening, free, vocabulary)
            if words and words != tuple(spoken_words(literal)):
                text = " ".join(words)
        return Heard(
            text=text,
            words=_placed(listening, text),
            biased=biased,
            literal=literal,
            seconds=sound.seconds,
            model=recogniser.description.name,
            breaks_off=sound.breaks_off,
        )

    def _spoken_vocabulary(self) -> SpokenVocabulary:
        types = self._catalog.columns()
        names = [name for name in ("title", *sorted(CONDITION_COLUMNS)) if types.get(name) == "text"]
        columns = self._live.view(names).columns
        shown = {name: column.texts() for name in names if isinstance(column := columns.get(name), TextColumn)}
        values = [last_part(name, value) for name, texts in shown.items() if name != "title" for value in texts]
        return SpokenVocabulary(shown.get("title", []), values)


def _placed(listening: Listening, text: str) -> tuple[SpokenWord, ...]:
    """Each word of `text` with its place; punctuation belongs to nothing."""

    def spoken(word: HeardWord) -> SpokenWord:
        bare = word.text.strip(_PUNCTUATION)
        return SpokenWord(bare, word.start_seconds, word.end_seconds, word.probability)

    return tuple(spoken(word) for word in listening.words(text) if word.text.strip(_PUNCTUATION))
