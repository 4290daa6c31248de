"""The object with all the verbs: what `lookalike.open` returns, the commands call and the server is handed."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.columns import ColumnType
from lookalike.catalog.facets import Facet
from lookalike.catalog.product import Counts, Product
from lookalike.catalog.promotions import Promotion
from lookalike.catalog.release import Release
from lookalike.catalog.selection import columns_of
from lookalike.catalog.sentence import TEXT_COLUMNS
from lookalike.embed.description import ModelDescription
from lookalike.engine.bench import bench, missed_by_live
from lookalike.engine.demand import DemandDesk
from lookalike.engine.embedders import ONE_THREAD, EmbedderFactory, Embedders
from lookalike.engine.golden import DEFAULT_GOLDEN, DEFAULT_SEED, GoldenDesk, GoldenMade, Promoted
from lookalike.engine.live_vectors import LiveVectors, read_live_vectors
from lookalike.engine.options import EngineOptions
from lookalike.engine.pinned import PinnedRelease
from lookalike.engine.release_info import ReleaseInfo
from lookalike.engine.text_encoders import TextEncoderFactory, TextEncoders
from lookalike.errors import InvalidQuery, NotFound, StoreError, StoreNotFound
from lookalike.evaluate.calibrating import Calibration, calibrate
from lookalike.evaluate.evaluation import Evaluation, evaluate
from lookalike.evaluate.gate import Gate
from lookalike.evaluate.golden.golden_set import GoldenSet
from lookalike.evaluate.health.diagnosis import diagnose_files, diagnose_store
from lookalike.evaluate.health.report import HealthReport
from lookalike.evaluate.index_quality import DEFAULT_SHARES, IndexQuality
from lookalike.evaluate.report.comparison_report import ComparisonReport
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.record import Subject
from lookalike.evaluate.robustness import Robustness
from lookalike.evaluate.slices import DEFAULT_SLICES
from lookalike.explain.explainer import ExplainedHit, Explainer, Question
from lookalike.explain.gallery import Gallery
from lookalike.images.decode import decode
from lookalike.images.regions import encode_jpeg, thumbnail
from lookalike.ingest.draft import ProductDraft
from lookalike.ingest.progress import Watcher
from lookalike.ingest.put import put_product
from lookalike.ingest.reembedding import embed_kept
from lookalike.ingest.report import IndexReport
from lookalike.ingest.run import IngestRun
from lookalike.ingest.sentences import SentenceWriter
from lookalike.search.answer import Answer
from lookalike.search.demand import DEFAULT_LIKENESS, Demand
from lookalike.search.judge import calibration_of
from lookalike.search.live import LiveRelease
from lookalike.search.query import Query
from lookalike.search.searcher import Searcher
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.suggesting import Suggestion
from lookalike.sources.opening import open_reader, open_source
from lookalike.types import (
    Attributes,
    AttributeValue,
    Box,
    FoldBy,
    ImageKey,
    Pixels,
    ProductId,
    Rejection,
    VariantId,
    Vector,
    Vectors,
)

__all__ = ["Engine"]

logger = logging.getLogger(__name__)


class Engine:
    """A store, and everything one can do with it. Safe to call from several threads.

    Args:
        folder: of the store; created by the first `index` or `put_product`.
        options: of every room.
        open_embedder: opens models; called when one is first needed.
        model: name or path of the model to use; None for what the store's live release was made with, or the
            packaged one in a new store.
        open_text_encoder: opens the sentence model; None for words without meaning.

    Example:
        >>> import lookalike
        >>> shop = lookalike.open("no-such-store")
        >>> shop.search("photo.jpg")
        Traceback (most recent call last):
        ...
        lookalike.errors.StoreNotFound: there is no store at no-such-store: run `lookalike index SOURCE` first
    """

    def __init__(
        self,
        folder: Path,
        options: EngineOptions,
        open_embedder: EmbedderFactory,
        *,
        model: str | None = None,
        open_text_encoder: TextEncoderFactory | None = None,
    ) -> None:
        self._folder = folder
        self._options = options
        self._embedders = Embedders(open_embedder, model)
        self._texts = TextEncoders(open_text_encoder)
        self._meaning: Meaning | None = None
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._live: LiveRelease | None = None
        self._searcher: Searcher | None = None

    # Bringing in

    def index(self, source: str | Path, *, prune: bool = False, watcher: Watcher | None = None) -> IndexReport:
        """Make a folder, CSV, TSV, JSONL or Parquet file searchable; a second run embeds only what changed.

        Args:
            source: what to bring in.
            prune: whether products and pictures that `source` no longer has are removed.
            watcher: told after every acknowledged batch.

        Raises:
            SourceError: `source` cannot be read at all; single bad rows and pictures are in the report.
            FingerprintMismatch: the model is not the one that the live release was made with.
            StoreBusy: another run is writing.
            StoreFull: no space left; what was acknowledged before is there.
        """
        options = self._options
        opened = open_source(source, fetch=options.fetch, limits=options.ingest.limits, leave_out=self._folder)
        catalog = self._writable()
        with catalog.writing():
            release, embedder = self._embedders.to_fill(catalog, threads=ONE_THREAD)
            run = IngestRun(catalog, release, embedder, options.ingest, self._sentences(ONE_THREAD))
            report = run.run(opened, prune=prune, watcher=watcher)
            self._live_release().save()
            self._meaning_lane().save()
        return report

    def put_product(self, draft: ProductDraft) -> tuple[Product, tuple[Rejection, ...]]:
        """Create or replace one product; searches that start afterwards see it.

        Raises:
            NotFound: none of its pictures could be used and it was not there before.
            FingerprintMismatch: the model is not the one that the live release was made with.
        """
        catalog = self._writable()
        release, embedder = self._embedders.to_fill(catalog)
        reader = open_reader(Path.cwd(), fetch=self._options.fetch, limits=self._options.ingest.limits)
        rejections = put_product(
            draft,
            catalog=catalog,
            release=release,
            embedder=embedder,
            reader=reader,
            options=self._options.ingest,
            sentences=self._sentences(),
        )
        product = catalog.product(ProductId(draft.product_id))
        if product is None:
            reasons = "; ".join(f"{rejection.image}: {rejection.detail}" for rejection in rejections)
            raise NotFound(f"product {draft.product_id!r} was not stored, none of its pictures can be used: {reasons}")
        return product, rejections

    def patch_product(
        self, product_id: str, attributes: Mapping[str, AttributeValue | None], variant_id: str | None = None
    ) -> Product:
        """Change attributes of a product (or of one variant) without running the model; None removes a value.

        Raises:
            NotFound: there is no such product or variant.
            InvalidProduct: a value is not of its column's type.
        """
        variant = None if variant_id is None else VariantId(variant_id)
        catalog = self._readable()
        sentences = self._sentences() if TEXT_COLUMNS & attributes.keys() else None
        brought = None
        if sentences is not None:
            known = catalog.known([ProductId(product_id)])
            brought = sentences.vectors_of(changed(one.attributes, attributes) for one in known.values())
        return catalog.patch_product(ProductId(product_id), attributes, variant_id=variant, sentences=brought)

    def delete_product(self, product_id: str) -> None:
        """Remove a product with its pictures and vectors; searches that start afterwards do not see it.

        Raises:
            NotFound: there is no such product.
        """
        self._readable().delete_product(ProductId(product_id))

    # Asking

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        like: str | Sequence[str] | None = None,
        unlike: Sequence[str] = (),
        vector: Vector | None = None,
        crop: Box | None = None,
        where: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
    ) -> Answer:
        """The products that words find, or that look like a picture, a part of it, or another product; or both.

        Args:
            image: bytes of a picture file, its path, or upright sRGB pixels.
            text: words; alone, or beside one of the others, whose ranking they bend.
            like: id of a product, or several; they are left out of the hits.
            unlike: ids of products that the hits should not look like.
            vector: `Answer.vector` of an earlier search.
            crop: part of `image`, in pixels of the upright picture.
            where: filter expression, for example ``category = "Shoes" and price < 50``.
            k: hits to return.
            offset: hits to skip.
            by: fold images into products or variants, or not at all.

        Raises:
            UsageError: the query or the filter is wrong.
            ImageRejected: the picture cannot be used.
            NotFound: there is no such product.
            StoreNotFound: nothing has been indexed yet.
        """
        self._readable()
        query = Query(
            image=Path(image) if isinstance(image, str) else image,
            text=text,
            like=ProductId(like) if isinstance(like, str) else None if like is None else tuple(map(ProductId, like)),
            unlike=tuple(map(ProductId, unlike)),
            vector=vector,
            crop=crop,
            where=where,
            k=k,
            offset=offset,
            by=by,
        )
        answer = self._searching().search(query)
        if text is not None and self._texts.problem is not None:
            answer = replace(answer, warnings=(*answer.warnings, self._texts.problem))
        if self._options.unmet.remember:
            self._demand().remember(query, answer)
        return answer

    def suggest(self, text: str, *, k: int = 8) -> tuple[Suggestion, ...]:
        """Completions of a question in words that is being typed: values, titles and words of the catalogue.

        Raises:
            InvalidQuery: `k` is not 1 to 20, or the text is too long.
            StoreNotFound: nothing has been indexed yet.
        """
        return self._searching().suggest(text, k)

    def demand(self, *, likeness: float = DEFAULT_LIKENESS) -> Demand:
        """What photographs that were told "not in this catalogue" showed, in clusters of what looks alike.

        Args:
            likeness: cosine that makes a cluster, above 0 to 1.

        Raises:
            InvalidConfiguration: `likeness` out of range.
            StoreNotFound: nothing has been indexed yet.
        """
        return self._demand().report(self._searching(), likeness)

    def demand_picture(self, key: int) -> bytes:
        """The small copy of a remembered photograph, as JPEG.

        Raises:
            NotFound: it is gone, or was never kept.
        """
        return self._demand().picture(key)

    def erase_demand(self) -> int:
        """Forget every remembered photograph; returns how many there were."""
        return self._readable().erase_unmet()

    def explain(
        self,
        image: bytes | str | Path | Pixels,
        product_id: str,
        *,
        crop: Box | None = None,
        against: str | None = None,
        where: str | None = None,
        root: Path | None = None,
    ) -> ExplainedHit:
        """Why a product is as alike to a picture as a search says: its similarity as a sum over pairs of parts.

        Args:
            image: the query: bytes of a picture file, its path, or upright sRGB pixels.
            product_id: a product, whether it was a hit or not.
            crop: part of `image` that was looked for, in pixels of the upright picture.
            against: another product: says why the first is above or below it.
            where: filter expression of the search.
            root: where relative paths of the source begin, for pictures of which no copy was kept; None for the
                working folder.

        Raises:
            UsageError: the query or the filter is wrong.
            ImageRejected: the picture cannot be used.
            NotFound: there is no such product, or its picture cannot be had any more.
            StoreNotFound: nothing has been indexed yet.
        """
        given = Path(image) if isinstance(image, str) else image
        other = None if against is None else ProductId(against)
        gallery = Gallery(
            self._readable().kept,
            self._options.ingest.limits,
            self._options.fetch,
            Path.cwd() if root is None else root,
        )
        explainer = Explainer(self._readable(), self._live_release(), self._embedders.explaining, gallery)
        return explainer.explain(Question(given, ProductId(product_id), crop, other, where))

    def product(self, product_id: str) -> Product:
        """A product with its variants and images.

        Raises:
            NotFound: there is no such product.
        """
        found = self._readable().product(ProductId(product_id))
        if found is None:
            raise NotFound(f"there is no product {product_id!r} in {self._folder}")
        return found

    def products(self, *, where: str | None = None, k: int = 24, offset: int = 0) -> tuple[Product, ...]:
        """Products in the order in which they came into the store.

        Raises:
            SelectionError: the filter cannot be used.
        """
        catalog = self._readable()
        if where is None:
            return catalog.products(offset=offset, limit=k)
        selection = catalog.parse(where)
        view = catalog.view(columns_of(selection))
        keys = np.unique(view.product_keys[view.select(selection)])[offset : offset + k]
        return catalog.products_of_keys(keys.tolist())

    def facets(self, where: str | None = None) -> tuple[Facet, ...]:
        """The columns worth filtering by, with how many products have each value.

        Raises:
            SelectionError: the filter cannot be used.
        """
        catalog = self._readable()
        return catalog.facets(None if where is None else catalog.parse(where))

    def thumbnail(self, image_key: int, side_pixels: int = 256) -> bytes:
        """A JPEG of an image, at most `side_pixels` on its longer side.

        Raises:
            NotFound: there is no such image, or neither a kept copy nor its file.
        """
        source = self._readable().image(ImageKey(image_key))
        if source is None:
            raise NotFound(f"there is no image {image_key} in {self._folder}")
        data = self._readable().kept.get(source.sha256)
        if data is None:
            raise NotFound(f"no copy of image {image_key} was kept; index with keep_pictures on to have thumbnails")
        limits = replace(self._options.ingest.limits, min_side_pixels=1)
        picture = decode(data, limits=limits, shorter_side_pixels=side_pixels)
        return encode_jpeg(thumbnail(picture.pixels, side_pixels), quality=85)

    def doctor(self, path: Path | None = None, *, watcher: Watcher | None = None) -> HealthReport:
        """Check every file below `path`, or without one every picture and product of the store.

        Raises:
            SourceError: there is nothing at `path`.
        """
        if path is None:
            return diagnose_store(self._readable(), self._options.ingest, watcher=watcher)
        return diagnose_files(path, self._options.ingest, watcher=watcher)

    def evaluate(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        by: FoldBy = "product",
        slice_by: Sequence[str] = DEFAULT_SLICES,
        watcher: Watcher | None = None,
    ) -> Evaluation:
        """Ask every query of a CSV file, or of a golden set, and measure how often the right product comes first.

        Args:
            queries: file with ``image`` or ``like``, and ``product_id``, ``variant_id`` or ``answer_image``.
            golden: name of a golden set to ask instead; what its queries may not match is left out of the answers.
            by: whether right answers of `queries` are products, variants or images; a golden set knows.
            slice_by: columns (and ``views``, ``brightness``, ``size``) whose values are measured each on its own.
            watcher: told after every query.

        Raises:
            InvalidQuery: neither or both of `queries` and `golden`.
            SourceError: the file cannot be read as queries.
            GoldenSetUnusable: there is no such set, or it was changed.
            StoreNotFound: nothing has been indexed yet.
        """
        if (queries is None) == (golden is None):
            raise InvalidQuery("an evaluation needs either a file of queries or the name of a golden set")
        if golden is not None:
            return self._golden().ask(self, self.golden_set(golden), watcher, products=self, slice_by=slice_by)
        assert queries is not None
        return evaluate(self, Path(queries), by=by, watcher=watcher, shelf=self, slice_by=slice_by)

    def bench(
        self,
        queries: Vectors | int = 200,
        *,
        k: int = 10,
        shares: Sequence[float] = DEFAULT_SHARES,
        seed: int = 0,
    ) -> IndexQuality:
        """What the live index misses of the true nearest pictures, and how long it and a scan take.

        Args:
            queries: unit vectors of the live release's model, or how many to make: pictures of the catalogue, each
                moved by 0.3 in a random direction.
            k: neighbours to ask for.
            shares: of the pictures that random filters let through; 1.0 is no filter.
            seed: of what is chosen at random.

        Raises:
            StoreNotFound: nothing has been indexed yet.
            DimensionMismatch: queries of another model.
            InvalidQuery: no queries, or a share outside (0, 1].
        """
        return bench(self._readable(), self._live_release(), queries=queries, k=k, shares=shares, seed=seed)

    def missed(self, vector: Vector, *, where: str | None = None) -> tuple[int, int]:
        """How many of the ten pictures nearest to `vector` the live index misses, and how many there are.

        Args:
            vector: `Answer.vector` of a search.
            where: its filter.

        Raises:
            SelectionError: the filter cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        return missed_by_live(self._readable(), self._live_release(), vector, where)

    # Golden sets

    def make_golden(
        self,
        queries: str | Path | None = None,
        *,
        name: str = DEFAULT_GOLDEN,
        by: Literal["product", "variant"] = "product",
        n_queries: int = 500,
        seed: int = DEFAULT_SEED,
        replace: bool = False,
        watcher: Watcher | None = None,
    ) -> GoldenMade:
        """Make a golden set, of the catalogue's own pictures or of photographs, and save it in the store.

        Args:
            queries: CSV file of photographs with their right answers; None to hold out views of the catalogue.
            name: of the set.
            by: whether answers are products or variants.
            n_queries: at most; drawn where there could be more.
            seed: of what is drawn.
            replace: whether a set of that name may be overwritten.
            watcher: told while photographs are looked at.

        Raises:
            GoldenSetUnusable: there is a set of that name, or no query can be made.
            SourceError: the file cannot be read as queries.
        """
        path = None if queries is None else Path(queries)
        return self._golden().make(
            path, name=name, by=by, n_queries=n_queries, seed=seed, replace=replace, watcher=watcher
        )

    def golden_sets(self) -> tuple[GoldenSet, ...]:
        """Every golden set of the store, by name.

        Raises:
            GoldenSetUnusable: one of them was changed or belongs to another store or version.
        """
        shelf = self._golden().shelf
        return tuple(shelf.load(name) for name in shelf.names())

    def golden_set(self, name: str = DEFAULT_GOLDEN) -> GoldenSet:
        """The golden set of that name.

        Raises:
            GoldenSetUnusable: there is none, it was changed, or it belongs to another store or version.
        """
        return self._golden().shelf.load(name)

    def golden_path(self, name: str = DEFAULT_GOLDEN) -> Path:
        """The file of the golden set of that name.

        Raises:
            InvalidConfiguration: that cannot be a name.
        """
        return self._golden().shelf.document(name)

    def drop_golden(self, name: str) -> None:
        """Remove a golden set with its pictures.

        Raises:
            GoldenSetUnusable: there is none of that name.
        """
        self._golden().shelf.drop(name)

    def compare_releases(self, candidate: str, *, golden: str = DEFAULT_GOLDEN, watcher: Watcher | None = None) -> Gate:
        """A release beside the live one on a golden set, exactly, from their stored vectors.

        Raises:
            NotFound: there is no such release.
            GoldenSetUnusable: there is no such set, or it says too little about the catalogue as it is now.
        """
        release = self._readable().release(candidate)
        return self._golden().compare(release, self.golden_set(golden), watcher)

    def robustness(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        by: Literal["product", "variant"] = "product",
        n_queries: int = 200,
        seed: int = DEFAULT_SEED,
        watcher: Watcher | None = None,
    ) -> Robustness:
        """How much of its score the live release keeps when queries are corrupted.

        Args:
            queries: CSV file of photographs with their right answers; None to ask a golden set.
            golden: name of the golden set; None for the one called ``default``.
            by: what the answers of `queries` are.
            n_queries: at most; drawn where there are more. Each is embedded about a hundred times.
            seed: of the corruptions and of what is drawn.
            watcher: told after each severity.

        Raises:
            GoldenSetUnusable: there is no such set, or none of its queries can be corrupted.
            SourceError: the file cannot be read as queries.
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live_release().current()
        path = None if queries is None else Path(queries)
        return self._golden().robustness(
            release, queries=path, name=golden, by=by, n_queries=n_queries, seed=seed, watcher=watcher
        )

    def calibrate(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        error: float = 0.05,
        absent_error: float | None = None,
        watcher: Watcher | None = None,
    ) -> Calibration:
        """Let searches say *same*, *similar* or *absent*, wrong as seldom as asked for. Kept with the live release.

        Args:
            queries: CSV file with the columns ``image`` and ``product_id``: photographs of known products.
            golden: name of a golden set to calibrate on instead.
            error: most photographs, as a share, that may falsely be called *same*.
            absent_error: most photographs of products in the catalogue, as a share, that may be called *absent*; None
                for `error`.
            watcher: told after every photograph.

        Raises:
            InvalidQuery: neither or both of `queries` and `golden`.
            SourceError: the file cannot be read as queries.
            GoldenSetUnusable: there is no such set, it was changed, or its answers are variants.
            TooFewProducts: that cannot be promised with so few products; the message says how many would do.
            StoreNotFound: nothing has been indexed yet.
        """
        if (queries is None) == (golden is None):
            raise InvalidQuery("a calibration needs either a file of queries or the name of a golden set")
        asked = (self.golden_set(golden), self._golden().shelf) if golden is not None else Path(str(queries))
        return calibrate(
            self._readable(), self._searching(), asked, error=error, absent_error=absent_error, watcher=watcher
        )

    def report(
        self,
        evaluation: Evaluation,
        queries: str | Path,
        *,
        by: FoldBy = "product",
        command: str = "",
        robustness: Robustness | None = None,
    ) -> EvaluationReport:
        """What the report of `evaluation` shows, with pictures of its worst failures; `evaluation_page` makes it HTML.

        Args:
            evaluation: what `evaluate` returned for `queries`.
            queries: the file that was asked; of a golden set, `golden_path`.
            by: as it was asked.
            command: the command line, so that it can be repeated.
            robustness: what `robustness` returned for the same queries, to be shown too.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        from lookalike.engine.reporting import calibrated_of, report_of, subject_of

        live = next(release for release in self.releases() if release.live)
        subject = subject_of(self._folder, live, self.model, self.counts())
        release, _ = self._live_release().current()
        embedder = self._embedders.of(release)
        told = report_of(self, evaluation, Path(queries), by, command, subject, self._options.ingest.limits, embedder)
        return replace(told, robustness=robustness, calibrated=calibrated_of(self._readable(), release))

    def compare(
        self,
        first: str,
        second: str,
        queries: str | Path,
        *,
        by: Literal["product", "variant"] = "product",
        command: str = "",
        watcher: Watcher | None = None,
    ) -> ComparisonReport:
        """Ask two releases the same queries and say what changed from the first to the second.

        Args:
            first: id of the release that is compared with; usually the live one.
            second: id of the release that is compared; neither needs to be live.
            queries: file with the columns ``image`` or ``like``, and ``product_id`` or ``variant_id``.
            by: whether right answers are products or variants.
            command: the command line, so that it can be repeated.
            watcher: told after every query of each.

        Raises:
            NotFound: there is no such release.
            SourceError: the file cannot be read as queries.
            InvalidQuery: there is no query that both could be asked.
        """
        from lookalike.engine.reporting import comparison_of

        return comparison_of(
            self,
            [self._pinned(release_id) for release_id in (first, second)],
            Path(queries),
            by,
            command,
            self._options.ingest.limits,
            watcher,
        )

    def _pinned(self, release_id: str) -> tuple[Subject, PinnedRelease]:
        """A release to be asked as if it were live."""
        from lookalike.engine.reporting import subject_of

        catalog = self._readable()
        release = catalog.release(release_id)
        embedder = self._embedders.of(release)
        live = LiveRelease(catalog, self._folder / "index", exact_up_to=sys.maxsize - 1, pinned=release_id)
        searcher = Searcher(catalog, live, lambda _: embedder, self._options.ingest.limits)
        info = _info(catalog, release, catalog.live_release())
        subject = subject_of(self._folder, info, embedder.description, self.counts())
        return subject, PinnedRelease(self, searcher)

    # Releases

    def releases(self) -> tuple[ReleaseInfo, ...]:
        """Every release, oldest first."""
        catalog = self._readable()
        live = catalog.live_release()
        return tuple(_info(catalog, release, live) for release in catalog.releases())

    def build_release(self, *, watcher: Watcher | None = None) -> ReleaseInfo:
        """Embed every kept picture with this engine's model as a release that is not live yet. Resumable.

        Raises:
            StoreBusy: another run is writing.
        """
        catalog = self._readable()
        embedder = self._embedders.own(threads=ONE_THREAD)
        with catalog.writing():
            release = self._embedders.begin(catalog, embedder.description)
            embed_kept(catalog, release, embedder, self._options.ingest, watcher=watcher)
        return _info(catalog, release, catalog.live_release())

    def promote(
        self,
        release_id: str,
        *,
        force: bool = False,
        reason: str | None = None,
        golden: str | None = None,
        queries: str | Path | None = None,
        watcher: Watcher | None = None,
    ) -> Promoted:
        """Make a release the live one, in one step, unless it measures worse than the live one.

        Args:
            release_id: the candidate.
            force: promote it also where it is worse or cannot be compared; a record is left.
            reason: for the record.
            golden: name of the golden set to compare on; None for the one called ``default``, which is made of the
                catalogue where it is not there.
            queries: compare on the photographs of this file instead.
            watcher: told while queries are embedded.

        Raises:
            NotFound: there is no such release.
            StoreError: the release lacks vectors of some pictures.
            PromotionRefused: it is worse, beyond the interval overall or on a slice, or cannot be compared.
        """
        catalog = self._readable()
        release = catalog.release(release_id)
        missing = catalog.pictures_without_vector(release_id, limit=1)
        if missing:
            info = _info(catalog, release, catalog.live_release())
            raise StoreError(
                f"release {release_id} lacks the vectors of {info.missing} pictures, which could then not be found: "
                f"run `lookalike releases --build {release.model}`, or index the source where no copies are kept"
            )
        path = None if queries is None else Path(queries)
        return self._golden().promote(release, force=force, reason=reason, name=golden, queries=path, watcher=watcher)

    def rollback(self) -> str:
        """Make the release live that was before; returns its id.

        Raises:
            NotFound: there is none.
        """
        catalog = self._readable()
        previous = catalog.previous_release()
        if previous is None:
            raise NotFound("no release was live before this one, there is nothing to roll back to")
        catalog.set_live(previous.release_id, "rolled_back")
        return previous.release_id

    def promotions(self) -> tuple[Promotion, ...]:
        """Every promotion, refusal and rollback so far, oldest first."""
        return self._readable().promotions()

    def drop_release(self, release_id: str) -> None:
        """Delete a release that is not live, with its vectors.

        Raises:
            NotFound: there is no such release.
            StoreError: it is live.
        """
        catalog = self._readable()
        with catalog.writing():
            catalog.drop_release(catalog.release(release_id).release_id)

    # Knowing

    def counts(self) -> Counts:
        """How much of everything the store holds."""
        return self._readable().counts()

    def sequence(self) -> int:
        """Where the store stands: grows with every change that a search can see."""
        return self._readable().sequence()

    def columns(self) -> Mapping[str, ColumnType]:
        """What filters can be about."""
        return self._readable().columns()

    @property
    def release(self) -> str | None:
        """Id of the live release, None before the first `index`."""
        live = self._readable().live_release()
        return None if live is None else live.release_id

    @property
    def model(self) -> ModelDescription:
        """The model that answers searches (loads it)."""
        live = self._readable().live_release()
        return (self._embedders.own() if live is None else self._embedders.of(live)).description

    def live_vectors(self) -> LiveVectors:
        """Every vector of the live release and whose it is.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live_release().current()
        return read_live_vectors(self._readable(), release)

    def warm_up(self) -> None:
        """Load the model and the index, so that the first search is as fast as the next.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live_release().current()
        self._embedders.of(release)
        self._live_release().view()

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._catalog is not None:
                self._catalog.close()
            self._catalog = self._live = self._searcher = self._meaning = None

    def __enter__(self) -> Engine:  # noqa: PYI034  beartype cannot check Self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Lazily opened parts

    def _readable(self) -> Catalog:
        if self._catalog is None:
            with self._lock:
                if self._catalog is None:
                    if not Catalog.exists(self._folder):
                        raise StoreNotFound(f"there is no store at {self._folder}: run `lookalike index SOURCE` first")
                    self._catalog = Catalog.open(self._folder, kept=self._options.kept)
        return self._catalog

    def _writable(self) -> Catalog:
        with self._lock:
            if self._catalog is None:
                self._catalog = Catalog.create(self._folder, kept=self._options.kept)
            return self._catalog

    def _live_release(self) -> LiveRelease:
        with self._lock:
            if self._live is None:
                self._live = LiveRelease(
                    self._readable(), self._folder / "index", exact_up_to=self._options.exact_up_to
                )
            return self._live

    def _searching(self) -> Searcher:
        searcher = self._searcher
        if searcher is None:
            with self._lock:
                searcher = self._searcher = Searcher(
                    self._readable(),
                    self._live_release(),
                    self._embedders.of,
                    self._options.ingest.limits,
                    self._meaning_lane(),
                )
        return searcher

    def _sentences(self, threads: int | None = None) -> SentenceWriter | None:
        encoder = self._texts.encoder(threads)
        return None if encoder is None else SentenceWriter(self._writable(), encoder)

    def _meaning_lane(self) -> Meaning:
        with self._lock:
            if self._meaning is None:
                self._meaning = Meaning(
                    self._readable(),
                    self._texts.encoder,
                    self._folder / "index",
                    exact_up_to=self._options.exact_up_to,
                )
            return self._meaning

    def _demand(self) -> DemandDesk:
        return DemandDesk(self._readable(), self._options.unmet, self._options.ingest.limits)

    def _golden(self) -> GoldenDesk:
        return GoldenDesk(self._readable(), self._options.ingest.limits, self._embedders.of)


def changed(before: Attributes, changes: Mapping[str, AttributeValue | None]) -> Attributes:
    """Attributes after a patch, in which None removes a value."""
    after = {**before, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in after.items() if changes.get(name, "") is not None}


def _info(catalog: Catalog, release: Release, live: Release | None) -> ReleaseInfo:
    vectors, missing = catalog.vector_counts(release.release_id)
    return ReleaseInfo(
        release_id=release.release_id,
        live=live is not None and live.release_id == release.release_id,
        model=release.model,
        fingerprint=release.fingerprint,
        dimension=release.dimension,
        vectors=vectors,
        missing=missing,
        created_at=release.created_at,
        calibration=calibration_of(catalog, release),
    )
