"""Embeddings of earlier batches, to compare the present one with: a ring whose place is saved with it."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import nn

__all__ = ["Memory"]


class Memory(nn.Module):
    """The last `n_pictures` embeddings and their products, oldest overwritten first.

    Everything, the place in the ring included, is in ``state_dict``: a run that is resumed goes on with the same
    comparisons. (pytorch-metric-learning's CrossBatchMemory keeps its place outside.)

    Args:
        n_pictures: how many are remembered.
        dimension: of the embeddings.

    Reference:
        Wang, Zhang, Huang, Scott 2020, "Cross-Batch Memory for Embedding Learning" (arXiv 1912.06798), alg. 1.
    """

    embeddings: torch.Tensor
    labels: torch.Tensor
    n_seen: torch.Tensor

    def __init__(self, n_pictures: int, dimension: int) -> None:
        super().__init__()
        self.register_buffer("embeddings", torch.zeros(n_pictures, dimension))
        self.register_buffer("labels", torch.zeros(n_pictures, dtype=torch.int64))
        self.register_buffer("n_seen", torch.zeros((), dtype=torch.int64))

    def held(self) -> tuple[Float[torch.Tensor, "m dimension"], Int64[torch.Tensor, " m"]]:
        """What is remembered, in no particular order, without gradients."""
        n_held = min(int(self.n_seen), len(self.labels))
        return self.embeddings[:n_held], self.labels[:n_held]

    def remember(self, embeddings: Float[torch.Tensor, "n dimension"], labels: Int64[torch.Tensor, " n"]) -> None:
        """Take these in, in place of the oldest; of more than there is room for, the last.

        Args:
            embeddings: of a batch; their gradients are cut.
            labels: their products.
        """
        size = len(self.labels)
        first = max(0, len(labels) - size)
        n_seen = int(self.n_seen)
        places = torch.arange(n_seen + first, n_seen + len(labels), device=self.labels.device) % size
        self.embeddings[places] = embeddings[first:].detach().to(self.embeddings.dtype)
        self.labels[places] = labels[first:]
        self.n_seen += len(labels)
