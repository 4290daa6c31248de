"""Labels handed on from picture to similar picture, so that a few labels say what many pictures show."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float32, Int64

from lookalike.train.rest import RestConfig

__all__ = ["guessed", "propagated"]

_VALUES_AT_ONCE = 1 << 25
"""Numbers of a block: similarities of some pictures to all, or labels of all pictures."""
_SHARPNESS = 3
"""Power of a similarity that is the weight of a join."""
_LEFT = 1e-3
"""Steps go on until less than this share of a label is on its way."""
_WELL_JOINED = 0.9
_HEARD = 0.05
"""Share of what reaches a well-joined picture that must reach another one, for it to be no stranger."""


def guessed(
    vectors: Float32[np.ndarray, "n d"], labels: Int64[np.ndarray, " n"], config: RestConfig
) -> Int64[np.ndarray, " n"]:
    """What pictures without a label show, where that can be told.

    A picture is left out where labels disagree about it (`config.certainty`), and where next to nothing reaches it: a
    stranger may have all that it hears from one label, and hears little. Little is measured by what reaches the tenth
    of the pictures in question that are joined best, so that it matters neither how many labels there are nor how many
    strangers, up to some five in six.

    Args:
        vectors: unit rows.
        labels: number of what each shows; -1 where nobody said.
        config: how it is guessed.

    Returns:
        a label for each picture of which nobody said it and it can be guessed; -1 for all others.
    """
    found, share, heard = propagated(vectors, labels, neighbours=config.neighbours, spread=config.spread)
    certain = (labels < 0) & (found >= 0) & (share >= config.certainty)
    if certain.any():
        certain &= heard >= _HEARD * np.quantile(heard[certain], _WELL_JOINED)
    return np.where(certain, found, -1)


def propagated(
    vectors: Float32[np.ndarray, "n d"], labels: Int64[np.ndarray, " n"], *, neighbours: int, spread: float
) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """What each picture shows by the labels that reach it over similar pictures, and how certain that is.

    Each label starts with the weight of one, shared by its pictures, and is handed on with `spread` of itself at each
    step, over the joins of a graph in which each picture is joined to those most similar to it.

    Args:
        vectors: unit rows.
        labels: number of what each shows; -1 where nobody said.
        neighbours: joins of each picture; there may be more, where it is a neighbour of others.
        spread: above 0, below 1.

    Returns:
        the label of which most reaches each picture, -1 where none does; its share of all that does, 0 to 1; and how
        much that is in all, in labels.

    Reference:
        See `lookalike.train.rest.RestConfig`.
    """
    told = np.flatnonzero(labels >= 0)
    names, numbers, counts = np.unique(labels[told], return_inverse=True, return_counts=True)
    n = len(labels)
    best, which, total = torch.zeros(n), torch.full((n,), -1, dtype=torch.int64), torch.zeros(n)
    if len(names) == 0 or n < 2:
        return which.numpy(), best.numpy(), total.numpy()
    joins = _joins(torch.from_numpy(vectors), min(neighbours, n - 1))
    steps = math.ceil(math.log(_LEFT) / math.log(spread))
    at_once = max(1, _VALUES_AT_ONCE // n)
    for start in range(0, len(names), at_once):
        own = (numbers >= start) & (numbers < start + at_once)
        begun = torch.zeros((n, min(at_once, len(names) - start)))
        begun[told[own], numbers[own] - start] = torch.from_numpy((1.0 / counts[numbers[own]]).astype(np.float32))
        reached = begun
        for _ in range(steps):
            reached = begun + spread * (joins @ reached)
        most, place = reached.max(dim=1)
        better = most > best
        best[better], which[better] = most[better], torch.from_numpy(names)[place[better] + start]
        total += reached.sum(dim=1)
    share = best / total.clamp(min=torch.finfo(torch.float32).tiny)
    return which.numpy(), share.numpy(), total.numpy()


def _joins(vectors: torch.Tensor, neighbours: int) -> torch.Tensor:
    """Weights between pictures, symmetric and scaled by the root of what both have in all; sparse, (n, n)."""
    n = len(vectors)
    rows, columns, weights = [], [], []
    at_once = max(1, _VALUES_AT_ONCE // n)
    for start in range(0, n, at_once):
        block = torch.arange(start, min(n, start + at_once))
        similar = vectors[block] @ vectors.T
        similar[torch.arange(len(block)), block] = -math.inf
        values, found = similar.topk(neighbours, dim=1)
        rows.append(block.repeat_interleave(neighbours))
        columns.append(found.flatten())
        weights.append(values.flatten().clamp(min=0) ** _SHARPNESS)
    one, other, weight = torch.cat(rows), torch.cat(columns), torch.cat(weights)
    # Joined where either is a neighbour of the other: the pair has one weight, from whichever side it was found.
    pairs, first = np.unique((torch.minimum(one, other) * n + torch.maximum(one, other)).numpy(), return_index=True)
    weight = weight[torch.from_numpy(first)]
    low, high = torch.from_numpy(pairs // n), torch.from_numpy(pairs % n)
    one, other, weight = torch.cat([low, high]), torch.cat([high, low]), torch.cat([weight, weight])
    strength = torch.zeros(n).index_add_(0, one, weight).clamp(min=torch.finfo(torch.float32).tiny).rsqrt()
    weight = weight * strength[one] * strength[other]
    return torch.sparse_coo_tensor(torch.stack([one, other]), weight, (n, n), check_invariants=True).coalesce()
