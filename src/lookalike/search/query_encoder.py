"""From a question about looks to the unit vector that is searched for, and its colours.

A photograph is decoded, scaled and embedded as those of the catalogue were; products stand for the mean direction of
their pictures; an earlier answer's vector is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.embed.coalescing import Coalescer, coalesced_embedding
from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import NO_DIRECTION
from lookalike.errors import (
    DimensionMismatch,
    FingerprintMismatch,
    ImageRejected,
    InvalidQuery,
    NotFound,
    NoVector,
)
from lookalike.images.colouring import Colouring, stored_colouring
from lookalike.images.limits import ImageLimits
from lookalike.images.seen import Seen, see
from lookalike.images.views import QUERY_VIEWS
from lookalike.search.clock import Clock
from lookalike.search.query import Query, picture_bytes
from lookalike.types import Pixels, ProductId, Reason, Vector, Vectors

__all__ = ["Look", "QueryEncoder", "of_another_model", "turned_away"]

_MOST_MODELS = 2
"""The live release's, and while it is replaced the one before."""

_AWAY = 0.5
"""How much of what it shall not look like is taken away from what it shall look like."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a question looks like.

    Attributes:
        vector: unit vector, to the release's model.
        colouring: its colours; None where they are not known, or of no account.
        seen: the photograph, to be looked at again; None where it is none.
    """

    vector: Vector
    colouring: Colouring | None = None
    seen: Seen | None = None


class QueryEncoder:
    """Encodes questions for the releases of one catalogue. Safe to use from several threads.

    Args:
        catalog: has the vectors of products.
        embedder: gives the embedder of a release, loading it when first asked.
        limits: what a query picture may cost.
    """

    def __init__(self, catalog: Catalog, embedder: Callable[[Release], Embedder], limits: ImageLimits) -> None:
        self._catalog = catalog
        self._embedder = embedder
        self._limits = limits
        self._embedding: dict[str, Coalescer[Pixels, Vector]] = {}

    def look(self, query: Query, release: Release, clock: Clock) -> Look:
        """What `query` looks like, turned away from what it shall not look like.

        Args:
            query: by a photograph, products or a vector.
            release: whose model looks.
            clock: told of ``decode`` and ``embed``.

        Raises:
            ImageRejected: the query picture cannot be used.
            InvalidQuery: a crop outside the picture, or a vector of zeros.
            NotFound: a product is not there, or has no picture.
            DimensionMismatch: a query vector of another length.
            FingerprintMismatch: it is said to be of another model.
        """
        if query.vector is not None:
            if query.fingerprint not in (None, release.fingerprint):
                raise of_another_model(query.fingerprint, release.fingerprint)
            if len(query.vector) != release.dimension:
                raise DimensionMismatch(
                    f"the query vector has {len(query.vector)} numbers, release {release.release_id} needs "
                    f"{release.dimension}: it was made by another model, search by the picture again"
                )
            look = Look(_unit(query.vector), query.colouring)
        elif query.like is not None:
            look = Look(self._likeness(query.likes, release))
        else:
            look = self._photographed(query, release, clock)
        return replace(look, vector=turned_away(look.vector, self._unlike(query, release)))

    def views(self, query: Query, seen: Seen, release: Release, names: Sequence[str]) -> Vectors:
        """The query's photograph in other views, each turned away from what it shall not look like as `look` turns it.

        Args:
            query: says what it shall not look like.
            seen: its photograph.
            release: whose model looks.
            names: of `lookalike.images.views.QUERY_VIEWS`, at least one.

        Returns:
            float32 [len(names), dimension], unit rows.

        Raises:
            NotFound: a product that it shall not look like is not there.
        """
        embedder, unlike = self._embedder(release), self._unlike(query, release)
        apply = embedder.description.preprocessing.apply
        squares = [apply(QUERY_VIEWS[name](seen.part)) for name in names]
        return np.stack([turned_away(self._embed(embedder, square), unlike) for square in squares])

    def _seen(self, query: Query, embedder: Embedder) -> Seen:
        assert query.image is not None
        image = query.image
        given = image if isinstance(image, np.ndarray) else picture_bytes(image, self._limits)
        return see(given, embedder.description.preprocessing, limits=self._limits, box=query.crop)

    def _photographed(self, query: Query, release: Release, clock: Clock) -> Look:
        embedder = self._embedder(release)

        def prepare() -> tuple[Seen, Colouring]:
            seen = self._seen(query, embedder)
            return seen, stored_colouring(seen.part)

        seen, colouring = clock.time("decode", prepare)
        return Look(clock.time("embed", lambda: self._embed(embedder, seen.square)), colouring, seen)

    def _embed(self, embedder: Embedder, square: Pixels) -> Vector:
        """One vector; searches that meet share a batch, a lonely one runs at once."""
        fingerprint = embedder.description.fingerprint
        together = self._embedding.get(fingerprint)
        if together is None:
            together = self._embedding.setdefault(fingerprint, coalesced_embedding(embedder))
            for old in list(self._embedding)[:-_MOST_MODELS]:  # they hold their embedders
                self._embedding.pop(old, None)
        try:
            return together(square)
        except NoVector as error:
            raise ImageRejected(Reason.NO_VECTOR, NO_DIRECTION.format(embedder.description.name)) from error

    def _unlike(self, query: Query, release: Release) -> Vector | None:
        return self._likeness(query.unlike, release) if query.unlike else None

    def _likeness(self, products: Sequence[ProductId], release: Release) -> Vector:
        """The mean direction of products, each of which counts the same however many pictures it has."""
        means = np.stack([self._mean_of(product_id, release) for product_id in products])
        return _unit(means.sum(axis=0, dtype=np.float32))

    def _mean_of(self, product_id: ProductId, release: Release) -> Vector:
        images = self._catalog.images_of_product(product_id)
        if not images:
            raise NotFound(
                f"there is no product {product_id!r} with a picture in the store: ids are those of the "
                "column product_id (for a folder, the names of its sub-folders)",
                what=f"product {product_id!r} with a picture",
            )
        keys = np.unique(np.asarray([image.picture_key for image in images], dtype=np.int64))
        stored = self._catalog.vectors_of(release.release_id, keys.tolist())
        if not len(stored.keys):
            raise NotFound(
                f"product {product_id!r} has no vector in release {release.release_id}: index it again",
                what=f"vector of product {product_id!r} in release {release.release_id}",
            )
        return _unit(stored.vectors.mean(axis=0))


def of_another_model(made_by: str, searched_with: str) -> FingerprintMismatch:
    """That a query's vector cannot be searched with, by the fingerprints of its model and of the live one."""
    return FingerprintMismatch(
        f"this vector was made by model {made_by[:8]}, and the catalogue is now searched with model "
        f"{searched_with[:8]}: search with the photograph again"
    )


def turned_away(vector: Vector, unlike: Vector | None) -> Vector:
    """`vector` turned away from `unlike`, ``v - u / 2`` at unit length; as it is where there is nothing to avoid.

    Args:
        vector: unit vector.
        unlike: unit vector.

    Raises:
        InvalidQuery: nothing is left.

    Reference: Rocchio, "Relevance feedback in information retrieval" (1971), with one positive and one negative mean.
    """
    return vector if unlike is None else _unit((vector - np.float32(_AWAY) * unlike).astype(np.float32))


def _unit(vector: Vector) -> Vector:
    wide = vector.astype(np.float64)  # in which no float32 is too large or too small to be squared
    length = float(np.linalg.norm(wide))
    if length == 0.0:
        raise InvalidQuery("the query vector is all zeros: it points nowhere, so nothing can be near it")
    return (wide / length).astype(np.float32)
