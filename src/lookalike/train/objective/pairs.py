"""Which pairs and triplets of a batch count, out of all that labels allow.

Written here rather than taken from pytorch-metric-learning, whose enumeration of triplets needs n x m x m bytes: with a
memory of 4,096 embeddings beside a batch of 128 that is 2 GB. Without a memory the choices are the same as its miners'.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

from typing import TypeAlias

import torch
from jaxtyping import Bool, Float, Int64

from lookalike.train.objective.config import MinerName, Similarity

__all__ = ["Chosen", "choose", "closeness"]

Indices: TypeAlias = Int64[torch.Tensor, " _"]
Chosen: TypeAlias = tuple[Indices, Indices, Indices] | tuple[Indices, Indices, Indices, Indices]
"""Triplets (anchor, positive, negative), or pairs (anchor, positive, anchor, negative), as the library takes them."""
Closeness: TypeAlias = Float[torch.Tensor, "n m"]
Allowed: TypeAlias = Bool[torch.Tensor, "n m"]

_EPSILON = 0.1


def closeness(
    embeddings: Float[torch.Tensor, "n dimension"], references: Float[torch.Tensor, "m dimension"], kind: Similarity
) -> Closeness:
    """How close each embedding is to each reference, higher is closer: their cosine, or minus the Euclidean distance.

    Args:
        embeddings: of any length but 0; they are normalised here.
        references: likewise.
        kind: of similarity.
    """
    a = torch.nn.functional.normalize(embeddings)
    b = torch.nn.functional.normalize(references)
    return a @ b.T if kind == "cosine" else -torch.cdist(a, b)


def choose(
    close: Closeness,
    labels: Int64[torch.Tensor, " n"],
    reference_labels: Int64[torch.Tensor, " m"],
    *,
    miner: MinerName,
    margin: float,
    triplets: bool,
) -> Chosen:
    """The pairs or triplets that count; no picture is ever its own positive.

    A tie with the margin counts as a violation. Of several equally hard pictures the first is taken. An anchor without
    a positive or without a negative is left out of triplets.

    Args:
        close: of the batch to the references, the first n of which are the batch itself.
        labels: products of the batch.
        reference_labels: products of the references.
        miner: which of them.
        margin: of ``semi_hard`` and ``batch_all``.
        triplets: whether a loss of triplets asks; ``none`` gives triplets or pairs accordingly.

    Reference:
        ``hard`` (batch hard), ``batch_all``: Hermans, Beyer, Leibe 2017 (arXiv 1703.07737), section 2; ``semi_hard``:
        Schroff, Kalenichenko, Philbin 2015, "FaceNet" (arXiv 1503.03832), eq. 4; ``multi_similarity``: Wang et al.
        2019 (arXiv 1904.06627), eq. 7 and 8 with epsilon 0.1.
    """
    same = labels[:, None] == reference_labels[None, :]
    n = len(labels)
    itself = torch.arange(n, device=labels.device)
    positive = same.clone()
    positive[itself, itself] = False
    match miner:
        case "none":
            return _triplets(positive, ~same) if triplets else _pairs(positive, ~same)
        case "multi_similarity":
            return _informative(close, positive, ~same)
        case "hard":
            return _hardest(close, positive, ~same)
        case "semi_hard" | "batch_all":
            anchor, near, far = _triplets(positive, ~same)
            gap = close[anchor, near] - close[anchor, far]
            kept = (gap <= margin) & (gap > 0) if miner == "semi_hard" else gap <= margin
            return anchor[kept], near[kept], far[kept]


def _pairs(positive: Allowed, negative: Allowed) -> Chosen:
    first, near = torch.where(positive)
    second, far = torch.where(negative)
    return first, near, second, far


def _triplets(positive: Allowed, negative: Allowed) -> tuple[Indices, Indices, Indices]:
    """Every positive pair with every negative of its anchor; memory is (positive pairs) x m."""
    anchors, positives = torch.where(positive)
    pair, negatives = torch.where(negative[anchors])
    return anchors[pair], positives[pair], negatives


def _hardest(close: Closeness, positive: Allowed, negative: Allowed) -> Chosen:
    complete = positive.any(dim=1) & negative.any(dim=1)
    furthest = close.masked_fill(~positive, torch.inf).argmin(dim=1)
    nearest = close.masked_fill(~negative, -torch.inf).argmax(dim=1)
    return torch.where(complete)[0], furthest[complete], nearest[complete]


def _informative(close: Closeness, positive: Allowed, negative: Allowed) -> Chosen:
    """Negatives closer than the furthest positive, positives further than the closest negative, within epsilon."""
    furthest = close.masked_fill(~positive, torch.inf).amin(dim=1, keepdim=True)
    nearest = close.masked_fill(~negative, -torch.inf).amax(dim=1, keepdim=True)
    complete = positive.any(dim=1, keepdim=True) & negative.any(dim=1, keepdim=True)
    return _pairs(
        positive & complete & (close - _EPSILON < nearest), negative & complete & (close + _EPSILON > furthest)
    )
