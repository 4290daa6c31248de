"""Ranks image rows by words: codes, full text and meaning, joined with looks where there is a picture too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.distinct import distinct
from lookalike.catalog.view import Selected, View
from lookalike.index.vector_index import Neighbours, Subset
from lookalike.search.folding import expand, ranked
from lookalike.search.words.depicted import Shown
from lookalike.search.words.fusion import Weights, fused
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.scoring import score
from lookalike.search.words.spelling import Lexicon
from lookalike.search.words.terms import STOP_WORDS, Asked, Term, ask

__all__ = ["Looks", "WordRanked", "WordRanker"]

_CANDIDATES = 300
_UNDER_A_FILTER = 5_000
_READ_UNDER_A_FILTER = 1_000
"""Variants that are read one and all where a filter leaves no more: sooner done than ranking what it leaves out."""
_MEANINGS = 100
_DEPICTED = np.float32(0.25)
"""What the cosine of a picture to what words name counts for: less than words that are there."""


@dataclass(frozen=True, slots=True)
class Looks:
    """The picture beside the words.

    Attributes:
        search: the `k` pictures nearest to it, of a subset or of all.
        available: how many there are.
    """

    search: Callable[[int, Subset | None], Neighbours]
    available: int


@dataclass(frozen=True, slots=True, eq=False)
class WordRanked:
    """Image rows of the view by falling score, with what each lane brings to it.

    Attributes:
        rows: of the view.
        scores: falling.
        lanes: by name, shares that add up to `scores`.
        exact: whether none can have been missed.
        corrected: what words were taken to mean that the catalogue does not have, by what was written.
        unknown: words that nothing in the catalogue is like.
        timings_ms: wall time of each lane.
        cut: whether there were more candidates, by their words, meaning or looks, than were wanted.
    """

    rows: Int64[np.ndarray, " n"]
    scores: Float32[np.ndarray, " n"]
    lanes: dict[str, Float32[np.ndarray, " n"]]
    exact: bool
    corrected: dict[str, str] = field(default_factory=dict[str, str])
    unknown: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict[str, float])
    cut: bool = False


class WordRanker:
    """Answers questions in words over one catalogue. Safe to use from several threads.

    Args:
        catalog: has the full text.
        meaning: has sentence vectors; it may not be ready.
        weights: of the lanes.
    """

    def __init__(self, catalog: Catalog, meaning: Meaning | None, weights: Weights = Weights()) -> None:  # noqa: B008
        self._catalog = catalog
        self._meaning = meaning
        self._weights = weights
        self._lock = threading.Lock()
        self._lexicon = Lexicon(())

    def rank(
        self,
        text: str,
        view: View,
        selected: Selected | None,
        looks: Looks | None,
        wanted: int,
        depicted: Shown | None = None,
    ) -> WordRanked:
        """Image rows that the words find, with those that the picture finds where there is one.

        Args:
            text: the question.
            view: the catalogue.
            selected: what may be found; None for all.
            looks: the picture beside the words; None for words alone.
            wanted: how many rows are of use.
            depicted: finds pictures by what they show; asked where there is no picture beside the words.
        """
        clock: dict[str, float] = {}
        started = time.perf_counter()
        asked = ask(text, self.lexicon(), self._catalog.text.frequency, len(view.all_variant_keys))
        allowed = None if selected is None else selected.rows
        within = None if allowed is None else distinct(view.variant_keys[allowed])
        keys, whole = self._candidates(asked, max(_CANDIDATES, wanted), within)
        exact, cut = whole, not whole
        coded = {key for key, _ in self._catalog.text.coded(asked.codes)}
        clock["words"] = (time.perf_counter() - started) * 1e3
        question = None
        meant: list[int] = []
        if self._meaning is not None and self._meaning.ready():
            started = time.perf_counter()
            question = self._meaning.question(text)
            n_meanings = max(_MEANINGS, wanted)
            near, _, exact_meaning = self._meaning.near(question, n_meanings, within)
            meant, exact = near.tolist(), exact and exact_meaning
            cut = cut or len(meant) >= n_meanings
            clock["meaning"] = (time.perf_counter() - started) * 1e3
        rows = _first_rows(view, {*keys, *meant, *coded})
        shown_rows, shown = np.empty(0, np.int64), np.empty(0, np.float32)
        if depicted is not None and looks is None:
            started = time.perf_counter()
            shown_rows, shown, near_shown = self._depicted(text, view, depicted)
            if near_shown is not None:
                exact = exact and near_shown.exact
                cut = cut or (len(shown_rows) > 0 and _is_cut(near_shown, depicted.available))
            rows = np.unique(np.concatenate([rows, shown_rows]))
            clock["depicted"] = (time.perf_counter() - started) * 1e3
        if looks is not None and looks.available:
            started = time.perf_counter()
            n_looks = min(max(4 * wanted, 200), looks.available)
            near_looks = looks.search(n_looks, _subset(selected))
            held = near_looks.keys[0] >= 0
            cut = cut or (n_looks < looks.available and bool(held.all()))
            looked, _ = expand(view, near_looks.keys[0][held], near_looks.similarities[0][held], allowed)
            exact = exact and near_looks.exact
            rows = distinct(np.concatenate([_all_rows(view, view.variant_keys[rows]), looked]))
            clock["search"] = (time.perf_counter() - started) * 1e3
        if allowed is not None:
            rows = rows[allowed[rows]]
        started = time.perf_counter()
        scores = self._scores(asked, view, rows, question, looks)
        is_coded = np.fromiter((key in coded for key in view.variant_keys[rows].tolist()), np.float32, len(rows))
        added: dict[str, Float32[np.ndarray, " n"]] = {}
        if len(shown_rows):
            added["depicted"] = np.zeros(len(rows), dtype=np.float32)
            held = np.isin(rows, shown_rows)
            added["depicted"][held] = _DEPICTED * shown[np.searchsorted(shown_rows, rows[held])]
        lanes = fused(scores, is_coded, self._weights, added)
        total = np.zeros(len(rows), dtype=np.float32)
        for share in lanes.values():
            total += share
        keep = np.flatnonzero(total > 0) if looks is None else np.arange(len(rows))
        order = keep[ranked(total[keep], view.image_keys[rows[keep]])]
        clock["fuse"] = (time.perf_counter() - started) * 1e3
        return WordRanked(
            rows[order],
            total[order],
            {name: part[order] for name, part in lanes.items()},
            exact,
            {term.written: term.corrected for term in asked.terms if term.corrected is not None},
            tuple(term.written for term in asked.terms if not term.alternatives),
            clock,
            cut,
        )

    def _depicted(
        self, text: str, view: View, depicted: Shown
    ) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, " n"], Neighbours | None]:
        """Rising rows of products that show what is asked for, the cosines of what they show, and what was looked at.

        By an image-text model these are any products; else those that say nothing.
        """
        nothing = np.empty(0, np.int64), np.empty(0, np.float32), None
        meaning = self._meaning
        if depicted.by_words is not None:
            found = depicted.by_words(text)
        elif meaning is None or not meaning.can_ask() or meaning.n_speaking() >= len(view.all_variant_keys):
            return nothing
        else:
            found = depicted.by_meaning(meaning.question(text))
        if found is None:
            return nothing
        held = found.keys[0] >= 0
        rows, cosines = expand(view, found.keys[0][held], found.similarities[0][held])
        keep = cosines > 0
        if depicted.by_words is None and meaning is not None:
            keep &= meaning.silent(view.variant_keys[rows])
        rows, cosines = rows[keep], cosines[keep]
        order = np.argsort(rows, kind="stable")
        return rows[order], cosines[order], found

    def lexicon(self) -> Lexicon:
        """Every word of the catalogue, as it is now."""
        words = self._catalog.text.words(self._catalog.sequence())
        lexicon = self._lexicon
        if len(lexicon.words) != len(words):
            with self._lock:
                if len(self._lexicon.words) != len(words):
                    self._lexicon = Lexicon(words, self._catalog.text.beginning)
                lexicon = self._lexicon
        return lexicon

    def _candidates(self, asked: Asked, most: int, within: Int64[np.ndarray, " m"] | None) -> tuple[list[int], bool]:
        """Variants that have all that is asked for, then those that have some of it; and whether these are all.

        Full text knows no filter: where one leaves few variants (`within`), these are looked at, one and all.
        """
        telling = [term for term in asked.terms if term.alternatives and not _is_stop(term)]
        groups = [list(term.alternatives) for term in telling or asked.terms if term.alternatives]
        if not groups:
            return [], True
        if within is not None and len(within) <= max(most, _READ_UNDER_A_FILTER):
            said, tokens = self._catalog.text.read(within.tolist()), set[str]().union(*groups)
            return [key for key, one in said.items() if one.has_any(tokens)], True
        limit = most if within is None else max(most, _UNDER_A_FILTER)
        found = [key for key, _ in self._catalog.text.find(groups, limit)]
        complete = len(found) < limit
        if complete and len(groups) > 1:
            some = [key for key, _ in self._catalog.text.find(groups, limit, every=False)]
            complete = len(some) < limit
            found = list(dict.fromkeys([*found, *some]))
        return found, complete

    def _scores(
        self,
        asked: Asked,
        view: View,
        rows: Int64[np.ndarray, " n"],
        question: Float32[np.ndarray, " dimension"] | None,
        looks: Looks | None,
    ) -> dict[str, Float32[np.ndarray, " n"]]:
        """What each lane says of each row: all of them of all, whichever lane found it."""
        variants, places = np.unique(view.variant_keys[rows], return_inverse=True)
        said = self._catalog.text.read(variants.tolist())
        worded = np.fromiter(
            (score(asked.terms, said[key]) if key in said else 0.0 for key in variants.tolist()),
            np.float32,
            len(variants),
        )
        scores = {"words": worded[places]}
        if question is not None and self._meaning is not None:
            scores["meaning"] = self._meaning.cosines(question, variants)[places]
        if looks is not None:
            pictures = distinct(view.picture_keys[rows])
            looked = np.zeros(len(pictures), dtype=np.float32)
            if len(pictures):
                found = looks.search(len(pictures), Subset(pictures))
                held = found.keys[0] >= 0
                looked[np.searchsorted(pictures, found.keys[0][held])] = found.similarities[0][held]
                scores["picture"] = looked[np.searchsorted(pictures, view.picture_keys[rows])]
            else:
                scores["picture"] = np.zeros(len(rows), dtype=np.float32)
        return scores


def _is_cut(near: Neighbours, available: int) -> bool:
    """Whether more pictures lie in a direction than were looked at."""
    return near.keys.shape[1] < available and bool(np.all(near.similarities > 0))


def _is_stop(term: Term) -> bool:
    return term.written in STOP_WORDS


def _subset(selected: Selected | None) -> Subset | None:
    return None if selected is None else Subset(selected.keys)


def _all_rows(view: View, variant_keys: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " m"]:
    """Every image row of these variants."""
    if not len(variant_keys):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.isin(view.variant_keys, variant_keys)).astype(np.int64)


def _first_rows(view: View, variant_keys: set[int]) -> Int64[np.ndarray, " n"]:
    """The first image row of each of these variants that has one, rising."""
    wanted = np.fromiter(variant_keys, dtype=np.int64, count=len(variant_keys))
    rows = _all_rows(view, wanted)
    _, first = np.unique(view.variant_keys[rows], return_index=True)
    return np.sort(rows[first]).astype(np.int64)
