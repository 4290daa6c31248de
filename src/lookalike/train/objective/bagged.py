"""One objective for each head of a committee, each on the products that its head learns from."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import nn

from lookalike.train.objective.nested import NestedObjective
from lookalike.train.objective.objective import Objective

__all__ = ["BaggedObjective"]


class BaggedObjective(nn.Module):
    """The mean of the members' losses; a member does not see pictures of products that are not its own.

    Args:
        made: the objective of a member, of the number of its products.
        seen: whether each member learns from each product; at least two for each.

    Reference:
        Breiman 1996, "Bagging Predictors"; Xuan, Souvenir & Pless 2018, "Deep Randomized Ensembles for Metric Learning"
        (arXiv 1808.04469). Deviations: products are drawn instead of pictures, without replacement, and equally often;
        no products are taken for one; what the members say becomes one linear map (`lookalike.nets.committee`).
    """

    numbers: torch.Tensor
    """Of each product, the number that each member knows it by, or -1; shape (members, products)."""

    def __init__(
        self, made: Callable[[int], Objective | NestedObjective], seen: Bool[np.ndarray, "members n_products"]
    ) -> None:
        super().__init__()
        self._objectives = nn.ModuleList(made(int(own.sum())) for own in seen)
        numbers = np.where(seen, np.cumsum(seen, axis=1) - 1, -1)
        self.register_buffer("numbers", torch.from_numpy(numbers.astype(np.int64)))

    def forward(
        self, embeddings: Float[torch.Tensor, "n members_times_dimension"], labels: Int64[torch.Tensor, " n"]
    ) -> Float[torch.Tensor, ""]:
        """The mean loss over the members that see something of the batch.

        Args:
            embeddings: what the members say, side by side.
            labels: number of each picture's product.
        """
        losses: list[torch.Tensor] = []
        parts = embeddings.chunk(len(self._objectives), 1)
        for objective, part, numbers in zip(self._objectives, parts, self.numbers, strict=True):
            own = numbers[labels]
            rows = own >= 0
            if bool(rows.any()):
                losses.append(objective(part[rows], own[rows]))
        return torch.stack(losses).mean()
