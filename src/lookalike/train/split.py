"""Which products are held out, so that what is measured is a product never seen, and no near-copy of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, UInt64

from lookalike.evaluate.golden.leakage import find_leaks

__all__ = ["Split", "split_by_label", "without_leaks"]

_FEWEST = 2
"""Labels on either side: one alone cannot be told from anything, nor be mistaken for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows to learn from and rows to measure on; no label is on both sides.

    Attributes:
        learned: rising.
        measured: rising; each has a second picture of its label among them, and there is another label.
        n_leaks: pictures taken out of `measured` because a picture to learn from shows the same.
        leaks: some of these pairs (row taken out, row to learn from), for people to look at.
    """

    learned: Int64[np.ndarray, " _n_learned"]
    measured: Int64[np.ndarray, " _n_measured"]
    n_leaks: int = 0
    leaks: tuple[tuple[int, int], ...] = ()


def split_by_label(
    labels: Int64[np.ndarray, " n"],
    catalogues: Int64[np.ndarray, " n"],
    *,
    held_out: float,
    generator: np.random.Generator,
) -> Split:
    """Hold out a share of the labels of each catalogue that have two pictures or more.

    Args:
        labels: of each picture.
        catalogues: of each picture.
        held_out: share; at least two labels of a catalogue are held out and two are left to learn from, or, where it
            has fewer than four with two pictures, none are held out.
        generator: source of randomness.
    """
    chosen: list[np.ndarray] = []
    for catalogue in np.unique(catalogues):
        of_it, counts = np.unique(labels[catalogues == catalogue], return_counts=True)
        several = of_it[counts >= 2]
        n = min(max(_FEWEST, round(held_out * len(several))), len(of_it) - _FEWEST) if held_out > 0 else 0
        if len(several) >= 2 * _FEWEST:
            chosen.append(generator.permutation(several)[:n])
    outside = np.isin(labels, np.concatenate(chosen)) if chosen else np.zeros(len(labels), np.bool_)
    return Split(np.flatnonzero(~outside).astype(np.int64), np.flatnonzero(outside).astype(np.int64))


def without_leaks(
    split: Split,
    labels: Int64[np.ndarray, " n"],
    contents: Int64[np.ndarray, " n"],
    hashes: UInt64[np.ndarray, " n"],
    vectors: Float32[np.ndarray, "_n dimension"],
    *,
    shown: int = 20,
) -> Split:
    """Take out of what is measured whatever a picture to learn from shows as well, to the byte or nearly.

    Nothing is measured where fewer than two labels are left: a picture asked among its own product's cannot be wrong.

    Args:
        split: by label.
        labels: of each picture.
        contents: number of each picture's bytes; equal numbers are equal bytes.
        hashes: perceptual hash of each.
        vectors: unit vectors of the initial model; they confirm what hashes suspect.
        shown: how many pairs to name.
    """
    rows = split.measured
    found = find_leaks(
        contents[rows],
        hashes[rows],
        vectors[rows],
        contents[split.learned],
        hashes[split.learned],
        vectors[split.learned],
    ).pictures
    leaking = np.array([len(partners) > 0 for partners in found], np.bool_).reshape(len(rows))
    clean = rows[~leaking]
    pairs = [
        (int(row), int(split.learned[partners[0]])) for row, partners in zip(rows, found, strict=True) if len(partners)
    ]
    numbers, counts = np.unique(labels[clean], return_counts=True)
    several = numbers[counts >= 2]
    measured = clean[np.isin(labels[clean], several)] if len(several) >= _FEWEST else clean[:0]
    return Split(split.learned, measured, int(leaking.sum()), tuple(pairs[:shown]))
