"""Reads codes and model numbers off a question's photograph, where the catalogue has something that they could be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from lookalike.catalog.catalog import Catalog
from lookalike.embed.print_reader import PrintReader
from lookalike.images.codes import PrintedCode, read_codes
from lookalike.images.limits import ImageLimits
from lookalike.images.seen import read_pixels
from lookalike.search.clock import Clock
from lookalike.search.codes import has_codes, match
from lookalike.search.current import Current
from lookalike.search.query import Query

__all__ = ["CodeReading"]


class CodeReading:
    """Looks for codes of one catalogue. Safe to use from several threads.

    Args:
        catalog: has the codes.
        limits: what a picture may cost.
        open_print_reader: opens the reader of printed model numbers, when first needed; None where print is not read.
    """

    def __init__(
        self, catalog: Catalog, limits: ImageLimits, open_print_reader: Callable[[], PrintReader] | None
    ) -> None:
        self._catalog = catalog
        self._limits = limits
        self._has_codes = Current[None, bool](catalog, lambda _: has_codes(catalog))
        self._print = None if open_print_reader is None else cache(open_print_reader)

    def read(self, query: Query, clock: Clock) -> tuple[PrintedCode, tuple[int, ...]] | None:
        """The first code on the query's photograph that variants have, with their keys; see `match`.

        Args:
            query: with or without a photograph; None comes of one without, and where the catalogue has no codes.
            clock: told of ``code`` and ``print``.
        """
        if query.image is None or not self._has_codes.of(None):
            return None
        image, box = query.image, query.crop
        pixels = clock.time("code", lambda: read_pixels(image, self._limits, box))
        matched = clock.time("code", lambda: match(read_codes(pixels), self._catalog))
        if self._print is None or (matched is not None and matched[1]):
            return matched
        reader = self._print()
        printed = clock.time("print", lambda: match(reader.read(pixels), self._catalog))
        return printed if printed is not None and printed[1] else matched
