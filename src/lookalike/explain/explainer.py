"""From a query and a product to the reason: which image matched, where, and why not another product."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.product import ImageSource
from lookalike.catalog.release import Release
from lookalike.catalog.selection import columns_of
from lookalike.embed.embedder import Embedder
from lookalike.errors import InvalidQuery, NotFound
from lookalike.explain.contrast import Contrast, contrast
from lookalike.explain.explanation import Explanation, explain_match
from lookalike.explain.gallery import Gallery
from lookalike.explain.match import match
from lookalike.explain.split import Split, split_pictures
from lookalike.images.colouring import Colouring, stored_colouring
from lookalike.images.seen import Seen, see
from lookalike.search.colours import COLOUR_SHARE, ColourRanker, with_colours
from lookalike.search.folding import ranked
from lookalike.search.live import LiveRelease
from lookalike.search.query import picture_bytes
from lookalike.search.recent import Recent
from lookalike.types import Box, ImageKey, Pixels, ProductId, VariantId, Vector

__all__ = ["PICTURES_KEPT", "ExplainedHit", "Explainer", "HitSide", "LookedAt", "Question"]

PICTURES_KEPT = 128
"""Pictures of the catalogue that stay taken apart: popular products are asked about again."""


class LookedAt(Recent[tuple[str, str], tuple[Seen, Split]]):
    """By fingerprint of the model and SHA-256 of a picture's bytes: what the model saw of it, and its terms."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What shall be explained.

    Attributes:
        image: the query: bytes of a picture file, a path, or upright sRGB pixels.
        product_id: the product.
        crop: part of the query that was looked for, in pixels of the upright picture.
        against: another product, to be compared with the first.
        where: filter of the search; the images of the product that pass it are those that can have matched.
    """

    image: bytes | Path | Pixels
    product_id: ProductId
    crop: Box | None = None
    against: ProductId | None = None
    where: str | None = None

    def __post_init__(self) -> None:
        if self.against == self.product_id:
            raise InvalidQuery(f"{self.product_id!r} cannot be compared with itself: name another product in against")


@dataclass(frozen=True, slots=True, eq=False)
class HitSide:
    """One product as a hit: the image of it that matched best, as a search would show it.

    Attributes:
        product_id: the product.
        variant_id: whose image it is; None where the product has no variants.
        image: location of that image, as its source names it.
        image_key: the same image, for `Engine.thumbnail`.
        title: of the variant, or of the product.
        similarity: in [-1, 1], rounded as in `Hit`.
        colour: what of it the colours bring; 0 where they are not known.
        looks_share: what the cosine of the model's vectors counts for in it: 1 where colours are not known.
        passes: whether the product passes the filter; None without one.
        vector: its unit vector in the live release.
    """

    product_id: ProductId
    variant_id: VariantId | None
    image: str
    image_key: ImageKey
    title: str | None
    similarity: float
    passes: bool | None
    vector: Vector
    colour: float = 0.0
    looks_share: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedHit:
    """Why a product is as alike to a query as it is.

    Attributes:
        hit: the product and its image that matched best.
        explanation: the similarity taken apart.
        query: the query as the model saw it, with the picture.
        picture: the catalogue's picture as the model saw it.
        where: the filter, as it was given.
        against: the other product, where one was named.
        contrast: why the first is above (or below) it.
        release: whose model and vectors were compared.
        timings_ms: wall time of each stage in milliseconds.
    """

    hit: HitSide
    explanation: Explanation
    query: Seen
    picture: Seen
    where: str | None
    against: HitSide | None
    contrast: Contrast | None
    release: str
    timings_ms: Mapping[str, float] = field(default_factory=dict[str, float])


class Explainer:
    """Explains hits of the live release. Safe to call from several threads.

    Args:
        catalog: has the products, their vectors and kept pictures.
        live: says which release is live, and filters.
        embedder: gives the embedder of a release; one with feature maps where there is one.
        gallery: finds pictures of the catalogue again.
        looked_at: pictures of the catalogue that were taken apart before; None to keep those of this explainer alone.
    """

    def __init__(
        self,
        catalog: Catalog,
        live: LiveRelease,
        embedder: Callable[[Release], Embedder],
        gallery: Gallery,
        looked_at: LookedAt | None = None,
    ) -> None:
        self._catalog = catalog
        self._live = live
        self._embedder = embedder
        self._gallery = gallery
        self._colours = ColourRanker(catalog)
        self._looked_at = LookedAt(PICTURES_KEPT) if looked_at is None else looked_at

    def explain(self, question: Question) -> ExplainedHit:
        """Take the similarity of the query and the product's best image apart.

        Raises:
            ImageRejected: the query picture cannot be used.
            InvalidQuery: a crop outside the picture.
            NotFound: there is no such product, or its picture cannot be had any more.
            SelectionError: the filter cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        release, _ = self._live.current()
        embedder = self._embedder(release)
        preprocessing = embedder.description.preprocessing
        asked, limits = question.image, self._gallery.limits
        image = asked if isinstance(asked, np.ndarray) else picture_bytes(asked, limits)
        passing = self._passing(question.where)
        marks = [time.perf_counter()]
        seen = see(image, preprocessing, limits=limits, box=question.crop)
        marks.append(time.perf_counter())
        (split,) = split_pictures(embedder, [seen.square])
        colouring = stored_colouring(seen.part)
        marks.append(time.perf_counter())
        source, hit = self._best(question.product_id, split, colouring, release, passing)
        other = (
            None if question.against is None else self._best(question.against, split, colouring, release, passing)[1]
        )
        name = (release.fingerprint, source.sha256)
        # Without a kept copy the source is asked, which may have changed.
        keeps = self._gallery.keeps(source)
        known = self._looked_at.get(name) if keeps else None
        picture = self._gallery.see(source, preprocessing) if known is None else known[0]
        marks.append(time.perf_counter())
        own = split_pictures(embedder, [picture.square])[0] if known is None else known[1]
        if keeps and known is None:
            self._looked_at.put(name, (picture, own))
        marks.append(time.perf_counter())
        explanation = explain_match(
            match(split, own),
            seen,
            picture,
            similarity=hit.similarity,
            image_size=(source.width, source.height),
            attention=(split.attention, own.attention),
            looks_share=hit.looks_share,
            colour=hit.colour,
        )
        differing = (
            None
            if other is None
            else contrast(
                split,
                seen,
                hit.vector,
                other.vector,
                scale=(hit.looks_share, other.looks_share),
                colour=hit.colour - other.colour,
            )
        )
        marks.append(time.perf_counter())
        return ExplainedHit(
            hit=hit,
            explanation=explanation,
            query=seen,
            picture=picture,
            where=question.where,
            against=other,
            contrast=differing,
            release=release.release_id,
            timings_ms=_timings(marks),
        )

    def _passing(self, where: str | None) -> Callable[[Sequence[ImageSource]], np.ndarray] | None:
        """Which of some images pass the filter; None without one."""
        if where is None:
            return None
        selection = self._catalog.parse(where)
        view = self._live.view(columns_of(selection))
        allowed = view.subset(selection).rows

        def passing(images: Sequence[ImageSource]) -> np.ndarray:
            rows = view.rows_of_images(np.asarray([image.image_key for image in images], dtype=np.int64))
            return (rows >= 0) & allowed[np.maximum(rows, 0)]

        return passing

    def _best(
        self,
        product_id: ProductId,
        query: Split,
        colouring: Colouring,
        release: Release,
        passing: Callable[[Sequence[ImageSource]], np.ndarray] | None,
    ) -> tuple[ImageSource, HitSide]:
        """The image that a search would show of the product, chosen as it chooses; of all where none passes."""
        images = self._catalog.images_of_product(product_id)
        if not images:
            raise NotFound(f"there is no product {product_id!r} with a picture in {self._catalog.folder}")
        stored = self._catalog.vectors_of(release.release_id, sorted({int(image.picture_key) for image in images}))
        row_of = {int(key): row for row, key in enumerate(stored.keys)}
        images = tuple(image for image in images if int(image.picture_key) in row_of)
        if not images:
            raise NotFound(f"product {product_id!r} has no vector in release {release.release_id}: index it again")
        passes = None
        if passing is not None:
            allowed = passing(images)
            passes = bool(allowed.any())
            if passes:
                images = tuple(image for image, lets in zip(images, allowed, strict=True) if lets)
        vectors = stored.vectors[[row_of[int(image.picture_key)] for image in images]]
        cosines = (vectors @ query.whole.astype(np.float32)).astype(np.float32)
        keys = np.asarray([image.image_key for image in images], dtype=np.int64)
        pictures = np.asarray([image.picture_key for image in images], dtype=np.int64)
        similarities, looks = with_colours(cosines, self._colours.alike(pictures, colouring))
        place = int(ranked(similarities, keys)[0])
        source = images[place]
        detail = self._catalog.details([source.image_key]).get(source.image_key)
        return source, HitSide(
            product_id=product_id,
            variant_id=source.variant_id,
            image=source.location,
            image_key=source.image_key,
            title=None if detail is None else detail.title,
            similarity=float(np.clip(np.round(float(similarities[place]), 6), -1.0, 1.0)),
            passes=passes,
            vector=vectors[place],
            colour=float(similarities[place] - looks[place]),
            looks_share=float(1.0 - COLOUR_SHARE) if looks is not similarities else 1.0,
        )


def _timings(marks: Sequence[float]) -> dict[str, float]:
    stages = ("decode", "embed", "picture", "embed_picture", "explain")
    taken = {name: (end - start) * 1e3 for name, start, end in zip(stages, marks[:-1], marks[1:], strict=True)}
    return {**taken, "total": (marks[-1] - marks[0]) * 1e3}
