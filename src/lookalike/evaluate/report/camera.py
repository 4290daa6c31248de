"""Small pictures of queries and of what is in the catalogue, for galleries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from lookalike.catalog.product import Product
from lookalike.errors import LookalikeError
from lookalike.evaluate.evaluation import name_of
from lookalike.evaluate.questions import Question
from lookalike.evaluate.report.tile import MatchMap, Tile
from lookalike.images.decode import decode
from lookalike.images.limits import ImageLimits
from lookalike.images.regions import encode_jpeg, thumbnail
from lookalike.search.answer import Answer
from lookalike.types import FoldBy, Hit, Pixels

__all__ = ["Camera", "Overlaying", "Shelf"]

_SIDE_PIXELS = 192
_SMALL_SIDE_PIXELS = 72
_QUALITY = 80
_MAPPED_SIDE_PIXELS = 320

Overlaying = Callable[[bytes, bytes, int], tuple[bytes, bytes]]
"""Takes a query's and a catalogue picture's file and a side in pixels, gives both as JPEGs with their match maps."""


@runtime_checkable
class Shelf(Protocol):
    """What a report needs of an engine."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
    ) -> Answer: ...

    def product(self, product_id: str) -> Product: ...

    def thumbnail(self, image_key: int, side_pixels: int = 256) -> bytes: ...


class Camera:
    """Takes small pictures; one that is not there is empty. A picture that is asked for twice is taken once.

    Args:
        shelf: has the catalogue's pictures.
        limits: what a query picture may cost.
        overlay: lays match maps over two pictures; None where there are none.
    """

    def __init__(self, shelf: Shelf, limits: ImageLimits, overlay: Overlaying | None = None) -> None:
        self._overlay = overlay
        self._shelf = shelf
        self._limits = limits
        self._taken: dict[tuple[int, int], bytes] = {}

    def of_hit(self, hit: Hit, by: FoldBy, rank: int) -> Tile:
        """Of the image that matched best."""
        picture = self._of_image(hit.image_key, _SIDE_PIXELS)
        return Tile(name_of(hit, by) or hit.product_id, hit.title, picture, hit.similarity, rank)

    def of_answer(self, name: str, *, small: bool = False) -> Tile:
        """Of a product by its id, by its first picture; an id that is none (a variant's, say) has none."""
        try:
            product = self._shelf.product(name)
        except LookalikeError:
            return Tile(name, None, b"")
        variant = product.variants[0]
        title = variant.attributes.get("title")
        picture = b""
        if variant.images:
            picture = self._of_image(variant.images[0].image_key, _SMALL_SIDE_PIXELS if small else _SIDE_PIXELS)
        return Tile(name, None if title is None else str(title), picture)

    def of_query(self, question: Question) -> Tile:
        """Of what was asked: its photograph, or the product that it is made of."""
        if question.image is None and question.like is None:
            return Tile(question.text or (question.audio.name if question.audio else ""), None, b"")
        if question.image is None:
            tile = self.of_answer(question.like or "")
            return Tile(f"like {tile.name}", tile.title, tile.picture)
        try:
            picture = decode(question.image.read_bytes(), limits=self._limits, shorter_side_pixels=_SIDE_PIXELS)
        except (LookalikeError, OSError):
            return Tile(question.image.name, None, b"")
        return Tile(question.image.name, None, encode_jpeg(thumbnail(picture.pixels, _SIDE_PIXELS), _QUALITY))

    def maps(self, question: Question, hits: Sequence[Hit]) -> tuple[MatchMap, ...]:
        """Where the query matches each of the hits; none where the model gives no maps or a picture is gone."""
        if self._overlay is None or question.image is None:
            return ()
        found: list[MatchMap] = []
        for hit in hits:
            try:
                picture = self._shelf.thumbnail(hit.image_key, _MAPPED_SIDE_PIXELS)
                query, image = self._overlay(question.image.read_bytes(), picture, _SIDE_PIXELS)
            except (LookalikeError, OSError):
                continue
            found.append(MatchMap(query, image, hit.title or hit.product_id, hit.similarity))
        return tuple(found)

    def _of_image(self, image_key: int, side_pixels: int) -> bytes:
        found = self._taken.get((image_key, side_pixels))
        if found is None:
            try:
                found = self._shelf.thumbnail(image_key, side_pixels)
            except LookalikeError:
                found = b""
            self._taken[image_key, side_pixels] = found
        return found
