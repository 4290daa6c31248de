"""Reads codes and model numbers off a question's photograph, and puts first the products that have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.embed.print_reader import PrintReader
from lookalike.images.codes import PrintedCode, read_codes
from lookalike.images.limits import ImageLimits
from lookalike.images.seen import read_pixels
from lookalike.search.clock import Clock
from lookalike.search.code_found import CodeFound
from lookalike.search.codes import has_codes, match, put_first
from lookalike.search.current import Current
from lookalike.search.folding import fold, groups_of
from lookalike.search.gallery import Gallery
from lookalike.search.query import Query
from lookalike.search.ranked import Ranked

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

    def put_first(self, query: Query, found: Ranked, gallery: Gallery, clock: Clock) -> tuple[CodeFound | None, Ranked]:
        """What a code in the photograph says, and what was found with the products that have it before all others.

        Args:
            query: with or without a photograph.
            found: the ranking; it comes back as it is where no code was read, or the filter hides what has it.
            gallery: what is searched.
            clock: told of ``code`` and ``print``.
        """
        matched = self.read(query, clock)
        if matched is None:
            return None, found
        printed, keys = matched
        view = gallery.view
        rows = np.flatnonzero(np.isin(view.variant_keys, np.asarray(keys, dtype=np.int64))).astype(np.int64)
        details = self._catalog.details([int(key) for key in view.image_keys[rows]])
        products = tuple(dict.fromkeys(str(detail.product_id) for detail in details.values()))
        within = gallery.within(rows)
        code = CodeFound(printed.text, printed.kind, products, outside_filter=bool(len(rows)) and not len(within))
        if not len(within):
            return code, found
        coded = within[fold(groups_of(view, within, query.by))]
        lanes = found.lanes or {"picture": found.similarities}
        groups, coded_groups = (groups_of(view, some, query.by) for some in (found.rows, coded))
        ordered, told = put_first(found.rows, lanes, groups, coded, coded_groups)
        scores = np.zeros(len(ordered), dtype=np.float32)
        for shares in told.values():
            scores += shares
        scores[: len(coded)] = 1.0
        return code, replace(found, rows=ordered, similarities=scores, lanes=told)
