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
from jaxtyping import Float, Float32, Int64, Shaped
from torch import nn
from torch.nn import functional

from lookalike.compress.options import ImitationOptions
from lookalike.nets.kept_memory import kept_memory
from lookalike.nets.mixed_precision import mixed_precision
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
        diverged: whether a loss or a weight was no finite number any more: nothing of it can be used.
    """

    steps: int
    seconds: float
    first: float
    last: float
    diverged: bool = False


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


@kept_memory()
def imitate(
    net: Net,
    seen: Shaped[np.ndarray, "n ..."],
    targets: Float32[np.ndarray, "n dimension"],
    options: ImitationOptions,
    *,
    generator: torch.Generator,
    own: Int64[np.ndarray, " _"] | None = None,
    below: str | None = None,
    device: str = "cpu",
    heard: Callable[[int, float], None] | None = None,
) -> Imitated:
    """Train `net` in place until its steps or minutes are used up; the learning rate ends at zero either way.

    Args:
        net: the student.
        seen: pictures as the student takes them, uint8 (n, side, side, 3); or with `below` what it gives there.
        targets: the teacher's vectors of the pictures.
        options: how long, how fast.
        generator: source of randomness, on the CPU.
        own: rows of the catalogue's own pictures, which make up `options.catalogue_share` of each batch; None or empty
            for no such share.
        below: the tensor that leads to all the layers that learn; None where all layers do.
        device: as torch names it.
        heard: called with the step and its loss.

    Raises:
        ValueError: `below` alone does not lead to the embedding.
    """
    net.to(device).train()
    wanted, result = torch.from_numpy(targets), net.description.output
    weights = list(net.parameters())
    if below is not None:
        weights = [
            weight
            for path in dict.fromkeys(net.layers_between([below], [result]))
            for weight in net.get_submodule(path).parameters()
        ]
    optimiser = torch.optim.AdamW(
        [
            {"params": [one for one in weights if one.ndim > 1], "weight_decay": options.weight_decay},
            {"params": [one for one in weights if one.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=options.rate,
    )
    all_rows = _Turns(np.arange(len(seen)), generator)
    own_rows = _Turns(np.empty(0, np.int64) if own is None else own, generator)
    n_own = min(round(options.catalogue_share * options.batch), options.batch - 1) if own_rows else 0
    started = time.perf_counter()
    losses: list[float] = []
    diverged = False
    for step in range(options.steps):
        passed = (time.perf_counter() - started) / 60.0 / options.minutes
        done = max(step / options.steps, passed)
        if done >= 1.0:
            break
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1.0, (step + 1) / options.warm_up) * (1 + math.cos(math.pi * done)) / 2
        rows = np.concatenate([all_rows.next(options.batch - n_own), own_rows.next(n_own)])
        batch = torch.from_numpy(seen[rows]).to(device)
        with mixed_precision(device, wanted=options.mixed_precision):
            answered = net(batch) if below is None else net.continued({below: _laid_out(batch)}, [result])[result]
        loss = imitation_loss(answered.float(), wanted[rows].to(device), similarity_weight=options.similarity_weight)
        if not math.isfinite(float(loss.detach())):
            diverged = True
            break
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, options.largest_gradient)
        optimiser.step()
        losses.append(float(loss.detach()))
        if heard is not None:
            heard(step, losses[-1])
    net.eval()
    diverged = diverged or not all(bool(torch.isfinite(weight).all()) for weight in weights)
    tenth = max(1, len(losses) // 10)
    return Imitated(
        len(losses),
        time.perf_counter() - started,
        float(np.mean(losses[:tenth])) if losses else float("nan"),
        float(np.mean(losses[-tenth:])) if losses else float("nan"),
        diverged,
    )


def _laid_out(maps: torch.Tensor) -> Float[torch.Tensor, "n channels height width"]:
    """Maps in full precision, channels last in memory as the layers want them."""
    return maps.float().contiguous(memory_format=torch.channels_last)


class _Turns:
    """Numbers in an order of chance, none a second time before all others had their turn."""

    def __init__(self, numbers: Int64[np.ndarray, " n"], generator: torch.Generator) -> None:
        self._numbers, self._generator = numbers, generator
        self._left = np.empty(0, np.int64)

    def __bool__(self) -> bool:
        return len(self._numbers) > 0

    def next(self, n: int) -> Int64[np.ndarray, " _"]:
        """The next `n`."""
        while len(self._left) < n:
            order = torch.randperm(len(self._numbers), generator=self._generator).numpy()
            self._left = np.concatenate([self._left, self._numbers[order]])
        taken, self._left = self._left[:n], self._left[n:]
        return taken
