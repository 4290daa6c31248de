"""The verbs that try a change on real traffic: two ways of answering share lists, and events say which is better."""

from __future__ import annotations

from lookalike.catalog.trials import StoredTrial
from lookalike.engine.asking import Asking
from lookalike.engine.trial_report import TrialReport
from lookalike.search.people.way import LIVE

__all__ = ["Trying"]


class Trying(Asking):
    """Trials of two ways of answering."""

    def start_trial(self, b: str, *, a: str = LIVE) -> StoredTrial:
        """Let two ways of answering share the lists of searches with ``against="trial"``, as those of the server are.

        The trial that runs ends. It pauses while another release, or another re-ranking of it, is live than now, and
        once the release that it tries is dropped.

        Args:
            b: what is tried, such as ``rerank=k-reciprocal``, ``personal=off``, ``diverse=0.3``, ``release=r2``.
            a: what it is compared with, written likewise; ``live`` for how the shop answers now.

        Raises:
            InvalidQuery: no such way, or both answer alike now.
            NotFound: there is no such release.
            StoreNotFound: nothing has been indexed yet.
        """
        self._writable()
        return self._trials().start(b, a)

    def stop_trial(self) -> bool:
        """End the trial that runs; whether one did."""
        return self._writable().end_trial()

    def trial(self) -> StoredTrial | None:
        """The trial that takes part in searches now; None where none does."""
        return self._trials().running()

    def credits(self) -> tuple[TrialReport, ...]:
        """What events on shared lists (`start_trial`, or `against` of a search or recommendation) say of each two."""
        return self._trials().reports()
