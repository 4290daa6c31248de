"""Heads that learn side by side over the same pooled rows, and the one head that they are when they have learned."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float
from torch import nn
from torch.nn import functional

from lookalike.nets.configuration import HeadConfig
from lookalike.nets.head import Head

__all__ = ["Committee"]

Rows: TypeAlias = Float[torch.Tensor, "n channels"]
_LEAST = 1e-6
"""How far, beside the rows that a committee is merged over, all that it could be told counts."""


@final
class Committee(nn.Module):
    """x -> [h1(x) / |h1(x)|, h2(x) / |h2(x)|, ...]: a cosine of these is the mean of the members' cosines.

    The members pool with the same modules.

    Args:
        heads: the members, made alike, at least one; they are taken over, not copied.

    Raises:
        ValueError: no member.
    """

    def __init__(self, heads: Sequence[Head]) -> None:
        super().__init__()
        if not heads:
            raise ValueError("a committee has at least one head, received none")
        self.poolings = heads[0].poolings
        for head in heads:
            head.poolings = self.poolings
        self.heads = nn.ModuleList(heads)

    @property
    def members(self) -> list[Head]:
        """The heads, in their order."""
        return [head for head in self.heads if isinstance(head, Head)]

    @property
    def config(self) -> HeadConfig:
        """How each of them is made, and the head that they become."""
        return self.members[0].config

    def pool(self, maps: Sequence[Float[torch.Tensor, "n _ _ _"]]) -> Rows:
        """The pooled scales side by side, from one feature map for each of ``config.features``."""
        return self.members[0].pool(maps)

    def forward(self, pooled: Rows) -> Float[torch.Tensor, "n members_times_dimension"]:
        """What the members say, each at unit length, side by side."""
        return torch.cat([functional.normalize(head(pooled)) for head in self.members], 1)

    def merged(self, pooled: Float[np.ndarray, "n channels"]) -> Head:
        """One head of the configured dimension whose cosines are nearly the committee's.

        What the members say of `pooled`, each divided by its mean length there and the whole by its own length, has
        principal directions about 0; the head says how far a vector goes along the first of them, and of directions
        in which no row goes along those in which the members' map goes farthest. Costs as much as one member, and
        splits over places as one does.

        Args:
            pooled: rows like those that will come, such as those learned from.

        Raises:
            ValueError: no rows.
        """
        if not len(pooled):
            raise ValueError("a committee is merged over rows, received none")
        maps = [head.merged() for head in self.members]
        lengths = [float(np.linalg.norm(pooled @ matrix.T + offset, axis=1).mean()) or 1.0 for matrix, offset in maps]
        matrix = np.concatenate([one / length for (one, _), length in zip(maps, lengths, strict=True)])
        offset = np.concatenate([one / length for (_, one), length in zip(maps, lengths, strict=True)])
        # Many members say no more than they are told: lengths and angles are those of what is left when the common
        # orthonormal columns are taken off, in as many numbers as there are channels, and the offset's.
        whole: np.ndarray = np.linalg.qr(np.column_stack([matrix, offset]).astype(np.float64), mode="r")  # pyright: ignore[reportAssignmentType]  "r" gives R alone
        matrix, offset = whole[:, :-1], whole[:, -1]
        said = pooled @ matrix.T + offset
        said /= np.maximum(np.linalg.norm(said, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        spread = said.T @ said / len(said)
        reach = matrix @ matrix.T
        # Of a symmetric matrix the eigenvalues rise.
        directions = np.linalg.eigh(spread + _LEAST * reach / (np.trace(reach) or 1.0))[1]
        directions = directions[:, ::-1][:, : self.config.dimension].T
        head = copy.deepcopy(self.members[0])
        # The members' necks are in their maps already.
        head.neck = None
        with torch.no_grad():
            head.projection.weight.copy_(torch.from_numpy((directions @ matrix).astype(np.float32)))
            head.projection.bias.copy_(torch.from_numpy((directions @ offset).astype(np.float32)))
        return head
