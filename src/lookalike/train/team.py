"""Several processes that train one model together, each on a GPU of its own, started by torch's launcher.

Every process draws the same batches and takes the same decisions; each computes its part of a batch, and all of them
the objective over the whole of it. So a step is the step that one process would take: the number of processes changes
how long a run takes, not what it learns.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TypeVar, final

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import distributed, nn

from lookalike.errors import InvalidConfiguration

__all__ = ["ALONE", "Team", "joined_team"]

T = TypeVar("T")


@final
class Team:
    """This process and the others.

    Args:
        rank: of this process, from 0.
        size: how many there are; 1 needs nothing to be set up.

    Raises:
        ValueError: a rank outside.
    """

    def __init__(self, rank: int, size: int) -> None:
        if not 0 <= rank < size:
            raise ValueError(f"the rank must be 0 to {size - 1}, received {rank}")
        self.rank = rank
        self.size = size

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def part(self, n: int) -> slice:
        """Which of `n` rows are this process's; parts differ in length by one at most, and follow each other."""
        edges = self._edges(n)
        return slice(edges[self.rank], edges[self.rank + 1])

    def gathered(self, own: Float[torch.Tensor, "part channels"], n: int) -> Float[torch.Tensor, "n channels"]:
        """All rows, in order; gradients flow into this process's own alone.

        Args:
            own: the rows of `part`.
            n: of all processes together.
        """
        if self.size == 1:
            return own
        edges = self._edges(n)
        longest = max(int(length) for length in np.diff(edges))
        # All processes have to send as much; what is too much is cut off again.
        sent = own.new_zeros((longest, own.shape[1]))
        sent[: len(own)] = own.detach()
        received = [torch.empty_like(sent) for _ in range(self.size)]
        distributed.all_gather(received, sent)
        parts = [rows[: edges[place + 1] - edges[place]] for place, rows in enumerate(received)]
        parts[self.rank] = own
        return torch.cat(parts)

    def collected(self, own: Float32[np.ndarray, "part d"]) -> Float32[np.ndarray, "n d"]:
        """The arrays of all processes, one behind the other."""
        if self.size == 1:
            return own
        found: list[np.ndarray | None] = [None] * self.size
        distributed.all_gather_object(found, own)
        return np.concatenate([part for part in found if part is not None and len(part)])

    def agreed(self, value: T) -> T:
        """The leader's value, in every process."""
        if self.size == 1:
            return value
        held: list[T | None] = [value if self.leads else None]
        distributed.broadcast_object_list(held, src=0)
        return held[0]  # pyright: ignore[reportReturnType]  the leader put a T there

    def add_up(self, summed: Iterable[nn.Parameter], shared: Iterable[nn.Parameter]) -> None:
        """Make the gradients of all processes one.

        Args:
            summed: parameters before `gathered`: each process has the gradient of its own rows.
            shared: those behind it, of whose gradient every process has the whole; the mean irons out what rounding
                on different devices leaves.
        """
        if self.size == 1:
            return
        for parameters, share in ((summed, 1.0), (shared, 1.0 / self.size)):
            gradients = [item.grad for item in parameters if item.grad is not None]
            if not gradients:
                continue
            flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
            distributed.all_reduce(flat)
            flat.mul_(share)
            start = 0
            for gradient in gradients:
                gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
                start += gradient.numel()

    def _edges(self, n: int) -> list[int]:
        return [n * place // self.size for place in range(self.size + 1)]


ALONE = Team(0, 1)
"""One process, which needs no launcher."""


@contextmanager
def joined_team(device: str, environment: Mapping[str, str] = os.environ) -> Generator[Team]:
    """The team that torch's launcher started this process for; `ALONE` where it did not.

    Args:
        device: ``cuda`` or ``cpu``; on ``cuda`` each process takes the GPU of its local rank.
        environment: has ``WORLD_SIZE``, ``RANK`` and ``LOCAL_RANK`` where there is a launcher.

    Raises:
        InvalidConfiguration: more processes than GPUs on this machine.

    Reference:
        torchrun, https://docs.pytorch.org/docs/stable/elastic/run.html
    """
    size = int(environment.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    local = int(environment.get("LOCAL_RANK", "0"))
    if device == "cuda":
        if local >= torch.cuda.device_count():
            raise InvalidConfiguration(
                f"process {local} of this machine finds no GPU of its own: there are {torch.cuda.device_count()}; "
                "start as many with --nproc-per-node"
            )
        torch.cuda.set_device(local)
    distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield Team(int(environment["RANK"]), size)
    finally:
        distributed.destroy_process_group()
