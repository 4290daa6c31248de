"""One product handed in by a caller: checked, embedded and stored before the call returns."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.columns import coerce
from lookalike.catalog.release import Release
from lookalike.catalog.sync import (
    ImageEntry,
    PictureEntry,
    RejectionEntry,
    SyncBatch,
    UnknownContents,
    VariantEntry,
)
from lookalike.embed.embedder import Embedder
from lookalike.errors import InvalidProduct
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.preparing import Preparer, read_task
from lookalike.ingest.sentences import SentenceWriter
from lookalike.ingest.task import Embedded, Outcome, Same, Task
from lookalike.sources.fetch.signing import names_of, without_signature
from lookalike.sources.locations import is_url
from lookalike.sources.record import PictureReader
from lookalike.types import AttributeValue, ProductId, Rejection, VariantId, Vector

__all__ = ["put_product"]

logger = logging.getLogger(__name__)

_ATTEMPTS = 3


def put_product(
    draft: ProductDraft,
    *,
    catalog: Catalog,
    release: Release,
    embedder: Embedder,
    reader: PictureReader,
    options: IngestOptions,
    sentences: SentenceWriter | None = None,
) -> tuple[Rejection, ...]:
    """Create or replace one product; searches that start afterwards see it.

    Args:
        draft: what it shall be.
        catalog: where to.
        release: whose vectors are made.
        embedder: makes them.
        reader: fetches pictures that are given as locations.
        options: limits and sizes.
        sentences: embeds what the product says; None for nobody.

    Returns:
        Pictures that could not be used. What was at such a location before stays; if there is no picture that was or
        can be used, the product is not changed.

    Raises:
        InvalidProduct: values that the catalogue's columns do not take; all of them are named.
    """
    draft = _typed(draft, catalog)
    for _ in range(_ATTEMPTS - 1):
        try:
            return _put(draft, catalog, release, embedder, reader, options, sentences)
        except UnknownContents:  # deleted by somebody else between looking and writing
            logger.info("a picture left the store while product %s was put", draft.product_id)
    return _put(draft, catalog, release, embedder, reader, options, sentences)


def _put(
    draft: ProductDraft,
    catalog: Catalog,
    release: Release,
    embedder: Embedder,
    reader: PictureReader,
    options: IngestOptions,
    sentences: SentenceWriter | None,
) -> tuple[Rejection, ...]:
    tasks = list(_tasks(draft, catalog, release))
    preparer = Preparer(
        embedder, catalog.kept, options, lookup=lambda sha256s: catalog.picture_keys(sha256s, release.release_id)
    )
    outcomes: dict[Task, Outcome] = {}
    for task in tasks:
        # A path that the product already has is relative to a feed that is not at hand: it stays what it was.
        known = task.known
        if known is not None and known.has_vector and task.data is None and not is_url(task.location):
            outcomes[task] = Same(known.sha256, known.validator)
    asked = [task for task in tasks if task not in outcomes]
    outcomes |= zip(asked, preparer.run(asked, lambda task: read_task(task, reader)), strict=True)
    pictures: dict[str, PictureEntry] = {}
    vectors: dict[str, Vector] = {}
    images: dict[VariantId | None, list[ImageEntry]] = {}
    refused: list[RejectionEntry] = []
    for task in tasks:
        outcome = outcomes[task]
        of_variant = images.setdefault(task.variant_id, [])
        match outcome:
            case Embedded(entry, validator, vector):
                pictures[entry.sha256], vectors[entry.sha256] = entry, vector
                of_variant.append(ImageEntry(task.location, entry.sha256, task.position, validator))
            case Same(sha256, validator):
                of_variant.append(ImageEntry(task.location, sha256, task.position, validator))
            case _:
                refused.append(RejectionEntry(outcome.rejection, outcome.validator, outcome.sha256))
                if task.known is not None:
                    before = task.known
                    of_variant.append(ImageEntry(task.location, before.sha256, task.position, before.validator))
    rejections = tuple(entry.rejection for entry in refused)
    if tasks and not any(images.values()):
        return rejections
    catalog.apply(
        SyncBatch(
            variants=tuple(
                VariantEntry(
                    ProductId(draft.product_id),
                    _variant_id(variant),
                    variant.attributes,
                    tuple(images.get(_variant_id(variant), ())),
                )
                for variant in draft.variants
            ),
            pictures=tuple(pictures.values()),
            vector_sha256s=tuple(vectors),
            vectors=np.stack(list(vectors.values())) if vectors else None,
            runtime=embedder.description.runtime,
            precision=embedder.description.precision,
            sentences=None if sentences is None else sentences.vectors_of(each.attributes for each in draft.variants),
            replace=True,
        ),
        release.release_id,
    )
    return rejections


def _tasks(draft: ProductDraft, catalog: Catalog, release: Release) -> Iterator[Task]:
    product_id = ProductId(draft.product_id)
    known = catalog.known([product_id], release.release_id)
    # A picture may come back under another variant of its product.
    anywhere = {location: image for one in known.values() for location, image in one.images.items()}
    for variant in draft.variants:
        variant_id = _variant_id(variant)
        before = known.get((product_id, variant_id))
        there = anywhere if before is None else {**anywhere, **before.images}
        asked = names_of(image for image in variant.images if not isinstance(image, bytes))
        names = {address: name for name, address in asked.items()}
        for position, image in enumerate(variant.images):
            data = image if isinstance(image, bytes) else None
            named = f"upload:{hashlib.sha256(data).hexdigest()}" if data is not None else str(image)
            location = names.get(named) or without_signature(named)
            yield Task(
                product_id,
                variant_id,
                location,
                position,
                address=None if location == named else named,
                data=data,
                known=there.get(location),
            )


def _typed(draft: ProductDraft, catalog: Catalog) -> ProductDraft:
    """The same with values in the types of their columns, before a picture is fetched and a sentence is made.

    A feed that disagrees with the type of a column speaks for many products, and the column widens. One product put
    by hand does not: what it would do to the filters of all the others is more likely a slip.

    Raises:
        InvalidProduct: values that their columns do not take.
    """
    columns = catalog.columns()
    problems: dict[str, None] = {}
    variants: list[VariantDraft] = []
    for variant in draft.variants:
        typed: dict[str, AttributeValue] = {}
        for name, value in variant.attributes.items():
            try:
                typed[name] = coerce(name, value, columns[name]) if name in columns else value
            except InvalidProduct as exc:
                problems[str(exc)] = None
        variants.append(replace(variant, attributes=typed))
    if problems:
        raise InvalidProduct("; ".join(problems))
    return replace(draft, variants=tuple(variants))


def _variant_id(variant: VariantDraft) -> VariantId | None:
    return None if variant.variant_id is None else VariantId(variant.variant_id)
