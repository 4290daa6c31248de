"""What a store keeps for its answers: calibrations, orders that help, the shop's rules, trials, unmet demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lookalike.catalog import calibrations, rankings, release, trial_failures, trials, unmet
from lookalike.catalog.opened import OpenStore
from lookalike.catalog.trial_failures import TrialFailure
from lookalike.catalog.trials import StoredTrial
from lookalike.catalog.unmet import Retention, Unmet
from lookalike.types import Vector

__all__ = ["Keeping"]


class Keeping(OpenStore):
    """The verbs about what answers need beside vectors."""

    def calibration(self, release_id: str) -> Mapping[str, object] | None:
        """The calibration of that release's verdicts; None where it has none."""
        with self._database.reading() as connection:
            return calibrations.find(connection, release.find(connection, release_id))

    def set_calibration(self, release_id: str, document: Mapping[str, object] | None) -> None:
        """Keep a release's calibration instead of an earlier one, or (None) forget it; searches notice at once."""
        with self._database.changing() as connection:
            target = release.find(connection, release_id)
            if document is None:
                calibrations.remove(connection, target)
            else:
                calibrations.put(connection, target, document)

    def record_unmet(self, release_id: str, vector: Vector, picture: bytes | None, retention: Retention) -> None:
        """Remember a photograph that was told "not in this catalogue"; forgets what is too old or too many."""
        with self._database.changing() as connection:
            unmet.record(connection, release.find(connection, release_id), vector, picture, retention)

    def unmet(self, release_id: str, retention: Retention) -> tuple[Unmet, ...]:
        """What is remembered of such photographs, oldest first; deletes first what is too old or too many."""
        with self._database.changing() as connection:
            unmet.expire(connection, retention)
            return unmet.listed(connection, release.find(connection, release_id))

    def erase_unmet(self) -> int:
        """Forget all of them; returns how many there were."""
        with self._database.changing() as connection:
            return unmet.erase(connection)

    def rank_setting(self, release_id: str) -> Mapping[str, object] | None:
        """What was measured to help that release's order; None where nothing was measured."""
        with self._database.reading() as connection:
            return rankings.setting(connection, release.find(connection, release_id))

    def set_rank_setting(self, release_id: str, document: Mapping[str, object] | None) -> None:
        """Keep a release's ranking instead of an earlier one, or (None) forget it; searches notice at once."""
        with self._database.changing() as connection:
            rankings.put_setting(connection, release.find(connection, release_id), document)

    def shop_rules(self) -> Mapping[str, object] | None:
        """The shop's rules; None where there are none."""
        with self._database.reading() as connection:
            return rankings.rules(connection)

    def set_shop_rules(self, document: Mapping[str, object] | None) -> None:
        """Keep these rules instead of earlier ones, or (None) none; searches notice at once."""
        with self._database.changing() as connection:
            rankings.put_rules(connection, document)

    def trials(self) -> tuple[StoredTrial, ...]:
        """Every trial of two ways of answering, oldest first."""
        with self._database.reading() as connection:
            return trials.listed(connection)

    def start_trial(self, a: str, b: str, live: str) -> None:
        """Begin one, and end the one that runs; searches notice at once."""
        with self._database.changing() as connection:
            trials.start(connection, a, b, live)

    def end_trial(self) -> bool:
        """End the one that runs; whether one did. Searches notice at once."""
        with self._database.changing() as connection:
            return trials.end(connection)

    def trial_failures(self) -> tuple[TrialFailure, ...]:
        """Searches that a way of a trial could not answer, counted by trial, way and kind of error."""
        with self._database.reading() as connection:
            return trial_failures.listed(connection)

    def add_trial_failures(self, failures: Sequence[TrialFailure], *, patient: bool = False) -> None:
        """Count these too.

        Raises:
            StoreBusy: another process or thread writes, and this is not `patient`: a search does not wait for it.
            StoreError: the store was opened for reading only.
        """
        with self._database.changing(patient=patient) as connection:
            trial_failures.add(connection, failures)
