"""The same objective on the beginnings of vectors, so that the first numbers work alone."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import nn

from lookalike.nets.head import prefixes
from lookalike.train.objective.config import ObjectiveConfig
from lookalike.train.objective.objective import Objective

__all__ = ["NestedObjective"]


class NestedObjective(nn.Module):
    """The mean of one objective on whole vectors and one on each of some beginnings of them.

    Each has parameters and a memory of its own: what stands for a product among 32 numbers is not the beginning of what
    stands for it among 256.

    Args:
        config: of all of them.
        sizes: lengths of the beginnings, rising; the whole length is always among them.
        n_products: labels are 0 to this, exclusive.
        dimension: of the embeddings.
        generator: where proxies and class weights start; on the CPU.

    Raises:
        InvalidConfiguration: as of `Objective`.

    Reference:
        Kusupati et al. 2022, "Matryoshka Representation Learning" (arXiv 2205.13147), eq. 1 with all weights equal;
        here with an objective of metric learning instead of a classifier, on beginnings scaled to unit length.
    """

    def __init__(
        self,
        config: ObjectiveConfig,
        *,
        sizes: Sequence[int],
        n_products: int,
        dimension: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.sizes = (*(size for size in sizes if size < dimension), dimension)
        self._objectives = nn.ModuleList(
            Objective(config, n_products=n_products, dimension=size, generator=generator) for size in self.sizes
        )

    def forward(
        self, embeddings: Float[torch.Tensor, "n dimension"], labels: Int64[torch.Tensor, " n"]
    ) -> Float[torch.Tensor, ""]:
        """The mean loss over all lengths.

        Args:
            embeddings: whole vectors, of any length but 0.
            labels: number of each picture's product.
        """
        beginnings = prefixes(embeddings, self.sizes)
        losses = [objective(part, labels) for objective, part in zip(self._objectives, beginnings, strict=True)]
        return torch.stack(losses).mean()
