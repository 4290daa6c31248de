"""Releases of a catalogue: begun, filled, made live, taken back, dropped; and the record of all that."""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.catalog import known, promotions, release
from lookalike.catalog.opened import OpenStore
from lookalike.catalog.release import Release
from lookalike.catalog.sync import KnownPicture
from lookalike.errors import PromotionRefused

__all__ = ["Releasing"]


class Releasing(OpenStore):
    """The verbs about releases."""

    def begin_release(
        self, *, fingerprint: str, model: str, dimension: int, description: Mapping[str, object]
    ) -> Release:
        """The release of that embedder: begun earlier, so that an interrupted run goes on, or new.

        Raises:
            FingerprintMismatch: the fingerprint was recorded with another dimension.
        """
        with self._database.changing() as connection:
            return release.begin(
                connection, fingerprint=fingerprint, model=model, dimension=dimension, description=description
            )

    def release(self, release_id: str) -> Release:
        """The release of that name.

        Raises:
            NotFound: there is none.
        """
        with self._database.reading() as connection:
            return release.find(connection, release_id)

    def releases(self) -> tuple[Release, ...]:
        """Every release, oldest first."""
        with self._database.reading() as connection:
            return release.listed(connection)

    def live_release(self) -> Release | None:
        """The release that searches use; None before the first."""
        with self._database.reading() as connection:
            return release.live_and_previous(connection)[0]

    def previous_release(self) -> Release | None:
        """The release that was live before; a rollback makes it live again."""
        with self._database.reading() as connection:
            return release.live_and_previous(connection)[1]

    def set_live(
        self,
        release_id: str,
        kind: promotions.PromotionKind | None = None,
        *,
        reason: str | None = None,
        gate: Mapping[str, object] | None = None,
        instead_of: str | None = None,
    ) -> Release:
        """Make searches use that release, at once for every reader; remembers the one before.

        Args:
            release_id: which.
            kind: leave a record of this kind in the same transaction; None for no record.
            reason: for the record.
            gate: for the record.
            instead_of: the release that was live when this was decided; None where it does not matter.

        Raises:
            NotFound: there is none of that name.
            PromotionRefused: another one than `instead_of` is live by now; nothing is changed.
        """
        with self._database.changing() as connection:
            before = release.live_and_previous(connection)[0]
            if instead_of is not None and (before is None or before.release_id not in {instead_of, release_id}):
                now_live = "none" if before is None else before.release_id
                raise PromotionRefused(
                    f"release {release_id} is not promoted, because it was compared with {instead_of}, and while that "
                    f"was measured {now_live} became live: promote it again, and it is compared with that",
                    gate=gate,
                )
            after = release.set_live(connection, release_id)
            if kind is not None:
                came_from = None if before is None else before.release_id
                promotions.record(connection, kind, came_from, release_id, reason=reason, gate=gate)
            return after

    def record_refusal(self, release_id: str, *, reason: str | None, gate: Mapping[str, object] | None) -> None:
        """Leave a record that this release was not made live."""
        with self._database.changing() as connection:
            live = release.live_and_previous(connection)[0]
            promotions.record(
                connection,
                "refused",
                None if live is None else live.release_id,
                release_id,
                reason=reason,
                gate=gate,
            )

    def promotions(self) -> tuple[promotions.Promotion, ...]:
        """Every record of a promotion, refusal or rollback, oldest first."""
        with self._database.reading() as connection:
            return promotions.listed(connection)

    def drop_release(self, release_id: str) -> int:
        """Remove a release that is not live, with its vectors; returns how many there were.

        Raises:
            NotFound: there is none of that name.
            StoreError: it is live.
        """
        with self._database.changing() as connection:
            return release.drop(connection, release_id)

    def pictures_without_vector(
        self, release_id: str, after_key: int = 0, limit: int = 1000
    ) -> tuple[KnownPicture, ...]:
        """Pictures with keys above `after_key` that the release lacks, by rising key: what re-embedding has to do."""
        with self._database.reading() as connection:
            key = release.find(connection, release_id).release_key
            return known.pictures_without_vector(connection, key, after_key, limit)
