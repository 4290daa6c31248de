"""How well what a variant says answers a question, in [0, 1]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lookalike.catalog.attributes import BETWEEN_TITLES
from lookalike.catalog.full_text import Said
from lookalike.search.words.terms import Term

__all__ = ["score"]

_FIELDS = (("title", 3.0), ("attributes", 2.0), ("description", 1.0))
_SATURATION = 0.3
_FULL = 3.0 / (3.0 + _SATURATION)
_LENGTH_SHARE = 0.12


def score(terms: Sequence[Term], said: Said) -> float:
    """Share of what was asked for that is there, by weight; 1 for a title that says all of it and nothing else.

    Each term brings its weight (idf) times x / (x + 0.3), where x sums over fields their weight (title 3, attributes
    2, description 1), once for each field that has the term, times the quality of the word that it has. The sum over
    terms is divided by what a perfect answer gets, and an eighth of it depends on how much of the title was asked for;
    of several titles, each in a language of its own, the one counts of which most was.

    Reference:
        Robertson, Zaragoza & Taylor 2004, "Simple BM25 extension to multiple weighted fields"; deviations: presence for
        counts, since titles do not repeat themselves, and a score that can be compared between questions.
    """
    if not terms:
        return 0.0
    wanted: dict[str, list[tuple[int, float]]] = {}
    for place, term in enumerate(terms):
        for token, quality in term.alternatives.items():
            wanted.setdefault(token, []).append((place, quality))
    total = sum(term.weight for term in terms)
    if total <= 0.0:
        return 0.0
    gained, quality_of = [0.0] * len(terms), [0.0] * len(terms)
    for name, weight in _FIELDS:
        best: dict[int, float] = {}
        for token in getattr(said, name):
            for place, quality in wanted.get(token, ()):
                best[place] = max(best.get(place, 0.0), quality)
        for place, quality in best.items():
            gained[place] += weight * quality
            quality_of[place] = max(quality_of[place], quality)
    reached = sum(
        term.weight * quality * _saturated(x)
        for term, x, quality in zip(terms, gained, quality_of, strict=True)
        if x > 0.0
    )
    covered = _title_covered(wanted, said.title)
    return min(1.0, reached / total) * (1.0 - _LENGTH_SHARE + _LENGTH_SHARE * covered)


def _saturated(x: float) -> float:
    return x / (x + _SATURATION) / _FULL


def _title_covered(wanted: Mapping[str, object], titles: Sequence[str]) -> float:
    best, held, length = 0.0, 0, 0
    for token in (*titles, BETWEEN_TITLES):
        if token == BETWEEN_TITLES:
            best = max(best, held / length if length else 0.0)
            held, length = 0, 0
        else:
            held += token in wanted
            length += 1
    return best
