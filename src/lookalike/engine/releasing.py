"""The verbs that make, promote and drop releases."""

from __future__ import annotations

import logging
from pathlib import Path

from lookalike.catalog.promotions import Promotion
from lookalike.engine.content import Content
from lookalike.engine.embedders import ONE_THREAD
from lookalike.engine.golden import require_one
from lookalike.engine.promotion import Promoted, Promoter
from lookalike.engine.release_info import ReleaseInfo, info_of
from lookalike.errors import NotFound, StoreError
from lookalike.ingest.colours import fill_colours
from lookalike.ingest.progress import Watcher
from lookalike.ingest.reembedding import embed_kept
from lookalike.search.live import snapshot_path

__all__ = ["Releasing"]

logger = logging.getLogger(__name__)


class Releasing(Content):
    """Which model's vectors answer."""

    def build_release(self, *, watcher: Watcher | None = None) -> ReleaseInfo:
        """Embed every kept picture with this engine's model as a release that is not live yet. Resumable.

        Kept pictures whose colours nobody looked at get them too, where products come in several variants.

        Raises:
            StoreBusy: another run is writing.
        """
        catalog = self._readable()
        embedder = self._embedders.own(threads=ONE_THREAD)
        with catalog.writing():
            release = self._embedders.begin(catalog, embedder.description)
            embed_kept(catalog, release, embedder, self._options.ingest, watcher=watcher)
            fill_colours(catalog, self._options.ingest)
        return info_of(catalog, release, catalog.live_release())

    def promote(
        self,
        release_id: str,
        *,
        force: bool = False,
        reason: str | None = None,
        golden: str | None = None,
        queries: str | Path | None = None,
        watcher: Watcher | None = None,
    ) -> Promoted:
        """Make a release the live one, in one step, unless it measures worse than the live one.

        Args:
            release_id: the candidate.
            force: promote it also where it is worse, cannot be compared or lacks vectors; a record is left.
            reason: for the record.
            golden: name of the golden set to compare on; None for the one called ``default``, which is made of the
                catalogue where it is not there.
            queries: compare on the photographs of this file instead, of which the set ``promotion`` is made.
            watcher: told while queries are embedded.

        Raises:
            InvalidQuery: both `golden` and `queries`.
            NotFound: there is no such release.
            StoreError: the release lacks vectors of some pictures, and `force` is not given.
            PromotionRefused: it is worse, beyond the interval overall or on a slice, or cannot be compared.
            ModelError: its model cannot be opened.
        """
        require_one(queries, golden, needed=False)
        catalog = self._readable()
        release = catalog.release(release_id)
        missing = catalog.vector_counts(release_id)[1]
        if missing and not force:
            raise StoreError(
                f"release {release_id} lacks the vectors of {missing} pictures, which could then not be found: "
                f"run `lookalike releases --build {release.model}`, which embeds those that have a kept copy; of the "
                "others, `lookalike index SOURCE` embeds what the live release lacks: promote with --force and run it"
            )
        path = None if queries is None else Path(queries)
        promoter = Promoter(catalog, self._golden())
        return promoter.promote(
            release, force=force, reason=reason, name=golden, queries=path, watcher=watcher, missing=missing
        )

    def rollback(self) -> str:
        """Make the release live that was before; returns its id.

        Raises:
            NotFound: there is none.
        """
        catalog = self._readable()
        previous = catalog.previous_release()
        if previous is None:
            raise NotFound("no release was live before this one, there is nothing to roll back to")
        catalog.set_live(previous.release_id, "rolled_back")
        return previous.release_id

    def promotions(self) -> tuple[Promotion, ...]:
        """Every promotion, refusal and rollback so far, oldest first."""
        return self._readable().promotions()

    def drop_release(self, release_id: str) -> None:
        """Delete a release that is not live, with its vectors and their index.

        Raises:
            NotFound: there is no such release.
            StoreError: it is live.
        """
        catalog = self._readable()
        with catalog.writing():
            dropped = catalog.release(release_id).release_id
            catalog.drop_release(dropped)
            try:
                snapshot_path(self._folder / "index", dropped).unlink(missing_ok=True)
            except OSError as error:
                logger.warning("the index of a dropped release stays release=%s reason=%s", dropped, error)
        with self._lock:
            self._others.pop(dropped, None)
