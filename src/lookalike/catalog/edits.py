"""Changes outside a batch: patches, deletions, and what the end of a run takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection, bindparam, select, update

from lookalike.catalog import quarantine, reading, sqlite, tables, text_vectors
from lookalike.catalog.attributes import Searchable, pack, searchable
from lookalike.catalog.columns import ColumnType, coerce, type_of
from lookalike.catalog.database import in_chunks
from lookalike.catalog.garbage import Orphans, remove_images, remove_orphaned_pictures, remove_variants
from lookalike.catalog.known import known_variants
from lookalike.catalog.ledger import Ledger
from lookalike.catalog.product import Product
from lookalike.catalog.registry import known_columns, register
from lookalike.catalog.run import Run
from lookalike.catalog.schema import now
from lookalike.catalog.sentence import sentence, sentence_name
from lookalike.catalog.sync import Removed
from lookalike.errors import InvalidProduct, NotFound
from lookalike.types import AttributeValue

__all__ = ["delete_product", "disown_copies", "existing", "finish_run", "patch_product"]


def existing(connection: Connection, product_id: str) -> Product:
    """The product of that id.

    Raises:
        NotFound: there is none.
    """
    found = reading.product(connection, product_id)
    if found is None:
        raise NotFound(f"there is no product {product_id!r} in this store: check the id, or index the feed that has it")
    return found


def patch_product(
    connection: Connection,
    product_id: str,
    changes: Mapping[str, AttributeValue | None],
    variant_id: str | None,
    sentences: text_vectors.SentenceVectors | None = None,
) -> None:
    """Change attributes of one variant, or (None) of all; a value of None removes it.

    Raises:
        NotFound: there is no such product or variant.
        InvalidProduct: values that their columns do not take; all of them are named.
    """
    variants = known_variants(connection, [product_id], None)
    if not variants:
        existing(connection, product_id)
    if variant_id is not None:
        variants = {name: variant for name, variant in variants.items() if name[1] == variant_id}
        if not variants:
            raise NotFound(f"product {product_id!r} has no variant {variant_id!r}: leave it out to change all variants")
    ledger = Ledger(connection)
    columns = known_columns(connection)
    new: dict[str, ColumnType] = {
        c: type_of(value) for c, value in changes.items() if c not in columns and value is not None
    }
    columns = register(connection, ledger, new) if new else columns
    typed: dict[str, AttributeValue] = {}
    problems: list[str] = []
    for name, value in changes.items():
        try:
            if value is not None:
                typed[name] = coerce(name, value, columns[name])
        except InvalidProduct as exc:
            problems.append(str(exc))
    if problems:
        raise InvalidProduct("; ".join(problems))
    rows: list[dict[str, object]] = []
    texts: list[tuple[int, Searchable]] = []
    moment = now()
    for name, variant in variants.items():
        after = {
            column: value
            for column, value in {**variant.attributes, **typed}.items()
            if changes.get(column, "") is not None
        }
        packed = pack(after)
        if packed != pack(variant.attributes):
            rows.append(
                {
                    "key": variant.variant_key,
                    **packed,
                    "sentence": sentence_name(sentence(packed)),
                    "updated_at": moment,
                    "sequence": ledger.sequence,
                }
            )
            texts.append((variant.variant_key, searchable(packed, *name)))
    if rows:
        connection.execute(update(tables.variants).where(tables.variants.c.variant_key == bindparam("key")), rows)
        sqlite.forget_text(connection, [key for key, _ in texts])
        sqlite.store_text(connection, texts)
        ledger.changed()
    if sentences is not None and text_vectors.write(connection, sentences, ledger.sequence):
        ledger.changed()
    ledger.close()


def delete_product(connection: Connection, product_id: str) -> tuple[Removed, Orphans]:
    """Remove a product with everything that only it had.

    Raises:
        NotFound: there is none of that id.
    """
    ledger = Ledger(connection)
    variants = known_variants(connection, [product_id], None)
    if not variants:
        existing(connection, product_id)
    keys = [variant.variant_key for variant in variants.values()]
    n_images, n_products, shown = remove_variants(connection, ledger, keys)
    orphans = remove_orphaned_pictures(connection, ledger, shown)
    ledger.close()
    return Removed(n_products, len(keys), n_images, len(orphans.keys)), orphans


def disown_copies(connection: Connection, sha256s: Sequence[str]) -> None:
    """Say of these contents that no copy of them is kept."""
    own = tables.pictures.c
    for chunk in in_chunks(sha256s):
        connection.execute(update(tables.pictures).where(own.sha256.in_(chunk)).values(kept=False))


def finish_run(connection: Connection, run: Run, *, prune: bool) -> tuple[Removed, Orphans]:
    """Take away what the run did not meet: its source's old rejections always, everything else if it is a prune."""
    stale = quarantine.keys_of_source(connection, None if prune else run.source)
    stale = [key for key in stale if key not in run.rejections]
    quarantine.remove(connection, stale)
    if not prune:
        return Removed(rejections=len(stale)), Orphans()
    _spare_unnamed(connection, run)
    ledger = Ledger(connection)
    rows = connection.execute(
        select(tables.variants.c.variant_key).where(tables.variants.c.variant_key < run.first_new_variant)
    ).scalars()
    variant_keys = run.spared_variants.missing_from(run.variants.missing_from(np.fromiter(rows, dtype=np.int64)))
    n_variant_images, n_products, shown = remove_variants(connection, ledger, variant_keys.tolist())
    rows = connection.execute(
        select(tables.images.c.image_key).where(tables.images.c.image_key < run.first_new_image)
    ).scalars()
    image_keys = run.spared_images.missing_from(run.images.missing_from(np.fromiter(rows, dtype=np.int64)))
    shown |= remove_images(connection, ledger, image_keys.tolist())
    orphans = remove_orphaned_pictures(connection, ledger, shown)
    ledger.close()
    removed = Removed(
        products=n_products,
        variants=len(variant_keys),
        images=n_variant_images + len(image_keys),
        pictures=len(orphans.keys),
        rejections=len(stale),
    )
    return removed, orphans


def _spare_unnamed(connection: Connection, run: Run) -> None:
    """Spare variants that show a picture of a row that does not say whose it is."""
    if not run.unnamed:
        return
    own = tables.images.c
    rows = connection.execute(select(own.variant_key, own.location))
    # A row names a clip, and what is shown of it are moments.
    variant_keys = sorted(
        {key for key, shown in rows if shown in run.unnamed or shown.rpartition("#t=")[0] in run.unnamed}
    )
    run.spared_variants.add(variant_keys)
    for chunk in in_chunks(variant_keys):
        run.spared_images.add(connection.execute(select(own.image_key).where(own.variant_key.in_(chunk))).scalars())
