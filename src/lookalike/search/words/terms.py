"""What a question in words asks for: terms, each with the catalogue's words that satisfy it, and how well."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lookalike.catalog.analysis import Piece, pieces, squeezed
from lookalike.catalog.gtin import spellings
from lookalike.search.words.spelling import Lexicon

__all__ = ["COLOURS", "STOP_WORDS", "Asked", "Term", "ask"]

_STOP_WORDS_TEXT = (
    "a an and are at by for from in is it like of on or that the these this those to with without der die das "
    "den dem ein eine einen einem einer und mit ohne fur von im zu aus auf le la les un une des du de et avec "
    "sans pour dans en au aux ce cette"
)
STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())
"""Words that say nothing about a product; they count only where nothing else is asked."""

_COLOURS_TEXT = (
    "black white grey gray silver gold red crimson scarlet maroon burgundy pink rose purple violet lilac "
    "lavender blue navy teal turquoise cyan mint green olive lime khaki yellow mustard orange coral peach "
    "brown beige cream ivory tan bronze copper charcoal graphite indigo magenta"
)
COLOURS = frozenset(_COLOURS_TEXT.split())
"""Words that ask for a colour, whether the catalogue has it or not."""

_BEGINNING, _PART, _JOINED = 0.8, 0.55, 0.97
_EDITED = (1.0, 0.8, 0.6)
_MOST_ALTERNATIVES = 12
_STOPPED = 0.05


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is asked for.

    Attributes:
        written: as it was asked.
        alternatives: tokens of the catalogue that satisfy it, with a quality in (0, 1].
        weight: how much it tells: the rarer, the more.
        corrected: what it was taken to mean, where that is not what was written.
    """

    written: str
    alternatives: Mapping[str, float]
    weight: float
    corrected: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, taken apart.

    Attributes:
        terms: in order.
        codes: what may be an id, SKU, barcode or model number, squeezed; the whole question first.
    """

    terms: tuple[Term, ...]
    codes: tuple[str, ...] = field(default=())


def ask(text: str, lexicon: Lexicon, frequency: Callable[[str], int], n_variants: int) -> Asked:
    """Take a question apart and find the catalogue's words for it.

    A word that the catalogue has is taken as it is. For another one there are, in this order: two words that it is
    written together from, the word that it makes with its neighbour, words that it begins, words within one edit (four
    letters or more) or two (eight or more), words that it is part of (five or more). The last word of a question may be
    unfinished: words that it begins satisfy it too.

    Args:
        text: the question.
        lexicon: every word of the catalogue.
        frequency: how many variants have a token.
        n_variants: how many there are.
    """
    written = pieces(text)
    found = [word for piece in written for word in piece.words or (piece,)]
    terms: list[Term] = []
    for place, piece in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        joined = None if following is None else _joined(piece, following, lexicon)
        if joined is not None:
            terms += _beside(piece, joined, lexicon, frequency, n_variants)
        else:
            unfinished = following is None and text[-1:].isalnum()
            terms += _of_piece(piece, lexicon, frequency, n_variants, unfinished=unfinished)
    return Asked(tuple(terms), _codes(text, written))


def _codes(text: str, found: Sequence[Piece]) -> tuple[str, ...]:
    candidates = [squeezed(text)]
    for piece in found:
        code = squeezed(piece.text)
        if len(code) >= 4 and any(character.isdigit() for character in code):
            candidates.append(code)
    spelt = [form for code in candidates for form in spellings(code)]
    return tuple(dict.fromkeys(code for code in spelt if 2 <= len(code) <= 64))


def _joined(piece: Piece, following: Piece, lexicon: Lexicon) -> str | None:
    """The one word that two neighbours make (``water melon``), where the catalogue has it."""
    together = squeezed(piece.text) + (following.tokens[0] if following.tokens else "")
    return together if together in lexicon and len(together) > 3 else None


def _of_piece(
    piece: Piece, lexicon: Lexicon, frequency: Callable[[str], int], n_variants: int, *, unfinished: bool
) -> list[Term]:
    if piece.is_run:
        # A script without spaces: every pair of neighbours must be there; single characters are for single questions.
        pairs = [token for token in piece.tokens if len(token) > 1]
        if not any(token in lexicon for token in pairs):
            return [_term(piece.text, {}, frequency, n_variants)]
        return [_term(token, {token: 1.0}, frequency, n_variants) for token in pairs]
    token = piece.tokens[0] if piece.tokens else ""
    if piece.whole and token not in lexicon:
        parts = [Piece(token, (token,), piece.start) for token in piece.tokens[1:]]
        return [
            term for part in parts for term in _of_piece(part, lexicon, frequency, n_variants, unfinished=unfinished)
        ]
    alternatives: dict[str, float] = {}
    corrected: str | None = None
    if token in lexicon and frequency(token) > 0:
        alternatives[token] = 1.0
        if unfinished and len(token) >= 3:
            alternatives.update(_begun(token, lexicon, frequency))
    else:
        split = _split(token, lexicon, frequency)
        if split is not None:
            return [_term(part, {part: 1.0}, frequency, n_variants) for part in split]
        alternatives.update(_guessed(token, lexicon, frequency))
        best = max(alternatives, key=lambda word: alternatives[word], default=None)
        corrected = best if best is not None and not best.startswith(token) else None
    if piece.whole:
        parts = [part for part in piece.tokens[1:] if len(part) > 1]
        alternatives.update({part: 0.6 for part in parts if part in lexicon and part not in alternatives})
    return [_term(piece.text, alternatives, frequency, n_variants, corrected)]


def _beside(
    piece: Piece, joined: str, lexicon: Lexicon, frequency: Callable[[str], int], n_variants: int
) -> list[Term]:
    """The first of two neighbours, which the word that they make satisfies as well."""
    terms = _of_piece(piece, lexicon, frequency, n_variants, unfinished=False)
    own, rest = terms[0], terms[1:]
    both = {**own.alternatives, joined: _JOINED}
    return [_term(piece.text, both, frequency, n_variants), *rest]


def _term(
    written: str,
    alternatives: Mapping[str, float],
    frequency: Callable[[str], int],
    n_variants: int,
    corrected: str | None = None,
) -> Term:
    n_have = min(sum(frequency(word) for word in alternatives), n_variants)
    weight = math.log(1.0 + (n_variants - n_have + 0.5) / (n_have + 0.5))
    if written in STOP_WORDS:
        weight *= _STOPPED
    return Term(written, dict(alternatives), weight, corrected)


def _begun(beginning: str, lexicon: Lexicon, frequency: Callable[[str], int]) -> dict[str, float]:
    words = lexicon.starting(beginning)
    words.sort(key=lambda word: (-frequency(word), len(word)))
    return dict.fromkeys(words[:_MOST_ALTERNATIVES], _BEGINNING)


def _guessed(token: str, lexicon: Lexicon, frequency: Callable[[str], int]) -> dict[str, float]:
    found: dict[str, float] = {}
    if len(token) >= 3:
        found.update(_begun(token, lexicon, frequency))
    if token.isalpha() and not found and token not in COLOURS:
        most = 0 if len(token) < 4 else 1 if len(token) < 8 else 2
        near = lexicon.alike(token, most) if most else []
        fewest = near[0][1] if near else 0
        for word, edits in near:
            if edits == fewest and len(found) < _MOST_ALTERNATIVES and frequency(word):
                other_start = 0.85 if word[0] != token[0] else 1.0
                found[word] = _EDITED[edits] * other_start
    if token.isalpha() and not found and len(token) >= 5:
        found.update(dict.fromkeys(lexicon.holding(token)[:_MOST_ALTERNATIVES], _PART))
    return found


def _split(token: str, lexicon: Lexicon, frequency: Callable[[str], int]) -> tuple[str, str] | None:
    """Two words of the catalogue that are written together here, the more frequent pair first."""
    if len(token) < 6 or not token.isalpha():
        return None
    pairs = [
        (token[:at], token[at:])
        for at in range(3, len(token) - 2)
        if token[:at] in lexicon and token[at:] in lexicon and frequency(token[:at]) and frequency(token[at:])
    ]
    return max(pairs, key=lambda pair: min(frequency(pair[0]), frequency(pair[1])), default=None)
