"""What an engine does for the demand report: remembers what was turned away where it may, and tells what it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.errors import InvalidConfiguration, NotFound, StoreNotFound
from lookalike.images.decode import decode
from lookalike.images.limits import ImageLimits
from lookalike.images.regions import crop, encode_jpeg, scaled_box, thumbnail
from lookalike.search.answer import Answer
from lookalike.search.demand import Demand, UnmetOptions, cluster
from lookalike.search.query import Query, picture_bytes
from lookalike.search.rank.ranking import Ranking
from lookalike.search.searcher import Searcher
from lookalike.types import Pixels

__all__ = ["DemandDesk"]

_SIDE_PIXELS = 256
_NEAREST = 3
_AS_FOUND = Ranking(rerank="off", rules=False)
"""What comes closest by itself, whatever the shop puts first."""


class DemandDesk:
    """The unmet photographs of one open store.

    Args:
        catalog: of the store.
        options: what may be remembered.
        limits: of the photographs.
    """

    def __init__(self, catalog: Catalog, options: UnmetOptions, limits: ImageLimits) -> None:
        self._catalog = catalog
        self._options = options
        self._limits = limits

    def remember(self, query: Query, answer: Answer) -> None:
        """Keep what the options allow of a photograph that was told "absent"; of anything else, nothing.

        First pages only: asking for more of the same is no second photograph. Nothing either where the store is open
        for reading only.
        """
        turned_away = answer.verdict == "absent" and not answer.verdict_details.outside_filter
        if not (self._options.remember and turned_away and query.image is not None and query.offset == 0):
            return
        if answer.vector is None or self._catalog.read_only:
            return
        picture = self._small(query) if self._options.pictures else None
        self._catalog.record_unmet(answer.release, answer.vector, picture, self._options.retention)

    def report(self, searcher: Searcher, likeness: float) -> Demand:
        """The clusters of the live release's unmet photographs, with the products that come closest.

        Raises:
            InvalidConfiguration: `likeness` out of range.
            StoreNotFound: nothing has been indexed yet.
        """
        if not 0.0 < likeness <= 1.0:
            raise InvalidConfiguration(f"likeness must be above 0 and at most 1, received {likeness}")
        release = self._catalog.live_release()
        if release is None:
            raise StoreNotFound(
                f"the store {self._catalog.folder} holds no release yet: run `lookalike index SOURCE` first"
            )
        unmet = self._catalog.unmet(release.release_id, self._options.retention)
        described = tuple(
            replace(one, nearest=searcher.search(Query(vector=one.centre, k=_NEAREST, ranking=_AS_FOUND)).hits.items)
            for one in cluster(unmet, likeness)
        )
        return Demand(len(unmet), described, self._options, release.release_id)

    def picture(self, key: int) -> bytes:
        """The small copy of a remembered photograph, as JPEG.

        Raises:
            NotFound: it is gone, or was never kept.
        """
        release = self._catalog.live_release()
        unmet = () if release is None else self._catalog.unmet(release.release_id, self._options.retention)
        for one in unmet:
            if one.key == key and one.picture is not None:
                return one.picture
        raise NotFound(f"there is no remembered photograph {key}: it has expired, was erased, or was never kept")

    def _small(self, query: Query) -> bytes:
        """A copy without metadata, of what was looked for: the crop where there was one."""
        image = query.image
        assert image is not None
        if isinstance(image, np.ndarray):
            whole: Pixels = image
            shown = whole if query.crop is None else crop(whole, query.crop)
        else:
            data = picture_bytes(image, self._limits) if isinstance(image, Path) else image
            picture = decode(
                data, limits=self._limits, shorter_side_pixels=_SIDE_PIXELS * (1 if query.crop is None else 4)
            )
            shown = picture.pixels
            if query.crop is not None:
                shown = crop(shown, scaled_box(query.crop, shown, width=picture.width, height=picture.height))
        return encode_jpeg(thumbnail(shown, _SIDE_PIXELS), quality=80)
