"""Pictures that nobody labelled: each is a thing of its own, and gets a second look that shows it otherwise."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, UInt8

from lookalike.images import perceptual_hash
from lookalike.train.augmentation.augmenter import Augmenter
from lookalike.train.examples import Examples, room

__all__ = ["with_second_looks"]

Told: TypeAlias = Callable[[int, int | None, float], None]
_AT_ONCE = 64
_EPOCH = 1 << 20
"""Chances of a second look: of an epoch that no run reaches, so that no variation learned from equals it."""


def with_second_looks(
    examples: Examples,
    alone: Bool[np.ndarray, " n"],
    augmenter: Augmenter,
    *,
    mapped: Path | None = None,
    memory_megabytes: int = 4096,
) -> Examples:
    """`examples` with a varied copy of each picture of `alone` behind them, under the same label.

    With two pictures to each label, batches, held-out labels and measures are the same with and without labels: a
    picture has to be found by another look of itself.

    Args:
        examples: the pictures.
        alone: those whose label is the picture itself.
        augmenter: varies them; its results are put into the middle of squares of the same side.
        mapped: file for squares that need more than `memory_megabytes`; None always keeps them in memory.
        memory_megabytes: see `mapped`.

    Reference:
        Dosovitskiy et al. 2014, "Discriminative unsupervised feature learning with exemplar convolutional neural
        networks" (arXiv 1406.6909): each picture a class. Deviation: one of its looks is fixed.
    """
    rows = np.flatnonzero(alone)
    n, side = len(examples), examples.squares.shape[1]
    megabytes = (n + len(rows)) * side * side * 3 / 1_000_000
    squares = room(mapped if megabytes > memory_megabytes else None, (n + len(rows), side, side, 3))
    for start in range(0, n, _AT_ONCE):
        end = min(n, start + _AT_ONCE)
        squares[start:end] = examples.squares[start:end]
    hashes: list[int] = []
    for start in range(0, len(rows), _AT_ONCE):
        chosen = rows[start : start + _AT_ONCE]
        given = torch.from_numpy(np.ascontiguousarray(examples.squares[chosen]))
        looks = _padded(augmenter(given, chosen.tolist(), epoch=_EPOCH).numpy(), side)
        squares[n + start : n + start + len(chosen)] = looks
        hashes.extend(perceptual_hash(look) for look in looks)
    return replace(
        examples,
        squares=squares,
        labels=np.concatenate([examples.labels, examples.labels[rows]]),
        catalogues=np.concatenate([examples.catalogues, examples.catalogues[rows]]),
        kinds=np.concatenate([examples.kinds, examples.kinds[rows]]),
        categories=np.concatenate([examples.categories, examples.categories[rows]]),
        images=(*examples.images, *(f"{examples.images[row]} (varied)" for row in rows)),
        contents=(*examples.contents, *(f"{examples.contents[row]} varied" for row in rows)),
        hashes=np.concatenate([examples.hashes, np.array(hashes, np.uint64)]),
        n_second_looks=len(rows),
    )


def _padded(looks: UInt8[np.ndarray, "n size size 3"], side: int) -> UInt8[np.ndarray, "n side side 3"]:
    margin = (side - looks.shape[1]) // 2
    return np.pad(looks, ((0, 0), (margin, margin), (margin, margin), (0, 0)), mode="reflect")
