"""What was measured to help, and is therefore used: one document a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lookalike.search.rank.methods import METHODS

__all__ = ["OFF_METHOD", "RankSetting"]

OFF_METHOD = "off"


@dataclass(frozen=True, slots=True)
class RankSetting:
    """The choice for a release, and what it rests on.

    Attributes:
        method: a name of `METHODS`, or ``off``.
        fingerprint: of the release's model.
        measured_on: when, UTC.
        golden: what it was measured with.
        n_queries: how many questions that were.
        n_answers: how many different products they asked for.
        metric: what it was chosen by.
        effect: of the chosen method over none: ``value``, ``low``, ``high`` of the paired difference in `metric`.
        milliseconds: what the method takes a query.
        measured: every method that was tried, for people.
    """

    method: str
    fingerprint: str
    measured_on: str
    golden: str
    n_queries: int
    n_answers: int
    metric: str
    effect: Mapping[str, float]
    milliseconds: float
    measured: Mapping[str, object]

    @property
    def name(self) -> str | None:
        """The method to use; None for none."""
        return None if self.method == OFF_METHOD else self.method

    def as_dict(self) -> dict[str, object]:
        """The document that is stored."""
        return {
            "method": self.method,
            "fingerprint": self.fingerprint,
            "measured_on": self.measured_on,
            "golden": self.golden,
            "queries": self.n_queries,
            "answers": self.n_answers,
            "metric": self.metric,
            "effect": dict(self.effect),
            "milliseconds": self.milliseconds,
            "measured": dict(self.measured),
        }

    def summary(self) -> dict[str, object]:
        """What `releases` shows: all but the fingerprint and the methods that were not chosen."""
        return {name: value for name, value in self.as_dict().items() if name not in ("fingerprint", "measured")}

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> RankSetting | None:
        """The setting that `as_dict` wrote; None of another version, or with a method that is no longer known."""
        method, effect, measured = (document.get(name) for name in ("method", "effect", "measured"))
        if not isinstance(method, str) or (method != OFF_METHOD and method not in METHODS):
            return None
        texts = [document.get(name) for name in ("fingerprint", "measured_on", "golden", "metric")]
        numbers = [document.get(name) for name in ("queries", "answers", "milliseconds")]
        if not isinstance(effect, Mapping) or not isinstance(measured, Mapping):
            return None
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(n, int | float) for n in numbers):
            return None
        fingerprint, measured_on, golden, metric = (str(text) for text in texts)
        n_queries, n_answers, milliseconds = (float(n) for n in numbers if isinstance(n, int | float))
        return cls(
            method=method,
            fingerprint=fingerprint,
            measured_on=measured_on,
            golden=golden,
            n_queries=int(n_queries),
            n_answers=int(n_answers),
            metric=metric,
            effect={str(name): float(value) for name, value in effect.items()},
            milliseconds=milliseconds,
            measured={str(name): value for name, value in measured.items()},
        )
