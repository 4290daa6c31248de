"""One batch of a sync, written in one transaction: all of it is acknowledged, or none of it.

Applying the same batch twice changes nothing the second time. Work is done in bulk: what is there is read with a
few statements, compared in memory, and only differences are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, Table, bindparam, insert, select, update

from lookalike.catalog import quarantine, refused, sqlite, tables, text_vectors
from lookalike.catalog.attributes import Searchable, pack, searchable
from lookalike.catalog.columns import FIXED, ColumnType, coerce, type_of, wider
from lookalike.catalog.database import in_chunks
from lookalike.catalog.garbage import remove_images, remove_orphaned_pictures, remove_variants
from lookalike.catalog.known import known_pictures, known_variants, signed
from lookalike.catalog.ledger import Ledger
from lookalike.catalog.registry import known_columns, register, without_values
from lookalike.catalog.release import Release
from lookalike.catalog.run import Run
from lookalike.catalog.schema import now
from lookalike.catalog.sentence import sentence, sentence_name
from lookalike.catalog.sync import Applied, Conflict, KnownVariant, SyncBatch, UnknownContents
from lookalike.catalog.uniting import VariantName, Wanted, conflicts_of, united
from lookalike.errors import DimensionMismatch
from lookalike.types import ImageKey, PictureKey, ProductId, VariantId

__all__ = ["apply"]


@dataclass(slots=True)
class _Tally:
    products_added: int = 0
    variants_added: int = 0
    variants_updated: int = 0
    variants_unchanged: int = 0
    images_added: int = 0
    images_updated: int = 0
    images_unchanged: int = 0
    images_removed: int = 0
    pictures_added: int = 0
    vectors_added: int = 0


def apply(connection: Connection, batch: SyncBatch, release: Release | None, run: Run | None) -> Applied:
    """Write `batch`; vectors go to `release`.

    Raises:
        InvalidProduct: an id or a value that cannot be stored; nothing of the batch is.
        DimensionMismatch: vectors of another length than the release has.
        ValueError: an image or vector of a content that neither the store nor the batch knows; vectors without a
            release, or not finite.
    """
    return _Application(connection, batch, release, run).applied()


class _Application:
    """One batch on its way into the database."""

    def __init__(self, connection: Connection, batch: SyncBatch, release: Release | None, run: Run | None) -> None:
        self.connection = connection
        self.batch = batch
        self.release = release
        self.run = run
        self.ledger = Ledger(connection)
        self.tally = _Tally()
        self.orphan_candidates: set[int] = set()
        self.conflicts: list[Conflict] = []
        self.picture_keys: dict[str, PictureKey] = {}
        self.image_keys: dict[tuple[ProductId, VariantId | None, str], ImageKey] = {}

    def applied(self) -> Applied:
        wanted, self.conflicts = united(self.batch.variants)
        product_ids = [product_id for product_id, _ in wanted]
        columns = self._register(wanted)
        known = known_variants(self.connection, product_ids, None)
        pictures = self._write_pictures(wanted)
        variant_keys = self._write_variants(wanted, known, columns)
        self._write_images(wanted, known, variant_keys)
        if self.batch.replace:
            self._remove_unlisted(wanted, known)
        self._write_vectors(pictures)
        if self.batch.sentences is not None and text_vectors.write(
            self.connection, self.batch.sentences, self.ledger.sequence
        ):
            self.ledger.changed()
        rejected = self._write_rejections()
        orphans = remove_orphaned_pictures(self.connection, self.ledger, self.orphan_candidates)
        tally = self.tally
        return Applied(
            products_added=tally.products_added,
            variants_added=tally.variants_added,
            variants_updated=tally.variants_updated,
            variants_unchanged=tally.variants_unchanged,
            images_added=tally.images_added,
            images_updated=tally.images_updated,
            images_unchanged=tally.images_unchanged,
            images_removed=tally.images_removed,
            pictures_added=tally.pictures_added,
            vectors_added=tally.vectors_added,
            rejected=rejected,
            removed_pictures=orphans.keys,
            removed_sha256s=orphans.sha256s,
            picture_keys=self.picture_keys,
            image_keys=self.image_keys,
            sequence=self.ledger.close(),
            conflicts=tuple(self.conflicts),
        )

    def _register(self, wanted: dict[VariantName, Wanted]) -> dict[str, ColumnType]:
        """Know every column that comes, with a type that holds every value that comes.

        A column that the source leaves empty counts as text, and says nothing against the type that it has here.
        """
        known = known_columns(self.connection)
        types: dict[str, ColumnType] = {n: t for n, t in self.batch.columns.items() if t != "text" or n not in known}
        for entry in wanted.values():
            for name, value in entry.attributes.items():
                if name in FIXED:
                    continue
                own = type_of(value)
                current = types.get(name) or known.get(name)
                types[name] = own if current is None else wider(current, own)
        differ: dict[str, ColumnType] = {
            name: t for name, t in types.items() if name not in FIXED and known.get(name) != t
        }
        return register(self.connection, self.ledger, differ, self._empty(differ, known)) if differ else known

    def _empty(self, differ: dict[str, ColumnType], known: dict[str, ColumnType]) -> set[str]:
        """Those of text that have no value yet, and need not stay text; that one has is found out once a run."""
        if self.run is None:
            return set()
        asked = {n for n, t in differ.items() if known.get(n) == "text" and t != "text"} - self.run.text_columns
        empty = without_values(self.connection, asked)
        self.run.text_columns |= asked - empty
        return empty

    def _write_pictures(self, wanted: dict[VariantName, Wanted]) -> dict[str, PictureKey]:
        """Insert contents that are new and shown; returns the key of every content the batch names."""
        shown = {image.sha256 for entry in wanted.values() for image in entry.images.values()}
        brought = {picture.sha256: picture for picture in self.batch.pictures}
        named = [*shown, *brought, *self.batch.vector_sha256s]
        known = known_pictures(self.connection, named, None)
        keys = {sha256: picture.picture_key for sha256, picture in known.items()}
        gone = [sha256 for sha256 in shown - known.keys() if sha256 not in brought]
        if gone:
            raise UnknownContents(gone)
        new = [brought[sha256] for sha256 in sorted(shown - known.keys())]
        for picture in new:
            keys[picture.sha256] = PictureKey(self.ledger.picture_key())
        _insert(
            self.connection,
            tables.pictures,
            [
                {
                    "picture_key": keys[picture.sha256],
                    "sha256": picture.sha256,
                    "width": picture.width,
                    "height": picture.height,
                    "format": picture.format,
                    "perceptual_hash": signed(picture.perceptual_hash),
                    "kept": picture.kept,
                    "colouring": picture.colouring,
                }
                for picture in new
            ],
        )
        kept_now = [keys[s] for s, picture in brought.items() if picture.kept and s in known and not known[s].kept]
        for chunk in in_chunks(kept_now):
            self.connection.execute(
                update(tables.pictures).where(tables.pictures.c.picture_key.in_(chunk)).values(kept=True)
            )
        self.tally.pictures_added = len(new)
        self.picture_keys = keys
        return keys

    def _write_variants(
        self,
        wanted: dict[VariantName, Wanted],
        known: Mapping[VariantName, KnownVariant],
        columns: dict[str, ColumnType],
    ) -> dict[VariantName, int]:
        product_keys = {product_id: variant.product_key for (product_id, _), variant in known.items()}
        new_products = [p for p in dict.fromkeys(product_id for product_id, _ in wanted) if p not in product_keys]
        for product_id in new_products:
            product_keys[product_id] = self.ledger.product_key()
        _insert(
            self.connection,
            tables.products,
            [{"product_key": product_keys[p], "product_id": p} for p in new_products],
        )
        keys: dict[VariantName, int] = {}
        inserts: list[dict[str, object]] = []
        updates: list[dict[str, object]] = []
        texts: list[tuple[int, Searchable]] = []
        moment = now()
        for name, entry in wanted.items():
            typed = {c: coerce(c, value, columns[c]) for c, value in entry.attributes.items()}
            before = known.get(name)
            if before is None:
                key = self.ledger.variant_key()
            else:
                key = before.variant_key
                if self.run is not None and key in self.run.variants:
                    self.conflicts += conflicts_of(name, before.attributes, typed)
                    typed = {**typed, **before.attributes}
            keys[name] = key
            packed = pack(typed)
            if before is not None and packed == pack(before.attributes):
                self.tally.variants_unchanged += 1
                continue
            row = {
                **packed,
                "sentence": sentence_name(sentence(packed)),
                "updated_at": moment,
                "sequence": self.ledger.sequence,
            }
            texts.append((key, searchable(packed, *name)))
            if before is None:
                product_id, variant_id = name
                own = {"variant_key": key, "product_key": product_keys[product_id], "variant_id": variant_id}
                inserts.append({**own, **row})
            else:
                updates.append({"key": key, **row})
        _insert(self.connection, tables.variants, inserts)
        if updates:
            self.connection.execute(_UPDATE_VARIANT, updates)
            sqlite.forget_text(self.connection, [int(str(row["key"])) for row in updates])
        sqlite.store_text(self.connection, texts)
        if texts:
            self.ledger.changed()
        self.tally.products_added = len(new_products)
        self.tally.variants_added = len(inserts)
        self.tally.variants_updated = len(updates)
        if self.run is not None:
            self.run.variants.add(keys.values())
        return keys

    def _write_images(
        self,
        wanted: dict[VariantName, Wanted],
        known: Mapping[VariantName, KnownVariant],
        variant_keys: dict[VariantName, int],
    ) -> None:
        inserts: list[dict[str, object]] = []
        updates: list[dict[str, object]] = []
        for name, entry in wanted.items():
            before = known[name].images if name in known else {}
            for location, image in entry.images.items():
                picture_key = self.picture_keys[image.sha256]
                row: dict[str, object] = {
                    "picture_key": picture_key,
                    "position": image.position,
                    "validator": image.validator,
                    "sequence": self.ledger.sequence,
                }
                old = before.get(location)
                if old is None:
                    key = ImageKey(self.ledger.image_key())
                    inserts.append({"image_key": key, "variant_key": variant_keys[name], "location": location, **row})
                else:
                    key = old.image_key
                    if old.picture_key != picture_key:
                        self.orphan_candidates.add(old.picture_key)
                        self.tally.images_updated += 1
                    else:
                        self.tally.images_unchanged += 1
                    if (old.picture_key, old.position, old.validator) != (picture_key, image.position, image.validator):
                        updates.append({"key": key, **row})
                self.image_keys[(*name, location)] = key
        _insert(self.connection, tables.images, inserts)
        if updates:
            self.connection.execute(_UPDATE_IMAGE, updates)
        if inserts or updates:
            self.ledger.changed()
        self.tally.images_added = len(inserts)
        if self.run is not None:
            self.run.images.add(self.image_keys.values())
        quarantine.clear(self.connection, (quarantine.identity(at, *name) for (*name, at) in self.image_keys))

    def _remove_unlisted(self, wanted: dict[VariantName, Wanted], known: Mapping[VariantName, KnownVariant]) -> None:
        """Remove what the named products had before and the batch does not list."""
        variant_keys = [variant.variant_key for name, variant in known.items() if name not in wanted]
        image_keys = [
            image.image_key
            for name, variant in known.items()
            if name in wanted
            for location, image in variant.images.items()
            if location not in wanted[name].images
        ]
        self.orphan_candidates |= remove_images(self.connection, self.ledger, image_keys)
        n_images, _, shown = remove_variants(self.connection, self.ledger, variant_keys)
        self.orphan_candidates |= shown
        self.tally.images_removed += n_images + len(image_keys)

    def _write_vectors(self, picture_keys: dict[str, PictureKey]) -> None:
        batch = self.batch
        if batch.vectors is None or not len(batch.vectors):
            return
        if self.release is None:
            raise ValueError("vectors need the release that they belong to, received None")
        if batch.vectors.shape[1] != self.release.dimension:
            raise DimensionMismatch(
                f"release {self.release.release_id} holds vectors of {self.release.dimension}, "
                f"received {batch.vectors.shape[1]}: begin a release for the other model"
            )
        if not bool(np.isfinite(batch.vectors).all()):
            raise ValueError("vectors must be finite, received NaN or an infinity")
        unknown = [sha256 for sha256 in batch.vector_sha256s if sha256 not in picture_keys]
        # Those only in the batch's pictures were left out because nothing shows them; so is their vector.
        unknown = [s for s in unknown if s not in {picture.sha256 for picture in batch.pictures}]
        if unknown:
            raise UnknownContents(unknown, "vectors are of")
        rows = {
            picture_keys[sha256]: vector
            for sha256, vector in zip(batch.vector_sha256s, batch.vectors.astype("<f4", copy=False), strict=True)
            if sha256 in picture_keys
        }
        own = tables.vectors.c
        present: set[int] = set()
        for chunk in in_chunks(list(rows)):
            there = own.picture_key.in_(chunk)
            found = select(own.picture_key).where(own.release_key == self.release.release_key, there)
            present.update(self.connection.execute(found).scalars())
        inserts: list[dict[str, object]] = [
            {
                "release_key": self.release.release_key,
                "picture_key": key,
                "vector": vector.tobytes(),
                "runtime": batch.runtime,
                "precision": batch.precision,
                "sequence": self.ledger.sequence,
            }
            for key, vector in rows.items()
            if key not in present
        ]
        _insert(self.connection, tables.vectors, inserts)
        if inserts:
            self.ledger.changed()
        self.tally.vectors_added = len(inserts)

    def _write_rejections(self) -> int:
        entries = self.batch.rejections
        if not entries:
            return 0
        keys, dropped = refused.write(self.connection, entries, self.run)
        self.orphan_candidates |= remove_images(self.connection, self.ledger, dropped)
        self.tally.images_removed += len(dropped)
        return len(set(keys))


_UPDATE_VARIANT = update(tables.variants).where(tables.variants.c.variant_key == bindparam("key"))
_UPDATE_IMAGE = update(tables.images).where(tables.images.c.image_key == bindparam("key"))


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
