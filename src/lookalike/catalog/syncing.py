"""How products come into a catalogue, change in it, and leave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from lookalike.catalog import batch as batches
from lookalike.catalog import edits, known, quarantine, release, sqlite, tables, text_vectors
from lookalike.catalog.database import in_chunks
from lookalike.catalog.opened import OpenStore
from lookalike.catalog.product import Product
from lookalike.catalog.run import Run
from lookalike.catalog.sync import Applied, KnownPicture, KnownRejection, KnownVariant, Removed, SyncBatch
from lookalike.types import AttributeValue, ProductId, Rejection, VariantId

__all__ = ["Syncing"]

_COMING_SECONDS = 3600.0
"""Between a copy and its row, at most; clocks of file systems may also stand behind."""
_SENTENCES_AT_ONCE = 1000
"""Vectors that are forgotten in one transaction: others who write wait for some hundredths of a second."""


class Syncing(OpenStore):
    """The verbs that a pass over a source and an edit consist of."""

    def begin_run(self, source: str, *, prune: bool = True) -> Run:
        """Start a pass over a source; remembers in memory what `apply` meets, for `finish_run`.

        Args:
            source: its stable name.
            prune: whether the run may end in a prune; otherwise it is not found out what a prune would have to leave.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(tables.state.c.next_variant, tables.state.c.next_image)).one()
        return Run(source, first_new_variant=row[0], first_new_image=row[1], prune=prune)

    def known(
        self, product_ids: Sequence[str], release_id: str | None = None
    ) -> Mapping[tuple[ProductId, VariantId | None], KnownVariant]:
        """What the store has of these products; `has_vector` is about that release."""
        with self._database.reading() as connection:
            key = None if release_id is None else release.find(connection, release_id).release_key
            return known.known_variants(connection, product_ids, key)

    def known_rejections(self, places: Sequence[quarantine.Place]) -> Mapping[quarantine.Place, KnownRejection]:
        """The rejection at each of these places that has one, or whose location has one with another variant."""
        with self._database.reading() as connection:
            return quarantine.known(connection, places)

    def picture_keys(self, sha256s: Sequence[str], release_id: str | None = None) -> Mapping[str, KnownPicture]:
        """Those of these contents that the store has; `has_vector` is about that release."""
        with self._database.reading() as connection:
            key = None if release_id is None else release.find(connection, release_id).release_key
            return known.known_pictures(connection, sha256s, key)

    def apply(self, batch: SyncBatch, release_id: str | None = None, run: Run | None = None) -> Applied:
        """Write a batch in one transaction: all of it is on disk when this returns. Twice is once.

        Raises:
            InvalidProduct: an id or a value that cannot be stored; nothing of the batch is.
            DimensionMismatch: vectors of another length than the release has.
            ValueError: a content that neither the store nor the batch has, or vectors without a release.
            StoreFull: no space is left; nothing of the batch is stored.
            StoreBusy: another process has kept the database locked for 30 seconds.
        """
        with self._database.changing() as connection:
            target = None if release_id is None else release.find(connection, release_id)
            applied = batches.apply(connection, batch, target, run)
        self._forget_copies(applied.removed_sha256s)
        self._disown_lost_copies(batch)
        return applied

    def finish_run(self, run: Run, *, prune: bool = False) -> Removed:
        """Clear the source's rejections that were not met again; with `prune`, remove all that the run did not meet.

        After a prune the store holds what the source holds, whatever brought the rest, except for what was added
        while the run went on. Kept copies without a row stay for an hour, as their rows may be about to come.
        """
        with self._database.changing() as connection:
            removed, orphans = edits.finish_run(connection, run, prune=prune)
        self._forget_words(prune=prune)
        self._forget_sentences()
        self._forget_copies(orphans.sha256s)
        if prune:
            with self._database.reading() as connection:
                kept = set(connection.execute(select(tables.pictures.c.sha256)).scalars())
            self.kept.sweep(kept, before=run.began_at - _COMING_SECONDS)
        return removed

    def delete_product(self, product_id: str) -> Removed:
        """Remove a product with everything that only it had.

        Raises:
            NotFound: there is none of that id.
        """
        with self._database.changing() as connection:
            removed, orphans = edits.delete_product(connection, product_id)
        self._forget_copies(orphans.sha256s)
        return removed

    def patch_product(
        self,
        product_id: str,
        attributes: Mapping[str, AttributeValue | None],
        variant_id: str | None = None,
        sentences: text_vectors.SentenceVectors | None = None,
    ) -> Product:
        """Change attributes of one variant, or (None) of all; a value of None removes it. No model runs.

        Args:
            product_id: whose.
            attributes: what changes.
            variant_id: which variant; None for all.
            sentences: vectors of what the product says afterwards, written with it.

        Raises:
            NotFound: there is no such product or variant.
            InvalidProduct: a value of another type than its column has.
        """
        with self._database.changing() as connection:
            edits.patch_product(connection, product_id, attributes, variant_id, sentences)
            return edits.existing(connection, product_id)

    def rejections(self, offset: int = 0, limit: int | None = None) -> tuple[Rejection, ...]:
        """What could not be used, in the order in which it was first met."""
        with self._database.reading() as connection:
            return quarantine.listed(connection, offset, limit)

    def _forget_words(self, *, prune: bool) -> None:
        """Forget words that nobody says any more: looked for while others may write, and forgotten some at a time."""
        with self._database.reading() as connection:
            unsaid = sqlite.unsaid_words(connection, whatever_it_takes=prune)
        for chunk in in_chunks(unsaid):
            with self._database.changing() as connection:
                sqlite.forget_words(connection, chunk)

    def _forget_sentences(self) -> None:
        """Forget vectors of what nobody says any more: looked for while others may write, and forgotten like words."""
        with self._database.reading() as connection:
            unused = text_vectors.unused(connection)
        for chunk in in_chunks(unused, _SENTENCES_AT_ONCE):
            with self._database.changing() as connection:
                text_vectors.forget(connection, chunk)

    def _forget_copies(self, sha256s: Sequence[str]) -> None:
        """Take away the copies of contents that went, but for those that somebody else brought again since."""
        if not sha256s:
            return
        with self._database.reading() as connection:
            back = known.known_pictures(connection, sha256s, None)
        for sha256 in sha256s:
            if sha256 not in back:
                self.kept.remove(sha256)

    def _disown_lost_copies(self, batch: SyncBatch) -> None:
        """Where a copy went between its making and its row, because somebody else removed the same content meanwhile,
        let the row say that there is none, so that the next run makes it again."""
        lost = [picture.sha256 for picture in batch.pictures if picture.kept and not self.kept.has(picture.sha256)]
        if lost:
            with self._database.changing() as connection:
                edits.disown_copies(connection, lost)
