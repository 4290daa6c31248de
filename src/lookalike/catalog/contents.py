"""What a catalogue holds: products, images, colours and vectors, as readers ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lookalike.catalog import colourings, inventory, reading, release, vectors
from lookalike.catalog.full_text import TextFound
from lookalike.catalog.inventory import Inventory
from lookalike.catalog.opened import OpenStore
from lookalike.catalog.product import Counts, ImageDetail, ImageFingerprint, ImageSource, Product
from lookalike.catalog.vectors import Changes, StoredVectors
from lookalike.types import VariantSummary

__all__ = ["Contents"]


class Contents(OpenStore):
    """The verbs that read products and images."""

    def counts(self) -> Counts:
        """How much is in the store."""
        with self._database.reading() as connection:
            return reading.count(connection)

    def has_several_variants(self) -> bool:
        """Whether any product comes in more than one variant."""
        with self._database.reading() as connection:
            return reading.has_several_variants(connection)

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
