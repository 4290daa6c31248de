"""Looks at the colours of pictures that came in before anybody did: from their kept copies."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from lookalike.catalog.catalog import Catalog
from lookalike.errors import ImageRejected
from lookalike.images.colouring import colouring_of, pack_colouring
from lookalike.images.decode import decode
from lookalike.ingest.options import IngestOptions

__all__ = ["fill_colours"]

logger = logging.getLogger(__name__)

_AT_ONCE = 512
_SIDE_PIXELS = 64


def fill_colours(catalog: Catalog, options: IngestOptions) -> int:
    """Give every kept picture its colours that has none; returns how many got them, 0 where no product has variants.

    Each few hundred are a transaction, so that a run that dies is continued by the next one. A picture without a kept
    copy keeps none, and is ranked without.

    Args:
        catalog: whose pictures; the caller holds its writing lock.
        options: limits, and how many threads.
    """
    if not catalog.has_several_variants():
        return 0
    done = after = 0

    def look(sha256: str) -> bytes | None:
        data = catalog.kept.get(sha256)
        if data is None:
            return None
        try:
            return pack_colouring(
                colouring_of(decode(data, limits=options.limits, shorter_side_pixels=_SIDE_PIXELS).pixels)
            )
        except ImageRejected:
            return None

    with ThreadPoolExecutor(options.workers, thread_name_prefix="colours") as workers:
        while lacking := catalog.pictures_without_colouring(after, _AT_ONCE):
            after = lacking[-1][0]
            found = zip(lacking, workers.map(look, [sha256 for _, sha256 in lacking]), strict=True)
            brought = {key: packed for (key, _), packed in found if packed is not None}
            catalog.write_colourings(brought)
            done += len(brought)
    if done:
        logger.info("looked at colours n=%d", done)
    return done
