"""The verbs that bring products and pictures into a store, and check them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lookalike.catalog.product import Product
from lookalike.catalog.sentence import TEXT_COLUMNS
from lookalike.engine.content import Content
from lookalike.engine.embedders import ONE_THREAD
from lookalike.errors import NotFound
from lookalike.evaluate.health.diagnosis import diagnose_files, diagnose_store
from lookalike.evaluate.health.report import HealthReport
from lookalike.ingest.draft import ProductDraft
from lookalike.ingest.progress import Watcher
from lookalike.ingest.put import put_product
from lookalike.ingest.report import IndexReport
from lookalike.ingest.run import IngestRun
from lookalike.sources.clips import ClipSource
from lookalike.sources.fetch.credentials import without_credentials
from lookalike.sources.opening import open_reader, open_source
from lookalike.types import (
    Attributes,
    AttributeValue,
    ProductId,
    Rejection,
    VariantId,
)

__all__ = ["Intake"]


class Intake(Content):
    """What comes in, changes and goes."""

    def index(self, source: str | Path, *, prune: bool = False, watcher: Watcher | None = None) -> IndexReport:
        """Make a folder, CSV, TSV, JSONL, Parquet or XML file searchable; a second run embeds only what changed.

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
        opened = ClipSource(
            open_source(source, fetch=options.fetch, limits=options.ingest.limits, leave_out=self._folder),
            self._folder / "clips",
            limits=options.video,
        )
        catalog = self._writable()
        with catalog.writing():
            release, embedder = self._embedders.to_fill(catalog, threads=ONE_THREAD)
            sentences = self._sentences(ONE_THREAD)
            run = IngestRun(catalog, release, embedder, options.ingest, sentences)
            report = run.run(opened, prune=prune, watcher=watcher)
            self._live_release().save()
            self._meaning_lane().save(None if sentences is None else sentences.model)
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
            reasons = "; ".join(
                f"{without_credentials(rejection.image)}: {rejection.detail}" for rejection in rejections
            )
            sentence = f"product {draft.product_id!r} was not stored, none of its pictures can be used: {reasons}"
            raise NotFound(sentence, rejections=rejections)
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
            brought = sentences.vectors_of(_changed(one.attributes, attributes) for one in known.values())
        return catalog.patch_product(ProductId(product_id), attributes, variant_id=variant, sentences=brought)

    def delete_product(self, product_id: str) -> None:
        """Remove a product with its pictures and vectors; searches that start afterwards do not see it.

        Raises:
            NotFound: there is no such product.
        """
        self._readable().delete_product(ProductId(product_id))

    def doctor(self, path: Path | None = None, *, watcher: Watcher | None = None) -> HealthReport:
        """Check every file below `path`, or without one every picture and product of the store.

        Raises:
            SourceError: there is nothing at `path`.
        """
        if path is None:
            return diagnose_store(self._readable(), self._options.ingest, watcher=watcher)
        return diagnose_files(path, self._options.ingest, watcher=watcher)


def _changed(before: Attributes, changes: Mapping[str, AttributeValue | None]) -> Attributes:
    """Attributes after a patch, in which None removes a value."""
    after = {**before, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in after.items() if changes.get(name, "") is not None}
