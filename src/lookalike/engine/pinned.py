"""One release of a store, searched as if it were the live one: what comparisons ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lookalike.catalog.product import Product
from lookalike.engine.examiner import called
from lookalike.evaluate.report.camera import Shelf
from lookalike.evaluate.variant_names import VariantNames
from lookalike.search.answer import Answer
from lookalike.search.query import Query
from lookalike.search.searcher import Searcher
from lookalike.search.spoken import Heard
from lookalike.types import FoldBy, Pixels, ProductId

__all__ = ["PinnedRelease"]


class PinnedRelease:
    """Searches one release; products and pictures are the store's.

    Args:
        shelf: the engine.
        searcher: over the release's vectors.
        hear: what is said in a recording.
        variants: what the variants of its hits are called; None for their ids.
    """

    def __init__(
        self,
        shelf: Shelf,
        searcher: Searcher,
        hear: Callable[[bytes | str | Path], Heard],
        variants: VariantNames | None = None,
    ) -> None:
        self._shelf = shelf
        self._searcher = searcher
        self._hear = hear
        self._variants = variants

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
    ) -> Answer:
        """The `k` best hits in this release.

        Raises:
            ImageRejected: the query picture cannot be used.
            AudioRejected: the recording cannot be used.
            NotFound: the product to look like is not there.
        """
        given = Path(image) if isinstance(image, str) else image
        if audio is not None:
            said = self._hear(audio).text
            text = said if text is None else f"{text} {said}"
        answer = self._searcher.search(
            Query(image=given, text=text, like=None if like is None else ProductId(like), k=k, by=by)
        )
        return answer if self._variants is None else called(answer, self._variants)

    def product(self, product_id: str) -> Product:
        """As the engine's."""
        return self._shelf.product(product_id)

    def thumbnail(self, image_key: int, side_pixels: int = 256) -> bytes:
        """As the engine's."""
        return self._shelf.thumbnail(image_key, side_pixels)
