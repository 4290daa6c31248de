"""What somebody who is typing may want to ask: values of the catalogue, titles, and words that go on from there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lookalike.catalog.analysis import Piece, folded, pieces
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.memory import TextColumn
from lookalike.catalog.view import View
from lookalike.search.words.ranker import WordRanker
from lookalike.search.words.spelling import Lexicon
from lookalike.search.words.understanding import VALUE_COLUMNS, last_part

__all__ = ["MOST_SUGGESTIONS", "Suggestion", "suggest"]

MOST_SUGGESTIONS = 20
_VALUES = 3
_BEGINNINGS = 24
_LOOKED_AT = 60
_MOST_RANKED = 2_000
_BEFORE_LAST = re.compile(r"\w\W*$")
_CONVERTED = re.compile(r"\d+\.\d{2,}[a-z]+")
"""An amount that is written in another unit: ``68.58cm`` of 27 inches."""
_LAST_WORD = re.compile(r"\w+\W*$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One completion.

    Attributes:
        text: the whole question that it stands for.
        kind: ``category``, ``brand`` or ``color`` for a value of that column, ``title``, or ``word``.
    """

    text: str
    kind: str


def suggest(text: str, catalog: Catalog, view: View, ranker: WordRanker, k: int) -> tuple[Suggestion, ...]:
    """At most `k` completions of what is being typed, without repetitions; none for no word.

    First come values of category, brand and color that begin so, then titles that have a word that the last one begins,
    of products that say all words before it, then words of the catalogue that the last one begins, the most frequent
    first.

    Args:
        text: typed so far.
        catalog: whose words and titles.
        view: of the catalogue, with `VALUE_COLUMNS` in memory.
        ranker: has the lexicon.
        k: 1 to `MOST_SUGGESTIONS`.
    """
    typed = [word for piece in pieces(text) for word in piece.words or (piece,)]
    if not typed:
        return ()
    last = _LAST_WORD.search(text)
    before = text[: last.start()] if last is not None else ""
    *others, beginning = [token for piece in typed for token in _asked(piece)]
    lexicon = ranker.lexicon()
    if typed[-1].is_run and beginning not in lexicon:
        # Of a script without blanks: 红色沙 may go on as 红色布艺沙发 has it.
        others = [token for token in others if token in lexicon]
        before, beginning = _BEFORE_LAST.sub("", text), beginning[-1]
    found: dict[str, Suggestion] = {}
    for suggestion in _values(folded(text).strip(), view):
        found.setdefault(folded(suggestion.text), suggestion)
    frequency = catalog.text.frequency
    words = sorted(lexicon.starting(beginning), key=lambda word: (-frequency(word), word))[:_BEGINNINGS]
    if beginning in lexicon:
        words.insert(0, beginning)
    groups = [[token] for token in others]
    if words:
        for title in _titles(groups, words, catalog, view):
            found.setdefault(folded(title), Suggestion(title, "title"))
            if len(found) >= k:
                break
    for word in words:
        if len(found) >= k:
            break
        together = word != beginning and frequency(word) > 0 and not _CONVERTED.fullmatch(word)
        if together and (not groups or catalog.text.has([*groups, [word]])):
            shown = before + _apart(word, len(beginning), lexicon, frequency)
            found.setdefault(folded(shown), Suggestion(shown, "word"))
    return tuple(found.values())[:k]


def _apart(word: str, typed: int, lexicon: Lexicon, frequency: Callable[[str], int]) -> str:
    """Of ``Home/Sofas`` the catalogue also has both words as one, as which nobody writes them.

    Such a one stands nowhere without its parts.
    """
    for at in range(max(typed, 3), len(word) - 2):
        parts = word[:at], word[at:]
        if all(part in lexicon and frequency(part) >= frequency(word) for part in parts):
            return " ".join(parts)
    return word


def _asked(piece: Piece) -> list[str]:
    """The tokens that all must be there: the word, or every pair of neighbours of a script without spaces."""
    return [token for token in piece.tokens if len(token) > 1] if piece.is_run else list(piece.tokens[:1])


def _values(typed: str, view: View) -> list[Suggestion]:
    found: list[Suggestion] = []
    for name in VALUE_COLUMNS:
        column = view.columns.get(name)
        if not isinstance(column, TextColumn):
            continue
        matching = dict.fromkeys(last_part(name, value) for value in column.texts())
        begun = [value for value in matching if folded(value).strip().startswith(typed)]
        found += [Suggestion(value, name) for value in sorted(begun, key=len)[:_VALUES]]
    return found


def _titles(groups: list[list[str]], words: list[str], catalog: Catalog, view: View) -> list[str]:
    variants = catalog.text.titled(groups, words, _LOOKED_AT, most=_MOST_RANKED)
    images: list[int] = []
    if variants:
        wanted = np.asarray(variants, dtype=np.int64)
        rows = np.flatnonzero(np.isin(view.variant_keys, wanted))
        keys, first = np.unique(view.variant_keys[rows], return_index=True)
        shown = dict(zip(keys.tolist(), view.image_keys[rows[first]].tolist(), strict=True))
        images = [shown[key] for key in variants if key in shown]
    details = catalog.details(images)
    return [detail.title for image in images if (detail := details.get(image)) is not None and detail.title]
