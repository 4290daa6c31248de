"""One net and its objective, learning step by step; everything that a step depends on is in its state.

Batches, variations and dropout depend on the seed and the number of the step alone, so that a learner which goes on
from a saved state goes the same way as one that was never interrupted.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import copy
import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import get_ema_multi_avg_fn

from lookalike.errors import TrainingDiverged
from lookalike.nets.assembly import Assembly
from lookalike.nets.committee import Committee
from lookalike.nets.head import Head
from lookalike.nets.mixed_precision import mixed_precision
from lookalike.train.config import TrainingConfig
from lookalike.train.feed import Feed, Given, pooled
from lookalike.train.objective.bagged import BaggedObjective
from lookalike.train.objective.nested import NestedObjective
from lookalike.train.objective.objective import Objective
from lookalike.train.schedule import rate_share
from lookalike.train.team import ALONE, Team

__all__ = ["Batches", "Learner"]

Batches: TypeAlias = Callable[[int], Sequence[Int64[np.ndarray, " _n"]]]
"""Of the number of an epoch its batches, rows of pictures."""
_MEASURED_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """A batch on the device.

    Attributes:
        number: counted from 0 over all epochs.
        given: this process's part of it, as the feed gives it.
        labels: of all of it, numbered for the objective.
    """

    number: int
    given: Given
    labels: Int64[torch.Tensor, " n"]


@final
class Learner:
    """Takes optimiser steps and embeds.

    Args:
        assembly: what learns; only parameters that require gradients do.
        objective: what is minimised; its labels are `labels`.
        feed: gives batches.
        batches: of an epoch, each time the same number of them.
        labels: of every picture, numbered for the objective; -1 for pictures that are not learned from.
        config: of the run.
        n_steps: over which the schedule runs.
        device: as torch names it.
        shown: rows of the pictures over which a committee becomes one head.
        team: the processes that learn together; each has a learner, all of them made alike.
    """

    def __init__(
        self,
        assembly: Assembly,
        objective: Objective | NestedObjective | BaggedObjective,
        feed: Feed,
        batches: Batches,
        labels: Int64[np.ndarray, " n"],
        config: TrainingConfig,
        *,
        n_steps: int,
        device: str,
        shown: Int64[np.ndarray, " _m"],
        team: Team = ALONE,
    ) -> None:
        self.assembly = assembly.to(device)
        self.objective = objective.to(device)
        self.n_steps = n_steps
        self.step = 0
        self._feed = feed
        self._batches = batches
        self._labels = labels
        self._config = config
        self._device = device
        self._shown = shown
        self._team = team
        self._optimiser = _optimiser(self.assembly, self.objective, config)
        self._rates = [float(group["lr"]) for group in self._optimiser.param_groups]
        # On a processor a head alone would pay for rounding and gain nothing.
        learns_layers = any(item.requires_grad for item in self.assembly.net.parameters())
        self._mixed = config.run.mixed_precision and (learns_layers or device.startswith("cuda"))
        self._average = _copied(_learning(self.assembly)) if config.schedule.ema else None
        self._epoch: tuple[int, Sequence[Int64[np.ndarray, " _n"]]] = (-1, ())
        self._ready: _Batch | None = None

    def advance(self) -> float:
        """One optimiser step; returns its loss, the mean over accumulated batches.

        Raises:
            TrainingDiverged: the loss is not finite; nothing has changed then.
        """
        config = self._config.optimiser
        self.assembly.train()
        self.objective.train()
        share = rate_share(self.step, self.n_steps, self._config.schedule)
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        self._optimiser.zero_grad(set_to_none=True)
        losses: list[torch.Tensor] = []
        with self._chance():
            for part in range(config.accumulate):
                loss = self._loss(self.step * config.accumulate + part) / config.accumulate
                loss.backward()
                losses.append(loss.detach())
        if self.step + 1 < self.n_steps:
            # Reading a loss waits for a GPU, which goes on meanwhile with what it was told.
            self._ready = self._batch((self.step + 1) * config.accumulate)
        total = sum(map(float, losses))
        if not math.isfinite(total):
            raise self._diverged(f"the loss is {total}")
        self._team.add_up(
            [*self.assembly.net.parameters(), *self.assembly.head.poolings.parameters()],
            [
                *(item for name, item in self.assembly.head.named_parameters() if not name.startswith("poolings.")),
                *self.objective.parameters(),
            ],
        )
        if config.clip_norm:
            parameters = [item for group in self._optimiser.param_groups for item in group["params"]]
            nn.utils.clip_grad_norm_(parameters, config.clip_norm)
        self._optimiser.step()
        self.step += 1
        self._follow()
        return total

    def vectors(self, rows: Int64[np.ndarray, " n"]) -> Float32[np.ndarray, "n dimension"]:
        """Unit vectors of these pictures as the finished model would make them now, of averaged weights if any.

        A committee gives those of the head that it would become now.

        Raises:
            TrainingDiverged: they are not finite.
        """
        if not len(rows):
            return np.empty((0, 0), np.float32)
        if isinstance(self.assembly.head, Committee):
            return self.merged().vectors(rows)
        own = rows[self._team.part(len(rows))]
        parts = [np.empty((0, self.assembly.head.config.dimension), np.float32)]
        with self.as_finished(), torch.no_grad():
            for start in range(0, len(own), _MEASURED_AT_ONCE):
                given = self._feed.plain(own[start : start + _MEASURED_AT_ONCE])
                found = functional.normalize(self.assembly.head(pooled(self.assembly, given)).float())
                parts.append(found.cpu().numpy().astype(np.float32))
        found = self._team.collected(np.concatenate(parts))
        if not np.isfinite(found).all():
            raise self._diverged("vectors are not finite")
        return found

    @contextmanager
    def as_finished(self) -> Generator[Assembly]:
        """The assembly in evaluation mode, with the averaged weights where there are any, for the while."""
        was_training = self.assembly.training
        self.assembly.eval()
        held = None
        if self._average is not None:
            held = _copied(_learning(self.assembly))
            _put(self.assembly, self._average)
        try:
            yield self.assembly
        finally:
            if held is not None:
                _put(self.assembly, held)
            self.assembly.train(was_training)

    def finished(self) -> dict[str, torch.Tensor]:
        """A copy of what has learned, as the finished model would have it.

        Raises:
            TrainingDiverged: it is not finite.
        """
        with self.as_finished() as assembly:
            learned = _copied(_learning(assembly))
        if not all(bool(torch.isfinite(item).all()) for item in learned.values()):
            raise self._diverged("what has learned is not finite")
        return learned

    def take(self, learned: dict[str, torch.Tensor]) -> None:
        """Put what `finished` gave into the assembly, and stop averaging."""
        self._average = None
        _put(self.assembly, learned)

    def merged(self) -> Learner:
        """What embeds with the one head that its committee becomes over the pictures shown, and does not learn.

        Everything else is this learner's, and it is this learner where its head is one already.
        """
        committee = self.assembly.head
        if isinstance(committee, Head):
            return self
        with self.as_finished(), torch.no_grad():
            # Not what they began with: poolings learn as well.
            parts = [
                pooled(self.assembly, self._feed.plain(self._shown[start : start + _MEASURED_AT_ONCE]))
                .float()
                .cpu()
                .numpy()
                for start in range(0, len(self._shown), _MEASURED_AT_ONCE)
            ]
            head = committee.merged(np.concatenate(parts)).cpu()
        # Machines that round otherwise turn its directions round, and what each embeds stands side by side.
        head.load_state_dict(self._team.agreed(head.state_dict()))
        other = copy.copy(self)
        if self._average is not None:
            # What is averaged of the head is in it already.
            rest = {name: value for name, value in self._average.items() if name.startswith("net.")}
            other._average = rest  # noqa: SLF001  of its own class
        other.assembly = Assembly(self.assembly.net, head.to(self._device))
        return other

    def state(self) -> dict[str, object]:
        """All that `load` needs to go on from here; tensors are copies."""
        return {
            "step": self.step,
            "learned": _copied(_learning(self.assembly)),
            "average": None if self._average is None else _copied(self._average),
            "objective": _copied(self.objective.state_dict()),
            "optimiser": self._optimiser.state_dict(),
        }

    def load(self, state: dict[str, object]) -> None:
        """Go on from what `state` gave."""
        self.step = int(state["step"])  # pyright: ignore[reportArgumentType]
        _put(self.assembly, state["learned"])  # pyright: ignore[reportArgumentType]
        average = state["average"]
        self._average = None
        if isinstance(average, dict):
            self._average = {name: value.to(self._device) for name, value in average.items()}
        self.objective.load_state_dict(state["objective"])  # pyright: ignore[reportArgumentType]
        self._optimiser.load_state_dict(state["optimiser"])  # pyright: ignore[reportArgumentType]

    def _diverged(self, what: str) -> TrainingDiverged:
        return TrainingDiverged(
            f"{what} after {self.step} steps: learn with a lower optimiser.head_rate, optimiser.backbone_rate or "
            "optimiser.objective_rate"
        )

    def _loss(self, number: int) -> torch.Tensor:
        ready, self._ready = self._ready, None
        batch = ready if ready is not None and ready.number == number else self._batch(number)
        with mixed_precision(self._device, wanted=self._mixed):
            found = self.assembly.head(self._team.gathered(pooled(self.assembly, batch.given), len(batch.labels)))
        return self.objective(found.float(), batch.labels)

    def _batch(self, number: int) -> _Batch:
        """The batch of that number, counted from 0 over all epochs: nothing else decides what it is."""
        rows, epoch = self._rows(number)
        given = self._feed.varied(rows, epoch, self._team.part(len(rows)))
        wanted = torch.from_numpy(self._labels[rows]).to(self._device, non_blocking=True)
        return _Batch(number, given, wanted)

    def _rows(self, number: int) -> tuple[Int64[np.ndarray, " _n"], int]:
        """Rows of the batch of that number, and its epoch."""
        if self._epoch[0] < 0:
            self._epoch = (0, self._batches(0))
        n = len(self._epoch[1])
        epoch = number // n
        if self._epoch[0] != epoch:
            self._epoch = (epoch, self._batches(epoch))
        return self._epoch[1][number % n], epoch

    @contextmanager
    def _chance(self) -> Generator[None]:
        """Dropout draws from torch's own generator: seeded by the step for the while, then as it was."""
        devices = [self._device] if self._device.startswith("cuda") else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(int(np.random.SeedSequence([self._config.run.seed, 1, self.step]).generate_state(1)[0]))
            yield

    def _follow(self) -> None:
        if self._average is None:
            return
        keep = self._config.schedule.ema
        newest = _learning(self.assembly)
        mixed = [name for name, value in newest.items() if value.is_floating_point()]
        with torch.no_grad():
            if mixed:
                # In one operation: on a GPU each of a hundred takes longer to begin than to do.
                mean = get_ema_multi_avg_fn(keep)
                mean([self._average[name] for name in mixed], [newest[name] for name in mixed], self.step)
            for name in newest.keys() - set(mixed):
                self._average[name].copy_(newest[name])


def _learning(assembly: Assembly) -> dict[str, torch.Tensor]:
    """Parameters that learn, and buffers of the head."""
    held = {name: item.detach() for name, item in assembly.named_parameters() if item.requires_grad}
    return held | {name: item for name, item in assembly.named_buffers() if name.startswith("head.")}


def _copied(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: item.detach().clone() for name, item in tensors.items()}


def _put(assembly: Assembly, values: dict[str, torch.Tensor]) -> None:
    held = _learning(assembly)
    with torch.no_grad():
        for name, value in values.items():
            held[name].copy_(value)


def _optimiser(
    assembly: Assembly, objective: Objective | NestedObjective | BaggedObjective, config: TrainingConfig
) -> torch.optim.Optimizer:
    """AdamW over groups of one rate and one decay each; empty groups are left out."""
    rates = config.optimiser
    groups: list[dict[str, object]] = []
    for module, rate in (
        (assembly.net, rates.backbone_rate),
        (assembly.head, rates.head_rate),
        (objective, rates.objective_rate),
    ):
        learning = [item for item in module.parameters() if item.requires_grad]
        # What scales or shifts a channel, and exponents, are not pulled to zero.
        for items, decay in (
            ([item for item in learning if item.ndim > 1], rates.weight_decay),
            ([item for item in learning if item.ndim <= 1], 0.0),
        ):
            if items:
                groups.append({"params": items, "lr": rate, "weight_decay": decay})
    # As one operation on a GPU, where each that is begun takes longer than it does.
    return torch.optim.AdamW(groups, fused=next(assembly.parameters()).is_cuda)
