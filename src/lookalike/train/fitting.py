"""Steps, measurements, early stopping and checkpoints: from a learner that has not begun to the best one."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float64

from lookalike.evaluate.intervals import ClusterSums
from lookalike.nets.kept_memory import kept_memory
from lookalike.train.config import StoppingConfig, Taken
from lookalike.train.held_out import HeldOut
from lookalike.train.learner import Learner
from lookalike.train.measurement import Asked, Measurement, ask

__all__ = ["Fitting", "Look", "Moment", "Watch", "fit"]

_SAVED_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a run is.

    Attributes:
        phase: what is going on, in a word or two.
        done: steps, or pictures, done.
        total: of how many; None while that is not known.
        seconds: wall time since the phase began.
        loss: smoothed, where there is one.
        measured: newest MAP@R over held-out products, where there is one.
        best: highest one so far.
    """

    phase: str
    done: int
    total: int | None
    seconds: float
    loss: float | None = None
    measured: float | None = None
    best: float | None = None


Watch: TypeAlias = Callable[[Moment], None]
Look: TypeAlias = Callable[[Mapping[str, Any], np.ndarray], None]
"""Of the newest entry of the history and the unit vectors of the held-out pictures, at every measurement."""


@dataclass(slots=True)
class Fitting:
    """Where a fit is; becomes its result.

    Attributes:
        taken_step: step of the measurement that is taken (`StoppingConfig.taken`), or the last step where nothing is
            measured.
        taken: that measurement, None where nothing is measured.
        learned: what had been learned at `taken_step`.
        highest: average precisions of the pictures asked at the highest measurement, empty before the first.
        history: one entry a measurement, JSON-ready.
        waited: measurements since the one taken.
        losses: sum and number of losses since the last entry.
        epochs: that `taken_step` is, once the fit is over.
        seconds: spent so far, over all interruptions.
    """

    taken_step: int = 0
    taken: Measurement | None = None
    learned: dict[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])
    highest: Float64[np.ndarray, " _asked"] = field(default_factory=lambda: np.empty(0))
    history: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    waited: int = 0
    losses: tuple[float, int] = (0.0, 0)
    epochs: float = 0.0
    seconds: float = 0.0

    def as_state(self) -> dict[str, object]:
        """For a checkpoint."""
        return {
            "taken_step": self.taken_step,
            "taken": None if self.taken is None else self.taken.as_dict(),
            "learned": self.learned,
            "highest": torch.from_numpy(self.highest),
            "history": self.history,
            "waited": self.waited,
            "losses": self.losses,
            "epochs": self.epochs,
            "seconds": self.seconds,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Fitting:
        """What `as_state` gave."""
        taken = state["taken"]
        return cls(
            taken_step=state["taken_step"],
            taken=None if taken is None else Measurement.from_dict(taken),
            learned=state["learned"],
            highest=state["highest"].numpy(),
            history=state["history"],
            waited=state["waited"],
            losses=state["losses"],
            epochs=state["epochs"],
            seconds=state["seconds"],
        )


@kept_memory()
def fit(
    learner: Learner,
    state: Fitting,
    *,
    phase: str,
    until: int,
    steps_per_epoch: int,
    stopping: StoppingConfig,
    held_out: HeldOut,
    save: Callable[[Fitting], None],
    watch: Watch | None = None,
    look: Look | None = None,
) -> Fitting:
    """Advance `learner` to step `until`, or until it no longer becomes better.

    Args:
        learner: at the step that `state` belongs to.
        state: a new one, or that of an interrupted fit.
        phase: name of the fit in the history.
        until: last step, not more than those of the learner's schedule.
        steps_per_epoch: an epoch in steps.
        stopping: how often to measure, and how long to wait.
        held_out: the pictures to measure; without any it never measures, and takes the last step.
        save: called with the state whenever it is worth to go on from here.
        watch: called after every step.
        look: called after every measurement.
    """
    started = saved = time.perf_counter()
    before = state.seconds
    smoothed: float | None = None
    if learner.step == 0:
        _measure(learner, state, phase, steps_per_epoch, held_out, stopping, look)
    while learner.step < until and not (stopping.patience and state.waited >= stopping.patience):
        loss = learner.advance()
        state.losses = (state.losses[0] + loss, state.losses[1] + 1)
        smoothed = loss if smoothed is None else 0.9 * smoothed + 0.1 * loss
        now = time.perf_counter()
        state.seconds = before + now - started
        due = learner.step % (stopping.every * steps_per_epoch) == 0 or learner.step == until
        if due:
            _measure(learner, state, phase, steps_per_epoch, held_out, stopping, look)
        if (due and len(held_out)) or now - saved > _SAVED_EVERY_SECONDS:
            save(state)
            saved = time.perf_counter()
        if watch is not None:
            last = state.history[-1].get("map@r") if state.history else None
            watch(
                Moment(
                    phase,
                    learner.step,
                    until,
                    now - started,
                    smoothed,
                    float(last) if isinstance(last, float) else None,
                    float(state.highest.mean()) if len(state.highest) else None,
                )
            )
    if not len(held_out):
        state.taken_step, state.learned = learner.step, learner.finished()
    return state


def _measure(
    learner: Learner,
    state: Fitting,
    phase: str,
    steps_per_epoch: int,
    held_out: HeldOut,
    stopping: StoppingConfig,
    look: Look | None,
) -> None:
    total, n = state.losses
    entry: dict[str, object] = {
        "phase": phase,
        "step": learner.step,
        "epoch": round(learner.step / steps_per_epoch, 3),
        "loss": total / n if n else None,
        "seconds": round(state.seconds, 3),
    }
    state.losses = (0.0, 0)
    vectors = None
    if len(held_out):
        vectors = held_out.completed(learner.vectors(held_out.rows))
        found = ask(vectors, held_out.labels)
        measurement = found.measurement
        entry |= {"map@r": measurement.map_at_r.value, "recall@1": measurement.recall_at_1.value}
        # What has not learned yet is written down, but is no candidate.
        if learner.step:
            entry["taken"] = _is_taken(state, found, stopping.taken)
            if entry["taken"]:
                state.taken, state.taken_step, state.waited = measurement, learner.step, 0
                state.learned = learner.finished()
            else:
                state.waited += 1
    state.history.append(entry)
    if look is not None and vectors is not None:
        look(entry, vectors)


def _is_taken(state: Fitting, found: Asked, rule: Taken) -> bool:
    """Whether the model is the one to take as it is now (`StoppingConfig.taken`); what was found is kept if highest."""
    if not len(state.highest) or found.precisions.mean() > state.highest.mean():
        state.highest = found.precisions
        return True
    behind = ClusterSums.of(state.highest - found.precisions, found.clusters)
    return rule == "last-as-good" and len(behind.sums) > 1 and behind.mean <= 2 * behind.standard_error()
