"""Answers questions in words: what they set as conditions, and the hits that the rest of them finds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.columns import FIXED
from lookalike.catalog.memory import TextColumn
from lookalike.catalog.release import Release
from lookalike.catalog.view import View
from lookalike.embed.embedder import Embedder
from lookalike.errors import InvalidQuery, ModelDamaged, UnknownModel
from lookalike.index.vector_index import Neighbours
from lookalike.search.clock import Clock
from lookalike.search.current import Current
from lookalike.search.folding import fold, groups_of
from lookalike.search.gallery import Gallery
from lookalike.search.levels import FIRST_REACH, FURTHER, Level, joined
from lookalike.search.product_keys import keys_of_products
from lookalike.search.query import MOST_CHARACTERS, Query
from lookalike.search.ranked import Ranked
from lookalike.search.words.depicted import Depicted, Shown
from lookalike.search.words.image_text import ImageText
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.ranker import Looks, WordRanked, WordRanker
from lookalike.search.words.suggesting import MOST_SUGGESTIONS, Suggestion, suggest
from lookalike.search.words.understanding import CONDITION_COLUMNS, VALUE_COLUMNS, Reading, Shelf, read
from lookalike.types import Vector

__all__ = ["TextSearcher"]


class TextSearcher:
    """Reads and answers words over one catalogue. Safe to use from several threads.

    Args:
        catalog: has the full text, and the values that conditions are about.
        embedder: gives the embedder of a release, loading it when first asked.
        meaning: sentence vectors; None for full text alone.
        depicted: says where pictures of what words name lie; None to find by words only what says something.
    """

    def __init__(
        self,
        catalog: Catalog,
        embedder: Callable[[Release], Embedder],
        meaning: Meaning | None,
        depicted: Depicted | None,
    ) -> None:
        self._catalog = catalog
        self._words = WordRanker(catalog, meaning)
        self._meaning = meaning
        self._depicted = depicted
        self._image_text = ImageText(embedder)
        self._shelf = Current[None, Shelf](catalog, lambda _: self._shelved())

    @property
    def problem(self) -> str | None:
        """Why words are not compared with pictures by the release's own model; None where nothing is amiss."""
        return self._image_text.problem

    def warm_up(self) -> None:
        """Load what every question needs; of a model that cannot be used, a question says so."""
        self.read("under 10", beside_picture=False)
        self._words.lexicon()
        if self._meaning is not None:
            with suppress(ModelDamaged, UnknownModel):
                self._meaning.ready()

    def suggest(self, text: str, k: int) -> tuple[Suggestion, ...]:
        """At most `k` completions of a question that is being typed.

        Raises:
            InvalidQuery: `k` is not 1 to 20, or the text is too long.
        """
        if not 1 <= k <= MOST_SUGGESTIONS or len(text) > MOST_CHARACTERS:
            raise InvalidQuery(
                f"suggestions take k of 1 to {MOST_SUGGESTIONS} and at most {MOST_CHARACTERS} characters, "
                f"received k {k} and {len(text)} characters"
            )
        return suggest(text, self._catalog, self._catalog.view(VALUE_COLUMNS), self._words, k)

    def read(self, text: str, *, beside_picture: bool) -> Reading:
        """What the words set as conditions on this catalogue."""
        return read(text, self._shelf.of(None), beside_picture=beside_picture)

    def rank(
        self,
        query: Query,
        text: str,
        vector: Vector | None,
        gallery: Gallery,
        clock: Clock,
        *,
        listing: bool = True,
        reach: int = FIRST_REACH,
    ) -> Ranked:
        """The folded rows that words find, alone or beside a picture; without words, what the filter lets through.

        Args:
            query: says which page, and what counts as one hit; the products that it names are left out.
            text: what is left of the words when conditions are taken out.
            vector: of the picture beside the words; None for words alone.
            gallery: what is searched.
            clock: told of each lane.
            listing: whether, without words, anything is asked for; else nothing is found.
            reach: of the first level; the same for every page of one order. How many hits an order is made of, so that
                it is one ranking that finds them.
        """
        view = gallery.view
        if not text:
            rows = gallery.within(np.arange(len(view.image_keys) if listing else 0))
            rows = rows[fold(groups_of(view, rows, query.by))]
            nothing = np.zeros(len(rows), dtype=np.float32)
            return Ranked(rows, nothing, exact=True, complete=True, seen=None, lanes={"words": nothing})
        looks = None
        if vector is not None:
            asked, index = vector[np.newaxis], gallery.index
            looks = Looks(lambda k, subset: index.search(asked, k, subset), len(index))
        wanted = query.offset + query.k + 1
        excluded = keys_of_products(self._catalog, view, (*query.likes, *query.unlike))
        exact = True
        levels: list[Level] = []
        while True:
            found = self._words.rank(text, view, gallery.selected, looks, reach, self._shown(gallery, reach))
            for name, spent in found.timings_ms.items():
                clock.taken[name] = clock.taken.get(name, 0.0) + spent
            exact = exact and found.exact
            levels.append(_level(found, view, query, excluded, reach))
            ranked = joined(levels)
            if len(ranked.rows) >= wanted or not found.cut:
                break
            reach *= FURTHER
        # Beside a picture nothing follows that only the picture would find.
        complete = looks is not None or not found.cut
        return Ranked(ranked.rows, ranked.scores, exact, complete, seen=None, lanes=ranked.lanes, words=found)

    def _shelved(self) -> Shelf:
        """The values that conditions in words can be about."""
        types = self._catalog.columns()
        columns = [name for name, kind in types.items() if kind == "text" and name in CONDITION_COLUMNS]
        numbers = frozenset(name for name, kind in types.items() if kind == "number")
        view = self._catalog.view((*columns, *(numbers & FIXED.keys())))
        # What every catalogue has as a column need not have a value: a filter on it would leave nothing.
        numbers -= {name for name in numbers & FIXED.keys() if not view.columns[name].present().any()}
        values = {
            name: column.texts()
            for name, column in view.columns.items()
            if name in columns and isinstance(column, TextColumn)
        }
        return Shelf.of(values, numbers)

    def _shown(self, gallery: Gallery, wanted: int) -> Shown | None:
        """Finds what pictures show: by the model's own text tower, or by what its classes and an alignment tell."""
        release = gallery.release
        near, available = partial(_lying, gallery, wanted), gallery.n_pictures
        if self._image_text.speaks(release):
            return Shown(lambda _: None, lambda text: near(self._image_text.vector(text, release)), available)
        depicted = self._depicted
        if depicted is None:
            return None
        return Shown(lambda asked: near(depicted.direction(asked, release.fingerprint)), available=available)


def _level(found: WordRanked, view: View, query: Query, excluded: Int64[np.ndarray, " m"], reach: int) -> Level:
    """What was found, one row a hit, without the products of which the query is made."""
    keep = fold(groups_of(view, found.rows, query.by))
    if len(excluded):
        keep = keep[~np.isin(view.product_keys[found.rows[keep]], excluded)]
    rows = found.rows[keep]
    lanes = {name: shares[keep] for name, shares in found.lanes.items()}
    most = reach + 1 if found.cut else None
    return Level(rows, groups_of(view, rows, query.by), found.scores[keep], lanes, most)


def _lying(gallery: Gallery, wanted: int, direction: Vector | None) -> Neighbours | None:
    """The pictures that lie in a direction; None for no direction, or one among vectors of another length."""
    available = gallery.n_pictures
    if direction is None or len(direction) != gallery.release.dimension or not available:
        return None
    return gallery.index.search(direction[np.newaxis], min(max(4 * wanted, 200), available), gallery.subset)
