"""What a study found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lookalike.train.tuning.space import Value

__all__ = ["Trial", "TuningReport"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of settings, tried.

    Attributes:
        number: in the order of trying, from 0; the first has the settings that the study began with.
        state: ``complete``, ``pruned`` (stopped early, it was worse than half of the others), or ``failed``.
        value: best MAP@R over held-out products; None where it failed before there was one.
        settings: by dotted name.
    """

    number: int
    state: str
    value: float | None
    settings: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class TuningReport:
    """What came out.

    Attributes:
        run: folder of the study.
        configuration: file with the best configuration, for ``train --config``.
        best: the best trial.
        first: the trial with the settings that the study began with; one without a value where none of them ended.
        trials: all, over all calls.
        baseline: MAP@R of the initial model on the same pictures: what a trial is to be better than.
        seconds: wall time of this call.
    """

    run: str
    configuration: str
    best: Trial
    first: Trial
    trials: tuple[Trial, ...]
    baseline: float
    seconds: float

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "run": self.run,
            "configuration": self.configuration,
            "best": _record(self.best),
            "first": _record(self.first),
            "trials": [_record(trial) for trial in self.trials],
            "baseline": {"map@r": self.baseline},
            "seconds": round(self.seconds, 3),
        }


def _record(trial: Trial) -> dict[str, object]:
    return {
        "number": trial.number,
        "state": trial.state,
        "map@r": trial.value,
        "settings": dict(trial.settings),
    }
