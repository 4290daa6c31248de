"""The catalogue of one store: every verb of the room on one object.

Safe for any number of threads; readers in other processes go on meanwhile. Each verb is one transaction. Verbs
that take long (`apply` of a run, `finish_run`, re-embedding) belong inside ``with catalog.writing()``, so that two
of them never interleave; short edits of products need no lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from sqlalchemy import select

from lookalike.catalog import batch as batches
from lookalike.catalog import (
    calibrations,
    colourings,
    edits,
    inventory,
    known,
    promotions,
    quarantine,
    rankings,
    reading,
    release,
    tables,
    text_vectors,
    unmet,
    vectors,
)
from lookalike.catalog.behaviour import Behaviour
from lookalike.catalog.columns import IDENTIFIERS, ColumnType
from lookalike.catalog.database import Database
from lookalike.catalog.facets import FREE_TEXT, Facet
from lookalike.catalog.full_text import FullText, TextFound
from lookalike.catalog.hits import HitReader
from lookalike.catalog.inventory import Inventory
from lookalike.catalog.kept import KeptOptions, KeptPictures
from lookalike.catalog.ledger import Ledger
from lookalike.catalog.parsing import parse
from lookalike.catalog.product import Counts, ImageDetail, ImageFingerprint, ImageSource, Product
from lookalike.catalog.registry import known_columns
from lookalike.catalog.release import Release
from lookalike.catalog.run import Run
from lookalike.catalog.selection import Selection, check, columns_of
from lookalike.catalog.sync import (
    Applied,
    KnownPicture,
    KnownRejection,
    KnownVariant,
    Removed,
    SyncBatch,
)
from lookalike.catalog.unmet import Retention, Unmet
from lookalike.catalog.vectors import Changes, StoredVectors
from lookalike.catalog.view import View
from lookalike.catalog.viewing import Viewer
from lookalike.types import AttributeValue, ProductId, Rejection, VariantId, VariantSummary, Vector

__all__ = ["Catalog"]


class Catalog:
    """The one truth of a store. Get one from `Catalog.create` or `Catalog.open`; `close` it or use it in ``with``."""

    def __init__(self, database: Database, kept: KeptOptions) -> None:
        self._database = database
        self.folder = database.folder
        self.kept = KeptPictures(database.folder / "pictures", kept)
        self._hits = HitReader(database)
        self.text = FullText(database)
        self.behaviour = Behaviour(database)
        self._viewer = Viewer(database, self._hits.sequence)
        with database.reading() as connection:
            self.store_id = str(connection.execute(select(tables.state.c.store_id)).scalar_one())

    @classmethod
    def exists(cls, folder: Path) -> bool:
        """Whether there is a store in `folder`, sound or not."""
        return Database.exists(folder)

    @classmethod
    def create(cls, folder: Path, *, kept: KeptOptions = KeptOptions()) -> Catalog:  # noqa: B008 - frozen
        """Make an empty store in `folder` (made if need be), or open the one that is there.

        Raises:
            StoreError: the folder cannot be written to; and whatever `open` raises.
        """
        return cls._of(Database.create(folder), kept)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False, kept: KeptOptions = KeptOptions()) -> Catalog:  # noqa: B008
        """Open the store in `folder`, bringing an older schema up to date.

        Raises:
            StoreNotFound: there is none.
            StoreDamaged: what is there is not a catalogue.
            StoreTooNew: a later version of Lookalike wrote it.
        """
        return cls._of(Database.open(folder, read_only=read_only), kept)

    @classmethod
    def _of(cls, database: Database, kept: KeptOptions) -> Catalog:
        try:
            return cls(database, kept)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Let go of every connection; using the catalogue afterwards is an error. Twice is once."""
        self._database.close()

    def __enter__(self) -> Catalog:  # noqa: PYI034 - beartype takes Self in decorated classes only
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def writing(self) -> AbstractContextManager[None]:
        """Hold the store's write lock over all processes.

        Raises:
            StoreBusy: another job holds it; the message names its process.
        """
        return self._database.writing()

    def sequence(self) -> int:
        """Where the store stands: grows with every acknowledged change that a search can see. Takes microseconds."""
        return self._hits.sequence()

    def counts(self) -> Counts:
        """How much is in the store."""
        with self._database.reading() as connection:
            return reading.count(connection)

    def has_several_variants(self) -> bool:
        """Whether any product comes in more than one variant."""
        with self._database.reading() as connection:
            return reading.has_several_variants(connection)

    def columns(self) -> Mapping[str, ColumnType]:
        """The fixed columns, then every other column that a source or an edit brought, with their types."""
        with self._database.reading() as connection:
            return known_columns(connection)

    # Releases

    def begin_release(
        self, *, fingerprint: str, model: str, dimension: int, description: Mapping[str, object]
    ) -> Release:
        """The release of that embedder: begun earlier, so that an interrupted run goes on, or new.

        Raises:
            FingerprintMismatch: the fingerprint was recorded with another dimension.
        """
        with self._database.changing() as connection:
            return release.begin(
                connection, fingerprint=fingerprint, model=model, dimension=dimension, description=description
            )

    def release(self, release_id: str) -> Release:
        """The release of that name.

        Raises:
            NotFound: there is none.
        """
        with self._database.reading() as connection:
            return release.find(connection, release_id)

    def releases(self) -> tuple[Release, ...]:
        """Every release, oldest first."""
        with self._database.reading() as connection:
            return release.listed(connection)

    def live_release(self) -> Release | None:
        """The release that searches use; None before the first."""
        with self._database.reading() as connection:
            return release.live_and_previous(connection)[0]

    def previous_release(self) -> Release | None:
        """The release that was live before; a rollback makes it live again."""
        with self._database.reading() as connection:
            return release.live_and_previous(connection)[1]

    def set_live(
        self,
        release_id: str,
        kind: promotions.PromotionKind | None = None,
        *,
        reason: str | None = None,
        gate: Mapping[str, object] | None = None,
    ) -> Release:
        """Make searches use that release, at once for every reader; remembers the one before.

        Args:
            release_id: which.
            kind: leave a record of this kind in the same transaction; None for no record.
            reason: for the record.
            gate: for the record.

        Raises:
            NotFound: there is none of that name.
        """
        with self._database.changing() as connection:
            before = release.live_and_previous(connection)[0]
            after = release.set_live(connection, release_id)
            if kind is not None:
                came_from = None if before is None else before.release_id
                promotions.record(connection, kind, came_from, release_id, reason=reason, gate=gate)
            return after

    def record_refusal(self, release_id: str, *, reason: str | None, gate: Mapping[str, object] | None) -> None:
        """Leave a record that this release was not made live."""
        with self._database.changing() as connection:
            live = release.live_and_previous(connection)[0]
            promotions.record(
                connection,
                "refused",
                None if live is None else live.release_id,
                release_id,
                reason=reason,
                gate=gate,
            )

    def promotions(self) -> tuple[promotions.Promotion, ...]:
        """Every record of a promotion, refusal or rollback, oldest first."""
        with self._database.reading() as connection:
            return promotions.listed(connection)

    def drop_release(self, release_id: str) -> int:
        """Remove a release that is not live, with its vectors; returns how many there were.

        Raises:
            NotFound: there is none of that name.
            StoreError: it is live.
        """
        with self._database.changing() as connection:
            return release.drop(connection, release_id)

    def pictures_without_vector(
        self, release_id: str, after_key: int = 0, limit: int = 1000
    ) -> tuple[KnownPicture, ...]:
        """Pictures with keys above `after_key` that the release lacks, by rising key: what re-embedding has to do."""
        with self._database.reading() as connection:
            key = release.find(connection, release_id).release_key
            return known.pictures_without_vector(connection, key, after_key, limit)

    # Verdicts

    def calibration(self, release_id: str) -> Mapping[str, object] | None:
        """The calibration of that release's verdicts; None where it has none."""
        with self._database.reading() as connection:
            return calibrations.find(connection, release.find(connection, release_id))

    def set_calibration(self, release_id: str, document: Mapping[str, object] | None) -> None:
        """Keep a release's calibration instead of an earlier one, or (None) forget it; searches notice at once."""
        with self._database.changing() as connection:
            target = release.find(connection, release_id)
            if document is None:
                calibrations.remove(connection, target)
            else:
                calibrations.put(connection, target, document)

    def record_unmet(self, release_id: str, vector: Vector, picture: bytes | None, retention: Retention) -> None:
        """Remember a photograph that was told "not in this catalogue"; forgets what is too old or too many."""
        with self._database.changing() as connection:
            unmet.record(connection, release.find(connection, release_id), vector, picture, retention)

    def unmet(self, release_id: str, retention: Retention) -> tuple[Unmet, ...]:
        """What is remembered of such photographs, oldest first; deletes first what is too old or too many."""
        with self._database.changing() as connection:
            unmet.expire(connection, retention)
            return unmet.listed(connection, release.find(connection, release_id))

    def erase_unmet(self) -> int:
        """Forget all of them; returns how many there were."""
        with self._database.changing() as connection:
            return unmet.erase(connection)

    # Ranking

    def rank_setting(self, release_id: str) -> Mapping[str, object] | None:
        """What was measured to help that release's order; None where nothing was measured."""
        with self._database.reading() as connection:
            return rankings.setting(connection, release.find(connection, release_id))

    def set_rank_setting(self, release_id: str, document: Mapping[str, object] | None) -> None:
        """Keep a release's ranking instead of an earlier one, or (None) forget it; searches notice at once."""
        with self._database.changing() as connection:
            rankings.put_setting(connection, release.find(connection, release_id), document)

    def shop_rules(self) -> Mapping[str, object] | None:
        """The shop's rules; None where there are none."""
        with self._database.reading() as connection:
            return rankings.rules(connection)

    def set_shop_rules(self, document: Mapping[str, object] | None) -> None:
        """Keep these rules instead of earlier ones, or (None) none; searches notice at once."""
        with self._database.changing() as connection:
            rankings.put_rules(connection, document)

    # Sync

    def begin_run(self, source: str) -> Run:
        """Start a pass over a source; remembers in memory what `apply` meets, for `finish_run`."""
        with self._database.reading() as connection:
            row = connection.execute(select(tables.state.c.next_variant, tables.state.c.next_image)).one()
        return Run(source, first_new_variant=row[0], first_new_image=row[1])

    def known(
        self, product_ids: Sequence[str], release_id: str | None = None
    ) -> Mapping[tuple[ProductId, VariantId | None], KnownVariant]:
        """What the store has of these products; `has_vector` is about that release."""
        with self._database.reading() as connection:
            key = None if release_id is None else release.find(connection, release_id).release_key
            return known.known_variants(connection, product_ids, key)

    def known_rejections(self, locations: Sequence[str]) -> Mapping[str, KnownRejection]:
        """The last rejection at each of these locations that has one."""
        with self._database.reading() as connection:
            return quarantine.known(connection, locations)

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
        return applied

    def finish_run(self, run: Run, *, prune: bool = False) -> Removed:
        """Clear the source's rejections that were not met again; with `prune`, remove all that the run did not meet.

        After a prune the store holds what the source holds, whatever brought the rest, except for what was added
        while the run went on.
        """
        with self._database.changing() as connection:
            removed, orphans = edits.finish_run(connection, run, prune=prune)
        self._forget_copies(orphans.sha256s)
        if prune:
            with self._database.reading() as connection:
                kept = set(connection.execute(select(tables.pictures.c.sha256)).scalars())
            self.kept.sweep(kept)
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

    def _forget_copies(self, sha256s: Iterable[str]) -> None:
        for sha256 in sha256s:
            self.kept.remove(sha256)

    # Read

    def product(self, product_id: str) -> Product | None:
        """The product with its variants and images; None where there is none of that id."""
        with self._database.reading() as connection:
            return reading.product(connection, product_id)

    def products(self, offset: int = 0, limit: int = 100) -> tuple[Product, ...]:
        """A page of products, in the order in which the store met them."""
        with self._database.reading() as connection:
            return reading.page(connection, offset, limit)

    def products_of_keys(self, product_keys: Sequence[int]) -> tuple[Product, ...]:
        """The products of these keys, in the order in which the store met them."""
        with self._database.reading() as connection:
            return reading.of_keys(connection, product_keys)

    def inventory(self) -> Inventory:
        """Every image with what it shows and whose it is, as of one moment."""
        with self._database.reading() as connection:
            return inventory.read(connection)

    def fingerprints(self) -> tuple[ImageFingerprint, ...]:
        """What tells every image from the others."""
        with self._database.reading() as connection:
            return reading.fingerprints(connection)

    def vector_counts(self, release_id: str) -> tuple[int, int]:
        """How many pictures have a vector of the release, and how many have none.

        Raises:
            NotFound: there is no such release.
        """
        with self._database.reading() as connection:
            return vectors.counted(connection, release.find(connection, release_id))

    def image(self, image_key: int) -> ImageSource | None:
        """Where that image comes from and what it shows; None where it is gone."""
        with self._database.reading() as connection:
            found = reading.image_sources(connection, image_key=image_key)
        return found[0] if found else None

    def images(self) -> tuple[ImageSource, ...]:
        """Every image of the store, in the order of variants and positions."""
        with self._database.reading() as connection:
            return reading.image_sources(connection)

    def images_of_product(self, product_id: str, variant_id: str | None = None) -> tuple[ImageSource, ...]:
        """Images of one variant, or (None) of all variants; none where there is no such product."""
        with self._database.reading() as connection:
            return reading.image_sources(connection, product_id=product_id, variant_id=variant_id)

    def details(self, image_keys: Sequence[int]) -> Mapping[int, ImageDetail]:
        """What hits show of these images; images that are gone are left out."""
        return self._hits.details(image_keys)

    def variants_of(self, product_keys: Sequence[int]) -> Mapping[int, tuple[VariantSummary, ...]]:
        """What a hit shows of each variant of these products."""
        return self._hits.variants(product_keys)

    def colourings_of(self, picture_keys: Sequence[int]) -> Mapping[int, bytes]:
        """The packed colours (`lookalike.images.colouring`) of those of these pictures that have any."""
        return self._hits.colourings(picture_keys)

    def pictures_without_colouring(self, after_key: int = 0, limit: int = 1000) -> tuple[tuple[int, str], ...]:
        """Keys and contents of kept pictures above `after_key` whose colours nobody looked at, by rising key."""
        with self._database.reading() as connection:
            return colourings.lacking(connection, after_key, limit)

    def write_colourings(self, brought: Mapping[int, bytes]) -> None:
        """Store packed colours by picture key."""
        with self._database.changing() as connection:
            colourings.write(connection, brought)

    def load_vectors(self, release_id: str) -> StoredVectors:
        """Every vector of the release as of one moment.

        Raises:
            NotFound: there is no such release.
        """
        with self._database.reading() as connection:
            return vectors.load(connection, release.find(connection, release_id))

    def vectors_of(self, release_id: str, picture_keys: Sequence[int]) -> StoredVectors:
        """The release's vectors of those of these pictures that have one."""
        with self._database.reading() as connection:
            return vectors.load_some(connection, release.find(connection, release_id), picture_keys)

    def changes_since(self, sequence: int, release_id: str) -> Changes:
        """What a reader of the release that stands at `sequence` has to do to catch up."""
        with self._database.reading() as connection:
            return vectors.changes_since(connection, release.find(connection, release_id), sequence)

    def full_text(self, query: str, limit: int = 10) -> tuple[TextFound, ...]:
        """The variants that have every word of the query, best first by BM25."""
        return self.text.matches(query, limit)

    # What variants say

    def begin_text_model(self, *, fingerprint: str, name: str, dimension: int) -> text_vectors.TextModel:
        """The sentence model of that fingerprint, known from now on."""
        with self._database.changing() as connection:
            found = text_vectors.model(connection, fingerprint=fingerprint, name=name, dimension=dimension, make=True)
        assert found is not None
        return found

    def text_model(self, *, fingerprint: str, name: str, dimension: int) -> text_vectors.TextModel | None:
        """The sentence model of that fingerprint; None where the store has no vector of it."""
        with self._database.reading() as connection:
            return text_vectors.model(connection, fingerprint=fingerprint, name=name, dimension=dimension, make=False)

    def sentences_missing(self, model: text_vectors.TextModel, names: Collection[str]) -> set[str]:
        """Those of these sentences that the model has no vector of."""
        with self._database.reading() as connection:
            return text_vectors.missing(connection, model, names)

    def sentences_without_vector(self, model: text_vectors.TextModel, most: int = 1000) -> Mapping[str, str]:
        """Sentences of variants that the model has no vector of, by their names."""
        with self._database.reading() as connection:
            return text_vectors.lacking(connection, model, most)

    def write_sentences(self, brought: text_vectors.SentenceVectors) -> None:
        """Store vectors of sentences by themselves; `apply` writes those of a batch with it."""
        with self._database.changing() as connection:
            ledger = Ledger(connection)
            if text_vectors.write(connection, brought, ledger.sequence):
                ledger.changed()
            ledger.close()

    def text_changes(self, model: text_vectors.TextModel, sequence: int) -> text_vectors.TextChanges:
        """What a reader of the model's vectors that stands at `sequence` has to take over; -1 for everything."""
        with self._database.reading() as connection:
            return text_vectors.since(connection, model, sequence)

    # Filters

    def parse(self, where: str) -> Selection:
        """The selection that `where` writes down, checked against the columns as they are now.

        Raises:
            SelectionSyntaxError: it cannot be read.
            UnknownColumn: it names a column that the catalogue does not have.
            SelectionTypeError: it compares a column with a value of another type.
        """
        return check(parse(where), {**IDENTIFIERS, **self.columns()})

    def view(self, columns: Collection[str] = ()) -> View:
        """The catalogue in memory as it is now, with at least these columns; the same object until something changes.

        The first call loads what 200,000 images need in about a second; later ones take up what changed.
        """
        return self._viewer.view(columns)

    def facets(self, selection: Selection | None = None) -> tuple[Facet, ...]:
        """Counts of products by the values of each column, over what the selection lets through."""
        wanted = self.columns().keys() - FREE_TEXT
        return self.view(wanted if selection is None else wanted | columns_of(selection)).facets(selection)
