"""The verbs that say what a store holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lookalike.catalog.columns import ColumnType
from lookalike.catalog.distinct import distinct
from lookalike.catalog.facets import Facet
from lookalike.catalog.product import Counts, Product
from lookalike.catalog.selection import columns_of
from lookalike.embed.description import ModelDescription
from lookalike.engine.live_vectors import LiveVectors, read_live_vectors
from lookalike.engine.parts import Parts
from lookalike.engine.release_info import ReleaseInfo, info_of
from lookalike.errors import NotFound
from lookalike.images.decode import decode
from lookalike.images.regions import encode_jpeg, thumbnail
from lookalike.types import (
    ImageKey,
    ProductId,
)

__all__ = ["Content"]


class Content(Parts):
    """Products, pictures, columns, releases: what is there."""

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
        keys = distinct(view.product_keys[view.select(selection)])[offset : offset + k]
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

    @property
    def read_only(self) -> bool:
        """Whether the store can be searched and not be changed, since nothing can be written where it is."""
        return self._readable().read_only

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

    def releases(self) -> tuple[ReleaseInfo, ...]:
        """Every release, oldest first."""
        catalog = self._readable()
        live = catalog.live_release()
        return tuple(info_of(catalog, release, live) for release in catalog.releases())

    def live_vectors(self) -> LiveVectors:
        """Every vector of the live release and whose it is.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live_release().current()
        return read_live_vectors(self._readable(), release)

    def warm_up(self, *, personal: bool = False) -> None:
        """Load the models and the index, so that the first search, by picture or in words, is as fast as the next.

        Args:
            personal: learn from shoppers' events too, where there are any, which takes seconds to minutes.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live_release().current()
        self._embedders.of(release)
        self._searching().warm_up()
        if personal and self._readable().behaviour.counts()[1]:
            self._personal().warm_up()
