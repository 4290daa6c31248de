"""What an engine does with golden sets: makes them, puts them to releases, corrupts them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.inventory import Inventory
from lookalike.catalog.release import Release
from lookalike.embed.embedder import Embedder
from lookalike.errors import GoldenSetUnusable, InvalidQuery
from lookalike.evaluate.evaluation import Evaluation, evaluate
from lookalike.evaluate.gate import Gate, judge, traits_of
from lookalike.evaluate.golden.asking import LeavingOut, PagedSearches, questions_of
from lookalike.evaluate.golden.gallery import Gallery
from lookalike.evaluate.golden.golden_set import Answers, GoldenSet, require_answerable
from lookalike.evaluate.golden.making import Made, make_from_catalogue
from lookalike.evaluate.golden.photographs import make_from_photographs
from lookalike.evaluate.golden.renaming import as_called
from lookalike.evaluate.golden.scoring import Standing, query_pixels, score
from lookalike.evaluate.golden.shelf import GoldenShelf
from lookalike.evaluate.robustness import SIDE_PIXELS, Robustness, Sitter, measure_robustness
from lookalike.evaluate.slices import DEFAULT_SLICES, ProductShelf
from lookalike.images.corruptions import FAMILIES, Family
from lookalike.images.decode import decode
from lookalike.images.limits import ImageLimits
from lookalike.ingest.progress import Progress, Watcher
from lookalike.types import FoldBy, Rejection

__all__ = ["DEFAULT_GOLDEN", "DEFAULT_SEED", "GoldenDesk", "GoldenMade", "answers_by", "require_one"]

DEFAULT_GOLDEN = "default"
"""Name of the set that promotions are measured on unless another is named."""
DEFAULT_SEED = 20_260_104
_LIMITS = ImageLimits(min_side_pixels=1)


@dataclass(frozen=True, slots=True)
class GoldenMade:
    """A golden set that was made, and the rows and photographs that could not be used."""

    golden: GoldenSet
    rejected: tuple[Rejection, ...]


class GoldenDesk:
    """The golden sets of one open store.

    Args:
        catalog: of the store.
        limits: of pictures that a user brings.
        embedder_of: opens the model of a release.

    Attributes:
        shelf: the sets that are saved.
        embedder_of: as it was given.
    """

    def __init__(self, catalog: Catalog, limits: ImageLimits, embedder_of: Callable[[Release], Embedder]) -> None:
        self._catalog = catalog
        self._limits = limits
        self.embedder_of = embedder_of
        self.shelf = GoldenShelf(catalog.folder, catalog.store_id, catalog.kept)

    def make(
        self,
        queries: Path | None,
        *,
        name: str,
        by: Answers,
        n_queries: int,
        seed: int,
        replace: bool,
        watcher: Watcher | None,
    ) -> GoldenMade:
        """Make and save a set; see `lookalike.engine.engine.Engine.make_golden`."""
        if not replace and self.shelf.has(name):
            raise GoldenSetUnusable(f"there is a golden set {name!r} already: give another name, or --replace")
        release = self._live()
        made, rejected = self._make(release, queries, by=by, n_queries=n_queries, seed=seed, watcher=watcher)
        golden = self._named(made, release, queries, name=name, by=by, seed=seed)
        if not golden.queries:
            raise GoldenSetUnusable(
                "no golden query can be made: "
                + (
                    _none_usable(made, rejected)
                    if queries is not None
                    else "the catalogue has neither products with several pictures nor kept copies"
                )
            )
        self.shelf.save(golden, made.pictures, replace=replace)
        return GoldenMade(golden, rejected)

    def ask(
        self,
        searches: PagedSearches,
        golden: GoldenSet,
        watcher: Watcher | None = None,
        *,
        products: ProductShelf | None = None,
        slice_by: Sequence[str] = DEFAULT_SLICES,
    ) -> Evaluation:
        """Ask a set of the live index, as shoppers ask it.

        Args:
            searches: the live index.
            golden: the questions.
            watcher: told after every query.
            products: knows the right products, for slices; None for none. A set of variants has none either.
            slice_by: columns whose values are measured each on its own.

        Raises:
            GoldenSetUnusable: a picture of the set is gone or was changed.
        """
        questions, left_out = questions_of(golden, self.shelf, self._catalog.inventory())
        return evaluate(
            LeavingOut(searches, left_out), questions, by=golden.by, watcher=watcher, shelf=products, slice_by=slice_by
        )

    def without_own(self, searches: PagedSearches, golden: GoldenSet) -> LeavingOut:
        """Searches of the live index as `ask` asks them: without the pictures that each query may not match.

        Raises:
            GoldenSetUnusable: a picture of the set is gone or was changed.
        """
        return LeavingOut(searches, questions_of(golden, self.shelf, self._catalog.inventory())[1])

    def standing(self, release: Release, golden: GoldenSet, watcher: Watcher | None = None) -> Standing:
        """How a release does on a set, exactly, from its stored vectors.

        Raises:
            GoldenSetUnusable: less than half of the set's queries can still be asked, or a picture of it is gone.
        """
        return self._standing(self._catalog.inventory(), release, golden, watcher)

    def compare(self, candidate: Release, golden: GoldenSet, watcher: Watcher | None = None) -> Gate:
        """A release beside the live one.

        Raises:
            GoldenSetUnusable: the set says too little about the catalogue as it is now.
        """
        live = self._live()
        inventory = self._catalog.inventory()
        before = self._standing(inventory, live, golden, watcher)
        after = self._standing(inventory, candidate, golden, watcher)
        called = as_called(golden, inventory)
        judged = judge(called, (live.release_id, before), (candidate.release_id, after), traits_of(inventory, called))
        return replace(judged, data_sha256=golden.data_sha256)

    def robustness(
        self,
        release: Release,
        *,
        queries: Path | None,
        name: str | None,
        by: Answers | None,
        n_queries: int,
        seed: int,
        families: Sequence[Family] = FAMILIES,
        watcher: Watcher | None = None,
    ) -> Robustness:
        """Curves of one release; see `lookalike.engine.engine.Engine.robustness`."""
        if queries is not None:
            of = by or "product"
            made, rejected = self._make(release, queries, by=of, n_queries=n_queries, seed=seed, watcher=None)
            golden, pictures = self._named(made, release, queries, name="unsaved", by=of, seed=seed), made.pictures
        else:
            golden, pictures, rejected = self.shelf.load(name or DEFAULT_GOLDEN), None, ()
            answers_by(by, golden)
        inventory = self._catalog.inventory()
        golden = as_called(golden, inventory)
        gallery = self._gallery(inventory, release, golden.by)
        posed = [(query, one) for query in golden.queries if (one := gallery.pose(query)) is not None]
        if queries is None:
            require_answerable(len(posed), golden)
        if len(posed) > n_queries:
            drawn = np.random.default_rng(seed).permutation(len(posed))[:n_queries]
            posed = [posed[position] for position in sorted(drawn.tolist())]
        sitters: list[Sitter] = []
        for query, one in posed:
            pixels = (
                query_pixels(self.shelf, golden, query, SIDE_PIXELS)
                if pictures is None
                else decode(pictures[query.picture], limits=_LIMITS, shorter_side_pixels=SIDE_PIXELS).pixels
            )
            if pixels is None or min(pixels.shape[:2]) < 16:
                continue
            own = gallery.rows_showing([query.picture]) if query.kind == "view" else []
            sitters.append(Sitter(pixels, one, query.cluster, int(own[0]) if len(own) else None))
        if not sitters:
            raise GoldenSetUnusable(
                f"no query of {str(queries) if queries else golden.name!r} can be corrupted: none has a picture and a "
                "right answer in the catalogue"
            )
        embedder = self.embedder_of(release)
        measured = measure_robustness(
            sitters,
            gallery,
            embedder,
            release=release.release_id,
            families=families,
            seed=seed,
            watcher=_counting(watcher),
        )
        return replace(measured, rejected=tuple(rejected))

    def _live(self) -> Release:
        live = self._catalog.live_release()
        if live is None:
            raise GoldenSetUnusable("nothing has been indexed yet: run `lookalike index SOURCE` first")
        return live

    def _make(
        self,
        release: Release,
        queries: Path | None,
        *,
        by: Answers,
        n_queries: int,
        seed: int,
        watcher: Watcher | None,
    ) -> tuple[Made, tuple[Rejection, ...]]:
        inventory, generator = self._catalog.inventory(), np.random.default_rng(seed)
        stored = self._catalog.load_vectors(release.release_id)
        if queries is None:
            made = make_from_catalogue(
                inventory,
                stored,
                self._catalog.kept.get,
                by=by,
                n_queries=n_queries,
                generator=generator,
                watcher=_counting(watcher),
            )
            return made, ()
        return make_from_photographs(
            queries,
            inventory,
            stored,
            self.embedder_of(release),
            by=by,
            limits=self._limits,
            n_queries=n_queries,
            generator=generator,
            watcher=_counting(watcher),
        )

    def _named(
        self, made: Made, release: Release, queries: Path | None, *, name: str, by: Answers, seed: int
    ) -> GoldenSet:
        return GoldenSet(
            name=name,
            by=by,
            source="catalogue" if queries is None else str(queries),
            seed=seed,
            store_id=self._catalog.store_id,
            fingerprint=release.fingerprint,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            leakage=made.leakage,
            queries=made.queries,
        )

    def _gallery(self, inventory: Inventory, release: Release, by: Answers) -> Gallery:
        return Gallery(inventory, self._catalog.load_vectors(release.release_id), by)

    def _standing(self, inventory: Inventory, release: Release, golden: GoldenSet, watcher: Watcher | None) -> Standing:
        golden = as_called(golden, inventory)
        gallery = self._gallery(inventory, release, golden.by)
        standing = score(golden, self.shelf, gallery, self.embedder_of(release), watcher=_counting(watcher))
        require_answerable(len(standing.queries), golden)
        return standing


def _none_usable(made: Made, rejected: Sequence[Rejection]) -> str:
    """Why no photograph of a file became a query."""
    told = "none of the photographs can be used"
    if made.leakage.removed:
        told += (
            f"; {made.leakage.removed} look like the only picture of their product in the catalogue, by which anything "
            "would find them: bring photographs that are not the catalogue's own pictures"
        )
    if rejected:
        told += f"; {len(rejected)} rejected, the first: {rejected[0].image}: {rejected[0].detail}"
    return told


def _counting(watcher: Watcher | None) -> Callable[[int, int], None] | None:
    """A watcher of counts that tells a watcher of progress."""
    if watcher is None:
        return None
    started = time.perf_counter()
    return lambda done, total: watcher(Progress(done, total, 0, time.perf_counter() - started))


def answers_by(by: FoldBy | None, golden: GoldenSet | None = None) -> FoldBy:
    """What right answers are.

    Args:
        by: what was asked for; None for what `golden` knows, or products.
        golden: the set that is asked; None for a file.

    Raises:
        InvalidQuery: the golden set's answers are something else.
    """
    if golden is None:
        return by or "product"
    if by not in {None, golden.by}:
        sentence = f"the answers of golden set {golden.name!r} are {golden.by}s, received by {by!r}"
        raise InvalidQuery(f"{sentence}: leave it out, or ask a set or a file that has them")
    return golden.by


def require_one(queries: str | Path | None, golden: str | None, *, needed: bool = True) -> None:
    """What is asked comes from one place.

    Args:
        queries: a file of them.
        golden: name of a golden set.
        needed: whether neither is an error too.

    Raises:
        InvalidQuery: both, or neither where one is needed.
    """
    if (queries is None) == (golden is None) and (needed or golden is not None):
        received = "neither" if golden is None else "both"
        raise InvalidQuery(f"give either a file of queries or the name of a golden set, received {received}")
