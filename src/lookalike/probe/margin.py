"""What an attacker wants of a ranking: some products of the gallery above all the others."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float

from lookalike.types import Vectors

__all__ = ["Margin"]

_NEVER = -3.0
"""Below every difference of two cosines."""


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """By how much the best favoured gallery row is nearer than the best of the others; positive means it won.

    Attributes:
        gallery: unit vectors, shape (rows, dimension).
        favoured: shape (n, rows): for each query the rows that shall come first. All wrong ones for an untargeted
            attack, those of the chosen product for a targeted one. A query that favours all rows or none has no
            margin to gain.
    """

    gallery: Vectors
    favoured: Bool[np.ndarray, "queries rows"]

    def __post_init__(self) -> None:
        if self.favoured.shape[1] != len(self.gallery):
            raise ValueError(f"favoured has {self.favoured.shape[1]} columns, expected one a row: {len(self.gallery)}")

    def of(self, embeddings: Float[torch.Tensor, "m dimension"], queries: slice) -> Float[torch.Tensor, " m"]:
        """max over favoured rows of the cosine, minus max over the others, for the queries of that slice."""
        device = embeddings.device
        favoured = torch.from_numpy(self.favoured[queries]).to(device)
        units = torch.nn.functional.normalize(embeddings, dim=1)
        similarities = units @ torch.from_numpy(np.array(self.gallery)).to(device).T
        wanted = similarities.masked_fill(~favoured, _NEVER).amax(1)
        return wanted - similarities.masked_fill(favoured, _NEVER).amax(1)
