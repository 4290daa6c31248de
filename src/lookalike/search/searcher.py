"""From a query to hits: decode, embed, filter, find neighbours, expand to images, fold, describe."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.memory import TextColumn
from lookalike.catalog.release import Release
from lookalike.catalog.selection import columns_of
from lookalike.catalog.view import Selected, View
from lookalike.embed.coalescing import Coalescer, coalesced_embedding
from lookalike.embed.embedder import Embedder
from lookalike.embed.print_reader import PrintReader
from lookalike.errors import DimensionMismatch, InvalidQuery, NotFound
from lookalike.images.colouring import Colouring, stored_colouring
from lookalike.images.limits import ImageLimits
from lookalike.images.seen import see
from lookalike.index.vector_index import Neighbours, Subset, VectorIndex
from lookalike.search.answer import Answer
from lookalike.search.clock import Clock
from lookalike.search.code_found import CodeFound
from lookalike.search.code_reading import CodeReading
from lookalike.search.codes import put_first
from lookalike.search.colours import WINDOW_IMAGES, ColourRanker
from lookalike.search.current import Current
from lookalike.search.describing import Describer
from lookalike.search.folding import expand, fold, ranked
from lookalike.search.judge import Judge, Seen, Witness
from lookalike.search.live import LiveRelease
from lookalike.search.query import MOST_CHARACTERS, Query, picture_bytes
from lookalike.search.rank.arranging import Arranger, Plan, Told, rescored
from lookalike.search.rank.contest import Contest
from lookalike.search.rank.grids import Grids
from lookalike.search.rank.methods import METHODS, POOL_PICTURES
from lookalike.search.rank.pool import Grid
from lookalike.search.rank.stock import is_sold_out
from lookalike.search.rank.substitutes import Substitutes
from lookalike.search.rule import Verdict
from lookalike.search.words.depicted import Depicted, Shown
from lookalike.search.words.image_text import ImageText
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.ranker import Looks, WordRanked, WordRanker
from lookalike.search.words.suggesting import MOST_SUGGESTIONS, Suggestion, suggest
from lookalike.search.words.understanding import CONDITION_COLUMNS, VALUE_COLUMNS, Reading, Shelf, read, where_of
from lookalike.types import FoldBy, Hit, Hits, Pixels, ProductId, Vector

__all__ = ["Searcher"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Pictures:
    """Image rows before folding, by falling similarity, with what each lane brings to it."""

    rows: Int64[np.ndarray, " n"]
    similarities: Float32[np.ndarray, " n"]
    lanes: Mapping[str, Float32[np.ndarray, " n"]]

    def at(self, rows: Int64[np.ndarray, " m"]) -> Int64[np.ndarray, " m"]:
        """The position of each row, -1 for one that is not among them."""
        order = np.argsort(self.rows)
        if not len(order):
            return np.full(len(rows), -1, dtype=np.int64)
        places = order[np.minimum(np.searchsorted(self.rows[order], rows), len(order) - 1)]
        return np.where(self.rows[places] == rows, places, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Image rows of the view by falling similarity, one a hit; `complete` if there can be no more."""

    rows: Int64[np.ndarray, " n"]
    similarities: Float32[np.ndarray, " n"]
    exact: bool
    complete: bool
    seen: Seen | None
    lanes: Mapping[str, Float32[np.ndarray, " n"]] = field(default_factory=dict[str, Float32[np.ndarray, " n"]])
    words: WordRanked | None = None
    pictures: _Pictures | None = None
    scores: Float64[np.ndarray, " n"] | None = None
    rules: tuple[tuple[str, ...], ...] | None = None
    told: Told = field(default_factory=Told)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What a picture looks like: to the model, and by its colours where they are known and of account."""

    vector: Vector
    colouring: Colouring | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One unfiltered question to an index."""

    index: VectorIndex
    vector: Vector
    k: int


class Searcher:
    """Answers queries over the live release. Safe to call from several threads.

    Args:
        catalog: describes hits and parses filters.
        live: the index, caught up.
        embedder: gives the embedder of a release, loading it when first asked.
        limits: what a query picture may cost.
        meaning: sentence vectors, for questions in words; None for full text alone.
        depicted: says where pictures of what words name lie; None to find by words only what says something.
        open_print_reader: opens the reader of printed model numbers, when first needed; None where print is not read.
        maps: gives an embedder of a release that has feature maps, for geometric verification; None for `embedder`.
    """

    def __init__(
        self,
        catalog: Catalog,
        live: LiveRelease,
        embedder: Callable[[Release], Embedder],
        limits: ImageLimits,
        meaning: Meaning | None = None,
        depicted: Depicted | None = None,
        open_print_reader: Callable[[], PrintReader] | None = None,
        maps: Callable[[Release], Embedder] | None = None,
    ) -> None:
        self._catalog = catalog
        self._live = live
        self._embedder = embedder
        self._limits = limits
        self._subsets: WeakKeyDictionary[Selected, Subset] = WeakKeyDictionary()
        self._embedding: dict[str, Coalescer[Pixels, Vector]] = {}
        self._scanning = Coalescer(_scan_together, max_batch=32)
        self._judge = Judge(catalog)
        self._words = WordRanker(catalog, meaning)
        self._colours = ColourRanker(catalog)
        self._depicted = depicted
        self._image_text = ImageText(embedder)
        self._arranger = Arranger(catalog)
        self._grids = Grids(catalog, maps or embedder, limits)
        self._shelf = Current[None, Shelf](catalog, lambda _: self._shelved())
        self._describer = Describer(catalog)
        self._substitutes = Substitutes(live, self._describer, self._subset)
        self._code_reading = CodeReading(catalog, limits, open_print_reader)

    def search(self, query: Query) -> Answer:
        """The `query.k` best hits after the first `query.offset`.

        Raises:
            InvalidQuery: a crop outside the picture.
            ImageRejected: the query picture cannot be used.
            NotFound: the product to look like is not there, or has no picture.
            SelectionError: the filter cannot be used, or there is no column of that name to sort by.
            DimensionMismatch: a query vector of another length.
            StoreNotFound: nothing has been indexed yet.
        """
        clock = Clock()
        reading = None if query.text is None else self._read(query.text, beside_picture=query.has_picture)
        where = _both(query.where, None if reading is None else where_of(reading.conditions))
        selection = None if where is None else self._catalog.parse(where)
        release, index = self._live.current()
        plan = self._arranger.plan(query.ranking, release, query.text)
        look = self._look(query, release, clock) if query.has_picture else None
        vector = None if look is None else look.vector
        view = self._live.view({*(() if selection is None else columns_of(selection)), *plan.columns})
        selected = None if selection is None else clock.time("filter", lambda: view.subset(selection))
        # An order of one's own is made of the same hits whatever page of it is asked for.
        deep = query if plan.depth is None else replace(query, k=plan.depth, offset=0)
        if reading is not None and (reading.rest or vector is None):
            text = reading.rest
            found = self._rank_words(deep, text, index, view, vector, selected, clock)
        else:
            assert look is not None
            look = looked_for = look if reading is None or not reading.names_colour else _Look(look.vector)
            found = clock.time("search", lambda: self._rank(deep, index, view, looked_for, selected))
        if plan.depth is not None:
            before, seen_as = found, look if found.words is None else None
            arrange = partial(self._arranged, plan, query, release, index, view, seen_as, selected, before)
            found = clock.time("rank", arrange)
        code, coded = self._coded(query, found, view, selected, clock)
        if coded is not found and found.told.by != "sort":  # who sorts has asked for that order
            found = replace(coded, scores=None, rules=None)
        page = slice(query.offset, query.offset + query.k)
        rows, similarities = found.rows[page], found.similarities[page]
        lanes = {name: shares[page] for name, shares in found.lanes.items()}
        described = clock.time("details", lambda: self._describer.hits(view, rows, similarities, query.by, lanes))
        hits = _hits(described, found, page, query.by)
        told = found.told
        if query.ranking.instead and any(is_sold_out(hit.attributes.get("in_stock")) for hit in hits):
            shown = hits.items
            beside = partial(self._substitutes.beside, shown, query.by, release, index, selection)
            hits = replace(hits, items=clock.time("instead", beside))
            told = replace(told, instead=True)
        if code is not None and code.products and not code.outside_filter:
            verdict = Verdict(None, "read_code")
        else:
            verdict = self._verdict(query, release, index, view, look, found, selected, clock)
        more = len(found.rows) > query.offset + query.k or (not found.complete and len(rows) == query.k)
        return Answer(
            hits=hits,
            exact=found.exact,
            verdict=verdict.label,
            release=release.release_id,
            timings_ms=clock.finish(),
            offset=query.offset,
            next_offset=query.offset + query.k if more else None,
            vector=vector,
            colouring=None if look is None else look.colouring,
            verdict_details=verdict,
            lanes=tuple(found.lanes) or ("picture",),
            corrected={} if found.words is None else found.words.corrected,
            unknown=() if found.words is None else found.words.unknown,
            understood=() if reading is None else reading.conditions,
            unmapped=() if reading is None else reading.unmapped,
            code=code,
            warnings=(*plan.warnings, *self._unsaid(query)),
            ranking=told,
        )

    def suggest(self, text: str, k: int = 8) -> tuple[Suggestion, ...]:
        """At most `k` completions of a question that is being typed.

        Raises:
            InvalidQuery: `k` is not 1 to 20, or the text is too long.
        """
        if not 1 <= k <= MOST_SUGGESTIONS or len(text) > MOST_CHARACTERS:
            raise InvalidQuery(
                f"suggestions take k of 1 to {MOST_SUGGESTIONS} and at most {MOST_CHARACTERS} characters, "
                f"received k {k} and {len(text)} characters"
            )
        return suggest(text, self._catalog, self._live.view(VALUE_COLUMNS), self._words, k)

    def shown(
        self, product_keys: Int64[np.ndarray, " n"], scores: Float32[np.ndarray, " n"], where: str | None = None
    ) -> Hits:
        """These products as hits, each by its first picture; those that are gone or outside the filter are left out.

        Args:
            product_keys: each once.
            scores: falling, in [-1, 1]; what the hits have as similarity.
            where: filter expression; the picture that stands for a product is one that it lets through.

        Raises:
            SelectionError: the filter cannot be used.
        """
        view = self._live.view(() if where is None else columns_of(self._catalog.parse(where)))
        allowed = self.allowed(where)
        rows = np.arange(len(view.product_keys)) if allowed is None else np.flatnonzero(allowed)
        found, first = np.unique(view.product_keys[rows], return_index=True)
        place = np.minimum(np.searchsorted(found, product_keys), max(0, len(found) - 1))
        there = found[place] == product_keys if len(found) else np.zeros(len(product_keys), dtype=bool)
        described = self._describer.hits(view, rows[first[place[there]]].astype(np.int64), scores[there], "product", {})
        return Hits(tuple(described.values()), "product")

    def allowed(self, where: str | None) -> Bool[np.ndarray, " n_rows"] | None:
        """Which rows of the view the filter lets through; None for all.

        Raises:
            SelectionError: the filter cannot be used.
        """
        if where is None:
            return None
        selection = self._catalog.parse(where)
        return self._live.view(columns_of(selection)).select(selection)

    def photographed(self, image: Path) -> tuple[Vector, Colouring | None]:
        """The unit vector of a photograph and its colours, made as a search makes them.

        Raises:
            ImageRejected: the picture cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live.current()
        look = self._look(Query(image=image), release, Clock())
        return look.vector, look.colouring

    def holds(self, product_id: str) -> bool:
        """Whether the catalogue has a picture of that product."""
        return bool(self._catalog.images_of_product(product_id))

    def witness(
        self,
        vector: Vector,
        *,
        colouring: Colouring | None = None,
        without: Collection[str] = (),
        hidden: Collection[int] = (),
    ) -> Witness | None:
        """What a verdict on this query would rest on, if some of the catalogue were not there.

        Args:
            vector: unit vector of the live release's model.
            colouring: colours of the photograph; None where they are not known.
            without: products that are taken to be absent, whatever pictures they share with others.
            hidden: pictures (keys) that are taken to be absent, for example the query itself.

        Returns:
            None where nothing is left to compare with.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        _, index = self._live.current()
        return self._judge.witness(index, self._live.view(), vector, without, hidden, colouring)

    def _verdict(
        self,
        query: Query,
        release: Release,
        index: VectorIndex,
        view: View,
        look: _Look | None,
        found: _Ranked,
        selected: Selected | None,
        clock: Clock,
    ) -> Verdict:
        if query.like is not None or query.text is not None or look is None:
            return Verdict(None, "not_a_photograph")
        rule = self._judge.rule(release)
        if rule is None:
            return Verdict(None, "not_calibrated")
        seen = found.seen if selected is None else None
        allowed = None if selected is None else selected.rows
        verdict = clock.time(
            "verdict",
            lambda: self._judge.verdict(rule, index, view, look.vector, seen, allowed, look.colouring),
        )
        # Rules of the shop, or re-ranking, may have put another product first.
        first = int(view.product_keys[found.rows[0]]) if len(found.rows) else None
        moved = verdict.label == "same" and selected is None and first != verdict.product_key
        return replace(verdict, label="similar") if moved else verdict

    def _look(self, query: Query, release: Release, clock: Clock) -> _Look:
        if query.vector is not None:
            if len(query.vector) != release.dimension:
                raise DimensionMismatch(
                    f"the query vector has {len(query.vector)} numbers, release {release.release_id} needs "
                    f"{release.dimension}: it was made by another model, search by the picture again"
                )
            return _Look(_without(_unit(query.vector), self._unlikeness(query, release)), query.colouring)
        if query.like is not None:
            return _Look(_without(self._likeness(query.likes, release), self._unlikeness(query, release)))
        assert query.image is not None
        embedder = self._embedder(release)
        image, box = query.image, query.crop
        preprocessing = embedder.description.preprocessing

        def prepare() -> tuple[Pixels, Colouring]:
            given = image if isinstance(image, np.ndarray) else picture_bytes(image)
            seen = see(given, preprocessing, limits=self._limits, box=box)
            return seen.square, stored_colouring(seen.part)

        square, colouring = clock.time("decode", prepare)
        vector = clock.time("embed", lambda: self._embed(embedder, square))
        return _Look(_without(vector, self._unlikeness(query, release)), colouring)

    def _square(self, query: Query, embedder: Embedder) -> Pixels:
        """The query's photograph, or the part of it, as the model sees it."""
        assert query.image is not None
        given = query.image if isinstance(query.image, np.ndarray) else picture_bytes(query.image)
        return see(given, embedder.description.preprocessing, limits=self._limits, box=query.crop).square

    def _embed(self, embedder: Embedder, square: Pixels) -> Vector:
        """One vector; searches that meet share a batch, a lonely one runs at once."""
        fingerprint = embedder.description.fingerprint
        together = self._embedding.get(fingerprint)
        if together is None:
            together = self._embedding.setdefault(fingerprint, coalesced_embedding(embedder))
        return together(square)

    def _unlikeness(self, query: Query, release: Release) -> Vector | None:
        return self._likeness(query.unlike, release) if query.unlike else None

    def _likeness(self, products: Sequence[ProductId], release: Release) -> Vector:
        """The mean direction of products, each of which counts the same however many pictures it has."""
        means = np.stack([self._mean_of(product_id, release) for product_id in products])
        return _unit(means.sum(axis=0, dtype=np.float32))

    def _mean_of(self, product_id: ProductId, release: Release) -> Vector:
        images = self._catalog.images_of_product(product_id)
        if not images:
            raise NotFound(
                f"there is no product {product_id!r} with a picture in the store: ids are those of the "
                "column product_id (for a folder, the names of its sub-folders)"
            )
        keys = np.unique(np.asarray([image.picture_key for image in images], dtype=np.int64))
        stored = self._catalog.vectors_of(release.release_id, keys.tolist())
        if not len(stored.keys):
            raise NotFound(f"product {product_id!r} has no vector in release {release.release_id}: index it again")
        return _unit(stored.vectors.mean(axis=0))

    def _rank(self, query: Query, index: VectorIndex, view: View, look: _Look, selected: Selected | None) -> _Ranked:
        """Enough folded rows for the page, asking for more neighbours until there are or all have been seen."""
        subset = None if selected is None else self._subset(selected)
        available = len(index) if subset is None else len(subset.keys)
        wanted = query.offset + query.k + 1  # one more says whether there is a next page
        vector, colouring = look.vector, look.colouring
        n_neighbours = min(max(wanted * 3, 32 if colouring is None else WINDOW_IMAGES), available)
        excluded = self._excluded(query, view)
        while True:
            if n_neighbours == 0:
                nothing = np.empty(0, dtype=np.int64)
                nobody = Seen(nothing, nothing.astype(np.float32), complete=True)
                return _Ranked(nothing, nothing.astype(np.float32), exact=True, complete=True, seen=nobody)
            neighbours = (
                index.search(vector[np.newaxis], n_neighbours, subset)
                if subset is not None
                else self._scanning(_Asked(index, vector, n_neighbours))
            )
            keys, similarities = neighbours.keys[0], neighbours.similarities[0]
            held = keys >= 0
            found = expand(view, keys[held], similarities[held], None if selected is None else selected.rows)
            rows, row_similarities = found
            if excluded is not None:
                keep = ~np.isin(view.product_keys[rows], excluded)
                rows, row_similarities = rows[keep], row_similarities[keep]
            order = ranked(row_similarities, view.image_keys[rows])
            rows, row_similarities = rows[order], row_similarities[order]
            complete = n_neighbours >= available or int(held.sum()) < n_neighbours
            seen = Seen(rows, row_similarities, complete)
            lanes: Mapping[str, Float32[np.ndarray, " n"]] = {}
            if colouring is not None:
                whole = len(rows) if complete else len(rows) // WINDOW_IMAGES * WINDOW_IMAGES
                coloured = self._colours.rank(view, rows[:whole], row_similarities[:whole], colouring)
                rows, row_similarities, lanes = coloured.rows, coloured.similarities, coloured.lanes
            first = fold(_groups(view, rows, query.by))
            if complete or len(first) >= wanted:
                shares = {name: part[first] for name, part in lanes.items()}
                pictures = _Pictures(rows, row_similarities, lanes)
                return _Ranked(
                    rows[first], row_similarities[first], neighbours.exact, complete, seen, shares, pictures=pictures
                )
            n_neighbours = min(n_neighbours * 4, available)

    def beside(self, hits: Sequence[Hit], by: FoldBy, where: str | None) -> tuple[Hit, ...]:
        """The hits, each that is sold out with the nearest product that is available within the filter.

        Raises:
            SelectionError: the filter cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        if not any(is_sold_out(hit.attributes.get("in_stock")) for hit in hits):
            return tuple(hits)
        release, index = self._live.current()
        selection = None if where is None else self._catalog.parse(where)
        return self._substitutes.beside(hits, by, release, index, selection)

    def contest(self, query: Query, *, hidden: Collection[int] = ()) -> Contest:
        """The candidates of a question by picture, to measure orders on.

        Args:
            query: by a photograph, a product or a vector; `query.k` and `query.offset` are of no account.
            hidden: pictures (keys) that are taken to be absent.

        Raises:
            ImageRejected: the query picture cannot be used.
            NotFound: the product to look like is not there.
            StoreNotFound: nothing has been indexed yet.
        """
        release, index = self._live.current()
        view = self._live.view()
        look = self._look(query, release, Clock())
        found = self._rank(replace(query, k=POOL_PICTURES, offset=0), index, view, look, None)
        rows, similarities, extra = _by_vector(found)
        keep = np.flatnonzero(~np.isin(view.picture_keys[rows], np.asarray(sorted(hidden), dtype=np.int64)))
        rows, similarities, extra = rows[keep], similarities[keep], extra[keep]
        details = self._catalog.details(view.image_keys[rows].tolist())
        names: list[str] = []
        products: list[str] = []
        for key in view.image_keys[rows].tolist():
            detail = details.get(key)
            name = {"product": "product_id", "variant": "variant_id", "image": "location"}[query.by]
            names.append("" if detail is None else getattr(detail, name) or "")
            products.append("" if detail is None else detail.product_id)
        return Contest(
            look.vector,
            rows,
            similarities,
            extra,
            self._describer.vectors(release, view, rows),
            _groups(view, rows, query.by),
            tuple(names),
            tuple(products),
            query_grid=lambda: self._query_grid(query, release),
            grids=lambda n: self._grids.of_images(release, view.image_keys[rows[:n]].tolist()),
        )

    def _arranged(
        self,
        plan: Plan,
        query: Query,
        release: Release,
        index: VectorIndex,
        view: View,
        look: _Look | None,
        selected: Selected | None,
        found: _Ranked,
    ) -> _Ranked:
        """What was found, in the order of `plan`, and behind it what a deep page needs more."""
        rows, similarities, scores = found.rows, found.similarities, found.similarities.astype(np.float64)
        lanes = found.lanes
        if plan.method is not None and look is not None and found.pictures is not None:
            pictures, alike, extra = _by_vector(found)
            order, by_picture = rescored(
                plan.method,
                look.vector,
                self._describer.vectors(release, view, pictures[:POOL_PICTURES]),
                alike,
                extra=extra,
                query_grid=self._query_grid(query, release) if METHODS[plan.method].n_grids else None,
                grids=lambda n: self._grids.of_images(release, view.image_keys[pictures[:n]].tolist()),
            )
            first = fold(_groups(view, pictures[order], query.by))
            rows, scores = pictures[order][first], by_picture[first]
            places = found.pictures.at(rows)
            similarities = found.pictures.similarities[places]
            lanes = {name: shares[places] for name, shares in found.pictures.lanes.items()}
        done = self._arranger.arrange(
            plan,
            view,
            rows,
            similarities,
            scores,
            lambda some: self._describer.vectors(release, view, some),
            by=query.by,
            complete=found.complete,
        )
        places = done.positions
        names = tuple(done.rules[place] for place in places.tolist())
        ordered = None if done.scores is None else done.scores[places]
        arranged = replace(
            found,
            rows=rows[places],
            similarities=similarities[places],
            complete=found.complete or done.cut,
            lanes={name: shares[places] for name, shares in lanes.items()},
            scores=ordered,
            rules=names,
            told=done.told,
        )
        if arranged.complete or look is None or query.offset + query.k < len(places):
            return arranged
        deeper = self._rank(query, index, view, look, selected)
        new = ~np.isin(_groups(view, deeper.rows, query.by), _groups(view, rows, query.by))
        more = deeper.similarities[new]
        return replace(
            arranged,
            rows=np.concatenate([arranged.rows, deeper.rows[new]]),
            similarities=np.concatenate([arranged.similarities, more]),
            complete=deeper.complete,
            lanes={name: np.concatenate([shares, deeper.lanes[name][new]]) for name, shares in arranged.lanes.items()},
            scores=None if ordered is None else np.concatenate([ordered, _below(ordered, more)]),
            rules=(*names, *(((),) * len(more))),
        )

    def _query_grid(self, query: Query, release: Release) -> Grid | None:
        if query.image is None:
            return None
        return self._grids.of_square(release, self._square(query, self._embedder(release)))

    def _read(self, text: str, *, beside_picture: bool) -> Reading:
        """What the words set as conditions on this catalogue."""
        return read(text, self._shelf.of(None), beside_picture=beside_picture)

    def _shelved(self) -> Shelf:
        """The values that conditions in words can be about."""
        types = self._catalog.columns()
        columns = [name for name, kind in types.items() if kind == "text" and name in CONDITION_COLUMNS]
        numbers = frozenset(name for name, kind in types.items() if kind == "number")
        view = self._live.view(columns)
        values = {
            name: column.vocabulary.shown
            for name, column in view.columns.items()
            if name in columns and isinstance(column, TextColumn)
        }
        return Shelf.of(values, numbers)

    def _rank_words(
        self,
        query: Query,
        text: str,
        index: VectorIndex,
        view: View,
        vector: Vector | None,
        selected: Selected | None,
        clock: Clock,
    ) -> _Ranked:
        """The folded rows that words find, alone or beside a picture; without words, what the filter lets through."""
        if not text:
            rows = np.arange(len(view.image_keys)) if selected is None else np.flatnonzero(selected.rows)
            rows = rows[fold(_groups(view, rows.astype(np.int64), query.by))].astype(np.int64)
            nothing = np.zeros(len(rows), dtype=np.float32)
            return _Ranked(rows, nothing, exact=True, complete=True, seen=None, lanes={"words": nothing})
        looks = None
        if vector is not None:
            asked = vector[np.newaxis]
            looks = Looks(lambda k, subset: index.search(asked, k, subset), len(index))
        wanted = query.offset + query.k + 1
        found = self._words.rank(text, view, selected, looks, wanted, self._shown(index, selected, wanted))
        clock.taken.update(found.timings_ms)
        rows, scores, lanes = found.rows, found.scores, found.lanes
        excluded = self._excluded(query, view)
        keep = fold(_groups(view, rows, query.by))
        if excluded is not None:
            keep = keep[~np.isin(view.product_keys[rows[keep]], excluded)]
        kept = {name: shares[keep] for name, shares in lanes.items()}
        return _Ranked(rows[keep], scores[keep], found.exact, complete=True, seen=None, lanes=kept, words=found)

    def _shown(self, index: VectorIndex, selected: Selected | None, wanted: int) -> Shown | None:
        """Finds what pictures show: by the model's own text tower, or by what its classes and an alignment tell."""
        release, _ = self._live.current()
        near = partial(self._lying, index, selected, wanted, release.dimension)
        if self._image_text.speaks(release):
            return Shown(lambda _: None, lambda text: near(self._image_text.vector(text, release)))
        depicted = self._depicted
        return None if depicted is None else Shown(lambda asked: near(depicted.direction(asked, release.fingerprint)))

    def _unsaid(self, query: Query) -> tuple[str, ...]:
        problem = self._image_text.problem
        return () if query.text is None or problem is None else (problem,)

    def _lying(
        self, index: VectorIndex, selected: Selected | None, wanted: int, dimension: int, direction: Vector | None
    ) -> Neighbours | None:
        """The pictures that lie in a direction; None for no direction, or one among vectors of another length."""
        if direction is None or len(direction) != dimension:
            return None
        subset = None if selected is None else self._subset(selected)
        available = len(index) if subset is None else len(subset.keys)
        if not available:
            return None
        return index.search(direction[np.newaxis], min(max(4 * wanted, 200), available), subset)

    def _coded(
        self, query: Query, found: _Ranked, view: View, selected: Selected | None, clock: Clock
    ) -> tuple[CodeFound | None, _Ranked]:
        """What a code in the photograph says, and the ranking with the products that have it first."""
        matched = self._code_reading.read(query, clock)
        if matched is None:
            return None, found
        printed, keys = matched
        rows = np.flatnonzero(np.isin(view.variant_keys, np.asarray(keys, dtype=np.int64))).astype(np.int64)
        details = self._catalog.details([int(key) for key in view.image_keys[rows]])
        products = tuple(dict.fromkeys(str(detail.product_id) for detail in details.values()))
        within = rows if selected is None else rows[selected.rows[rows]]
        code = CodeFound(printed.text, printed.kind, products, outside_filter=bool(len(rows)) and not len(within))
        if not len(within):
            return code, found
        coded = within[fold(_groups(view, within, query.by))]
        lanes = found.lanes or {"picture": found.similarities}
        groups, coded_groups = (_groups(view, some, query.by) for some in (found.rows, coded))
        ordered, told = put_first(found.rows, lanes, groups, coded, coded_groups)
        scores = np.zeros(len(ordered), dtype=np.float32)
        for shares in told.values():
            scores += shares
        scores[: len(coded)] = 1.0
        return code, replace(found, rows=ordered, similarities=scores, lanes=told)

    def _subset(self, selected: Selected) -> Subset:
        """The index's form of what a filter let through; one object a filter, so that the index prepares it once."""
        subset = self._subsets.get(selected)
        if subset is None:
            subset = self._subsets[selected] = Subset(selected.keys)
        return subset

    def _excluded(self, query: Query, view: View) -> Int64[np.ndarray, " n"] | None:
        """Keys of the products that the query is made of: nobody wants to be told that they look like themselves."""
        named = (*query.likes, *query.unlike)
        if not named:
            return None
        images = [image for product_id in named for image in self._catalog.images_of_product(product_id)]
        rows = view.rows_of_images(np.asarray([image.image_key for image in images], dtype=np.int64))
        rows = rows[rows >= 0]
        return np.unique(view.product_keys[rows]).astype(np.int64) if len(rows) else None


def _scan_together(asked: Sequence[_Asked]) -> list[Neighbours]:
    """Answer questions that met: one product of matrices reads the vectors once for all of them."""
    first = asked[0]
    if len(asked) == 1 or any(one.index is not first.index or one.k != first.k for one in asked):
        return [one.index.search(one.vector[np.newaxis], one.k) for one in asked]
    found = first.index.search(np.stack([one.vector for one in asked]), first.k)
    return [
        Neighbours(keys[np.newaxis], similarities[np.newaxis], found.exact)
        for keys, similarities in zip(found.keys, found.similarities, strict=True)
    ]


def _both(one: str | None, other: str | None) -> str | None:
    """Both filters; None where there is none."""
    if one is None or other is None:
        return one if other is None else other
    return f"({one}) and ({other})"


def _hits(described: Mapping[int, Hit], found: _Ranked, page: slice, by: FoldBy) -> Hits:
    """The described hits of a page, with what they were ordered by and which rules moved them."""
    arranged = found.told.by != "similarity"
    if not arranged:
        return Hits(tuple(described.values()), by)
    scores = None if found.scores is None else found.scores[page]
    rules = () if found.rules is None else found.rules[page]
    items = [
        replace(
            hit,
            score=None if scores is None else round(float(scores[place]), 6),
            rules=rules[place] if rules else (),
        )
        for place, hit in described.items()
    ]
    return Hits(tuple(items), by, arranged=True)


def _by_vector(
    found: _Ranked,
) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Image rows by falling cosine, their cosines, and what else (colours) adds to the similarity of each."""
    assert found.seen is not None
    assert found.pictures is not None
    places = found.pictures.at(found.seen.rows)
    rows, cosines = found.seen.rows[places >= 0], found.seen.similarities[places >= 0]
    whole = found.pictures.similarities[places[places >= 0]]
    return rows, cosines, (whole - cosines).astype(np.float64)


def _below(ordered: Float64[np.ndarray, " n"], more: Float32[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    """Similarities of hits that follow, as scores that are no higher than those before."""
    behind = more.astype(np.float64)
    if not len(ordered) or not len(behind):
        return behind
    return behind + min(0.0, float(ordered.min()) - float(behind.max()))


def _groups(view: View, rows: Int64[np.ndarray, " n"], by: FoldBy) -> Int64[np.ndarray, " n"]:
    match by:
        case "product":
            return view.product_keys[rows]
        case "variant":
            return view.variant_keys[rows]
        case "image":
            return view.image_keys[rows]


_AWAY = 0.5
"""How much of what it shall not look like is taken away from what it shall look like."""


def _without(vector: Vector, unlike: Vector | None) -> Vector:
    """`vector` turned away from `unlike`: Rocchio's rule with one positive and one negative mean."""
    return vector if unlike is None else _unit((vector - np.float32(_AWAY) * unlike).astype(np.float32))


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        raise InvalidQuery("the query vector is all zeros: it points nowhere, so nothing can be near it")
    return (vector / length).astype(np.float32)
