"""The catalogue's own picture, to be explained: its kept copy, or the file it was indexed from if that is unchanged."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from lookalike.catalog.kept import KeptPictures
from lookalike.catalog.product import ImageSource
from lookalike.errors import ImageRejected, NotFound
from lookalike.images.fingerprint import content_sha256
from lookalike.images.limits import ImageLimits
from lookalike.images.preprocessing import Preprocessing
from lookalike.images.seen import Seen, see
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.opening import open_reader
from lookalike.sources.record import PictureBytes

__all__ = ["Gallery"]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Where pictures of the catalogue are found again.

    Attributes:
        kept: the store's copies.
        limits: what a picture may cost.
        fetch: how a picture is fetched whose copy was not kept and whose location is a URL.
        root: what relative paths of the source are about.
    """

    kept: KeptPictures
    limits: ImageLimits
    fetch: FetchPolicy
    root: Path

    def see(self, source: ImageSource, preprocessing: Preprocessing) -> Seen:
        """The picture as the model saw it when it was indexed, or very nearly, where a smaller copy was kept.

        Raises:
            NotFound: no copy was kept, and the picture is no longer where it was, or no longer what it was.
        """
        # A copy may be smaller than what the shop asks of originals.
        limits = replace(self.limits, min_side_pixels=1)
        return see(self._bytes(source), preprocessing, limits=limits)

    def keeps(self, source: ImageSource) -> bool:
        """Whether the store has a copy of it."""
        path = self.kept.path(source.sha256)
        return path.is_file() and path.stat().st_size > 0

    def _bytes(self, source: ImageSource) -> bytes:
        copy = self.kept.get(source.sha256)
        if copy is not None:
            return copy
        what = f"no copy of picture {source.location!r} was kept"
        again = "index with keep_pictures on, or run this in the folder that the source's paths are relative to"
        try:
            with closing(open_reader(self.root, fetch=self.fetch, limits=self.limits)) as reader:
                found = reader.read(source.location, None)
        except ImageRejected as error:
            raise NotFound(f"{what}, and it cannot be read again ({error.detail}): {again}") from error
        if not isinstance(found, PictureBytes) or content_sha256(found.data) != source.sha256:
            raise NotFound(f"{what}, and the file is not the one that was indexed any more: index it again, then ask")
        return found.data
