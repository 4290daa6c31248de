"""A net learns to answer as another model does: no labels, any pictures."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import nn
from torch.nn import functional

from lookalike.compress.options import ImitationOptions
from lookalike.nets.net import Net

__all__ = ["Imitated", "imitate", "imitation_loss"]

Rows: TypeAlias = Float[torch.Tensor, "n dimension"]


@dataclass(frozen=True, slots=True)
class Imitated:
    """What a run of learning did.

    Attributes:
        steps: batches seen.
        seconds: wall time.
        first: mean loss over the first tenth of the steps.
        last: over the last tenth.
    """

    steps: int
    seconds: float
    first: float
    last: float


def imitation_loss(student: Rows, teacher: Rows, *, similarity_weight: float) -> Float[torch.Tensor, ""]:
    """Mean of 1 - cos(s_i, t_i), and of (s_i · s_j - t_i · t_j)² over pairs of the batch, weighted.

    The first asks for the same vectors, the second for the same neighbours, which is what a search shows.

    Args:
        student: rows, of any length.
        teacher: rows of as many pictures, of as many dimensions.
        similarity_weight: of the second part.

    Reference:
        Park et al. 2019, "Relational Knowledge Distillation" (arXiv 1904.05068), with cosines in place of distances
        and angles; Tung & Mori 2019, "Similarity-Preserving Knowledge Distillation" (arXiv 1907.09682), unnormalised.
    """
    s, t = functional.normalize(student, dim=1), functional.normalize(teacher, dim=1)
    apart = 1.0 - (s * t).sum(1).mean()
    return apart + similarity_weight * (s @ s.T - t @ t.T).square().mean()


def imitate(
    net: Net,
    squares: UInt8[np.ndarray, "n size size 3"],
    targets: Float32[np.ndarray, "2 n dimension"],
    options: ImitationOptions,
    *,
    generator: torch.Generator,
    device: str = "cpu",
    heard: Callable[[int, float], None] | None = None,
) -> Imitated:
    """Train `net` in place until its steps or minutes are used up; the learning rate ends at zero either way.

    Args:
        net: the student.
        squares: pictures as the student takes them.
        targets: the teacher's vectors of the pictures, and of the pictures mirrored.
        options: how long, how fast.
        generator: source of randomness, on the CPU.
        device: as torch names it.
        heard: called with the step and its loss.
    """
    net.to(device).train()
    pictures, wanted = torch.from_numpy(squares), torch.from_numpy(targets)
    decaying = [weight for weight in net.parameters() if weight.ndim > 1]
    plain = [weight for weight in net.parameters() if weight.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decaying, "weight_decay": options.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=options.rate,
    )
    started = time.perf_counter()
    losses: list[float] = []
    order = torch.empty(0, dtype=torch.int64)
    for step in range(options.steps):
        passed = (time.perf_counter() - started) / 60.0 / options.minutes
        done = max(step / options.steps, passed)
        if done >= 1.0:
            break
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1.0, (step + 1) / options.warm_up) * (1 + math.cos(math.pi * done)) / 2
        if len(order) < options.batch:
            order = torch.randperm(len(pictures), generator=generator)
        rows, order = order[: options.batch], order[options.batch :]
        mirrored = torch.rand(len(rows), generator=generator) < 0.5
        batch = pictures[rows]
        batch = torch.where(mirrored[:, None, None, None], batch.flip(2), batch)
        loss = imitation_loss(
            net(batch.to(device)),
            wanted[mirrored.long(), rows].to(device),
            similarity_weight=options.similarity_weight,
        )
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), options.largest_gradient)
        optimiser.step()
        losses.append(float(loss.detach()))
        if heard is not None:
            heard(step, losses[-1])
    net.eval()
    tenth = max(1, len(losses) // 10)
    return Imitated(
        len(losses),
        time.perf_counter() - started,
        float(np.mean(losses[:tenth])) if losses else float("nan"),
        float(np.mean(losses[-tenth:])) if losses else float("nan"),
    )
