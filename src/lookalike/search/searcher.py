"""From a query to hits: decode, embed, filter, find neighbours, expand to images, fold, describe.

The stages are objects of their own; the searcher lays out what they work on and hands on what each has found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.selection import And, columns_of
from lookalike.catalog.view import View
from lookalike.embed.embedder import Embedder
from lookalike.embed.print_reader import PrintReader
from lookalike.images.colouring import Colouring
from lookalike.images.limits import ImageLimits
from lookalike.search.answer import Answer
from lookalike.search.clock import Clock
from lookalike.search.code_found import CodeFound
from lookalike.search.code_reading import CodeReading
from lookalike.search.describing import Describer
from lookalike.search.gallery import Gallery, Subsets
from lookalike.search.judge import Judge, Witness
from lookalike.search.levels import FIRST_REACH
from lookalike.search.live import LiveRelease
from lookalike.search.picture_ranker import PictureRanker
from lookalike.search.query import Query
from lookalike.search.query_encoder import QueryEncoder
from lookalike.search.rank.arranging import Arranger
from lookalike.search.rank.contest import Contest
from lookalike.search.rank.grids import Grids
from lookalike.search.rank.stock import is_sold_out
from lookalike.search.rank.substitutes import Substitutes
from lookalike.search.ranked import Ranked
from lookalike.search.read_query import ReadQuery
from lookalike.search.rule import Verdict
from lookalike.search.second_stage import SecondStage
from lookalike.search.text_searcher import TextSearcher
from lookalike.search.words.depicted import Depicted
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.suggesting import Suggestion
from lookalike.search.words.understanding import where_of
from lookalike.types import FoldBy, Hit, Hits, Vector

__all__ = ["Searcher"]


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
        self._subsets = Subsets()
        self._encoder = QueryEncoder(catalog, embedder, limits)
        self._pictures = PictureRanker(catalog)
        self._texts = TextSearcher(catalog, embedder, meaning, depicted)
        self._codes = CodeReading(catalog, limits, open_print_reader)
        self._judge = Judge(catalog)
        self._arranger = Arranger(catalog)
        self._describer = Describer(catalog)
        grids = Grids(catalog, maps or embedder, limits)
        self._second_stage = SecondStage(catalog, self._pictures, self._arranger, self._describer, self._encoder, grids)
        self._substitutes = Substitutes(live, self._describer, self._subsets.of)

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
        read = self._read(query, clock)
        found = self._found(read, clock)
        found = self._arranged(read, found, clock)
        code, found = self._led_by_code(read, found, clock)
        hits = clock.time("details", lambda: self._page(query, found, read.gallery))
        hits, found = self._with_substitutes(read, hits, found, clock)
        verdict = self._verdict(read, found, code, clock)
        return self._answer(read, hits, found, code, verdict, clock)

    def warm_up(self) -> None:
        """Load what questions in words need, so that the first one is as fast as the next."""
        self._texts.warm_up()

    def suggest(self, text: str, k: int = 8) -> tuple[Suggestion, ...]:
        """At most `k` completions of a question that is being typed.

        Raises:
            InvalidQuery: `k` is not 1 to 20, or the text is too long.
        """
        return self._texts.suggest(text, k)

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
        view, allowed = self.allowed(where)
        rows = np.arange(len(view.product_keys)) if allowed is None else np.flatnonzero(allowed)
        found, first = np.unique(view.product_keys[rows], return_index=True)
        place = np.minimum(np.searchsorted(found, product_keys), max(0, len(found) - 1))
        there = found[place] == product_keys if len(found) else np.zeros(len(product_keys), dtype=bool)
        described = self._describer.hits(view, rows[first[place[there]]].astype(np.int64), scores[there], "product", {})
        return Hits(tuple(described.values()), "product")

    def allowed(self, where: str | None) -> tuple[View, Bool[np.ndarray, " n_rows"] | None]:
        """The catalogue now, and which of its rows the filter lets through; None for all.

        Raises:
            SelectionError: the filter cannot be used.
        """
        if where is None:
            return self._live.view(), None
        selection = self._catalog.parse(where)
        view = self._live.view(columns_of(selection))
        return view, view.select(selection)

    def photographed(self, image: Path) -> tuple[Vector, Colouring | None]:
        """The unit vector of a photograph and its colours, made as a search makes them.

        Raises:
            ImageRejected: the picture cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live.current()
        look = self._encoder.look(Query(image=image), release, Clock())
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
        gallery = Gallery(*self._live.current(), self._live.view())
        return self._judge.witness(gallery, vector, without, hidden, colouring)

    def beside(self, hits: Sequence[Hit], by: FoldBy, where: str | None) -> tuple[Hit, ...]:
        """The hits, each that is sold out with the nearest product that is available within the filter.

        Raises:
            SelectionError: the filter cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        if not _any_sold_out(hits):
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
        gallery = Gallery(release, index, self._live.view())
        return self._second_stage.contest(query, self._encoder.look(query, release, Clock()), gallery, hidden)

    def _read(self, query: Query, clock: Clock) -> ReadQuery:
        """The words read, the picture looked at, the filter and the order understood, the catalogue as it stands."""
        reading = None if query.text is None else self._texts.read(query.text, beside_picture=query.has_picture)
        wished = None if reading is None else where_of(reading.conditions)
        parts = tuple(self._catalog.parse(where) for where in (query.where, wished) if where is not None)
        selection = And(parts) if len(parts) > 1 else next(iter(parts), None)
        release, index = self._live.current()
        plan = self._arranger.plan(query.ranking, release, query.text, photograph=query.image is not None)
        look = self._encoder.look(query, release, clock) if query.has_picture else None
        if look is not None and reading is not None and reading.names_colour and not reading.rest:
            look = replace(look, colouring=None)
        view = self._live.view({*(() if selection is None else columns_of(selection)), *plan.columns})
        selected = None if selection is None else clock.time("filter", lambda: view.subset(selection))
        subset = None if selected is None else self._subsets.of(selected)
        return ReadQuery(query, reading, selection, plan, look, Gallery(release, index, view, selected, subset))

    def _found(self, read: ReadQuery, clock: Clock) -> Ranked:
        """The nearest by words, with the picture beside them, or by the picture alone."""
        gallery, words = read.gallery, read.words
        if words is not None:
            vector = None if read.look is None else read.look.vector
            # One more than an order is made of says whether there are more.
            reach = FIRST_REACH if read.plan.depth is None else read.plan.depth + 1
            return self._texts.rank(read.deep, words, vector, gallery, clock, listing=read.wishes, reach=reach)
        look = read.look
        assert look is not None
        return clock.time("search", lambda: self._pictures.rank(read.deep, look, gallery))

    def _arranged(self, read: ReadQuery, found: Ranked, clock: Clock) -> Ranked:
        """What was found, in the order that the plan makes; as it is where there is nothing to arrange."""
        if read.plan.depth is None:
            return found
        look = read.look if found.words is None else None
        arrange = partial(self._second_stage.arranged, read.plan, read.query, look, found, read.gallery)
        return clock.time("rank", arrange)

    def _led_by_code(self, read: ReadQuery, found: Ranked, clock: Clock) -> tuple[CodeFound | None, Ranked]:
        """What a code in the photograph says, and its products before all others, unless an order was asked for."""
        code, coded = self._codes.put_first(read.query, found, read.gallery, clock)
        if coded is found or found.told.by == "sort":
            return code, found
        return code, replace(coded, scores=None, rules=None)

    def _page(self, query: Query, found: Ranked, gallery: Gallery) -> Hits:
        """The hits of the page that was asked for."""
        page = slice(query.offset, query.offset + query.k)
        lanes = {name: shares[page] for name, shares in found.lanes.items()}
        rows, similarities = found.rows[page], found.similarities[page]
        return found.hits(self._describer.hits(gallery.view, rows, similarities, query.by, lanes), page, query.by)

    def _with_substitutes(self, read: ReadQuery, hits: Hits, found: Ranked, clock: Clock) -> tuple[Hits, Ranked]:
        """Sold-out hits with what is available instead, and that told; as they are where none is or none is wanted."""
        query, gallery = read.query, read.gallery
        if not (query.ranking.instead and _any_sold_out(hits)):
            return hits, found
        beside = partial(self._substitutes.beside, hits.items, query.by, gallery.release, gallery.index, read.selection)
        items = clock.time("instead", beside)
        return replace(hits, items=items), replace(found, told=replace(found.told, instead=True))

    def _verdict(self, read: ReadQuery, found: Ranked, code: CodeFound | None, clock: Clock) -> Verdict:
        """Whether the first product is the photographed one, and by what right that is said."""
        query, look, gallery = read.query, read.look, read.gallery
        if code is not None and code.products and not code.outside_filter:
            return Verdict(None, "read_code")
        # A vector that was turned away from products is no photograph's any more.
        if query.like is not None or query.text is not None or query.unlike or look is None:
            return Verdict(None, "not_a_photograph")
        rule = self._judge.rule(gallery.release)
        if rule is None:
            return Verdict(None, "not_calibrated")
        view, allowed = gallery.view, gallery.allowed
        seen = found.seen if allowed is None else None
        verdict = clock.time(
            "verdict",
            lambda: self._judge.verdict(rule, gallery, look.vector, seen, look.colouring),
        )
        # A sort, rules of the shop, re-ranking, or a filter of variants may have put another product first.
        first = int(view.product_keys[found.rows[0]]) if len(found.rows) else None
        moved = verdict.label == "same" and first != verdict.product_key
        return replace(verdict, label="similar") if moved else verdict

    def _answer(
        self, read: ReadQuery, hits: Hits, found: Ranked, code: CodeFound | None, verdict: Verdict, clock: Clock
    ) -> Answer:
        """All that the stages have found out, told."""
        query, reading, look, words = read.query, read.reading, read.look, found.words
        end = query.offset + query.k
        more = len(found.rows) > end or (not found.complete and len(found.rows) == end)
        warnings, problem = read.plan.warnings, None if query.text is None else self._texts.problem
        return Answer(
            hits=hits,
            exact=found.exact,
            verdict=verdict.label,
            release=read.gallery.release.release_id,
            timings_ms=clock.finish(),
            offset=query.offset,
            next_offset=end if more else None,
            vector=None if look is None else look.vector,
            colouring=None if look is None else look.colouring,
            verdict_details=verdict,
            lanes=tuple(found.lanes) or ("picture",),
            corrected={} if words is None else words.corrected,
            unknown=() if words is None else words.unknown,
            understood=() if reading is None else reading.conditions,
            unmapped=() if reading is None else reading.unmapped,
            code=code,
            warnings=warnings if problem is None else (*warnings, problem),
            ranking=found.told,
        )


def _any_sold_out(hits: Sequence[Hit]) -> bool:
    return any(is_sold_out(hit.attributes.get("in_stock")) for hit in hits)
