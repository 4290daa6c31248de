"""What people's events say of two ways of answering that shared lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.catalog.behaviour import StoredEvent
from lookalike.catalog.trial_failures import TrialFailure
from lookalike.catalog.trials import StoredTrial
from lookalike.search.people.interleaving import Credit, Draft, credit
from lookalike.search.people.trial import Trial, whole_lists

__all__ = ["TrialReport", "trial_reports"]

_SURE = 0.05


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What people's events say about two rankers.

    Attributes:
        a: the first.
        b: the second.
        trial: the store's trial; None for lists that were asked for one by one.
        shoppers: how many different ones acted on the lists.
        credit: who won, and how sure that is.
        failures: searches of the store's trial that one of them could not answer; they are nobody's vote.
    """

    a: str
    b: str
    trial: StoredTrial | None
    shoppers: int
    credit: Credit
    failures: tuple[TrialFailure, ...] = ()

    @property
    def says(self) -> str:
        """``a`` or ``b`` for the better one, ``undecided`` while either may be, however often one looks."""
        if self.credit.p_any_time > _SURE:
            return "undecided"
        return "a" if self.credit.a > self.credit.b else "b"

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        one = self.credit
        return {
            "trial": None,
            "a": self.a,
            "b": self.b,
            **({} if self.trial is None else self.trial.as_dict()),
            "questions": one.a + one.b + one.ties,
            "shoppers": self.shoppers,
            "wins_a": one.a,
            "wins_b": one.b,
            "ties": one.ties,
            "preference": {"value": round(one.preference, 6), "low": round(one.low, 6), "high": round(one.high, 6)},
            "p_value": one.p_value,
            "p_any_time": one.p_any_time,
            "says": self.says,
            "failures": [failure.as_dict() for failure in self.failures],
        }


def trial_reports(
    trials: Sequence[StoredTrial], events: Sequence[StoredEvent], failures: Sequence[TrialFailure] = ()
) -> tuple[TrialReport, ...]:
    """One report for each trial, and for each two rankers whose lists were asked for one by one.

    Args:
        trials: of the store; lists that name other numbers are none that it gave, and are left out.
        events: of everybody.
        failures: of all trials.
    """
    stored = {one.number: one for one in trials}
    acted: dict[tuple[str, str, int | None], list[tuple[StoredEvent, Trial]]] = {
        (one.a, one.b, one.number): [] for one in stored.values()
    }
    for event, trial in _acted(events):
        pair = (trial.a, trial.b, trial.number)
        if trial.number is None or pair in acted:
            acted.setdefault(pair, []).append((event, trial))
    return tuple(
        TrialReport(
            a,
            b,
            None if number is None else stored[number],
            len({event.shopper for event, _ in known}),
            _credit_of(known),
            tuple(one for one in failures if one.trial == number),
        )
        for (a, b, number), known in acted.items()
    )


def _acted(events: Sequence[StoredEvent]) -> list[tuple[StoredEvent, Trial]]:
    """Events on places of shared lists, each with its list."""
    found: list[tuple[StoredEvent, Trial]] = []
    for event in events:
        trial = None if event.query is None else Trial.read(event.query)
        if trial is not None and event.position is not None and event.position <= len(trial.teams):
            found.append((event, trial))
    return found


def _credit_of(acted: Sequence[tuple[StoredEvent, Trial]]) -> Credit:
    """What events say of the two ways whose lists they are on; pages of a list are one question with it."""
    whole = whole_lists(trial for _, trial in acted)
    clicks: dict[str, list[str]] = {}
    for event, trial in acted:
        clicks.setdefault(whole[trial.query].query, []).append(str(event.position))
    return credit({one.query: _places(one) for one in whole.values()}, clicks)


def _places(trial: Trial) -> Draft:
    """The list by its places: which product stood there is not known any more, and of no account."""
    return Draft(tuple(str(place) for place in range(1, len(trial.teams) + 1)), trial.teams)
