"""Groups of pictures that show the same, found by their perceptual hashes without comparing all pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Int64, UInt64

__all__ = ["n_bits", "near_duplicates"]

_BITS = 64
_PAIRS_AT_ONCE = 1 << 22

Hashes = UInt64[np.ndarray, " _n"]
Positions = Int64[np.ndarray, " _pairs"]


def near_duplicates(hashes: Sequence[int], max_distance: int = 6) -> tuple[tuple[int, ...], ...]:
    """Connected groups: each member differs from some other one of its group in at most `max_distance` bits.

    Two hashes within distance d agree in at least one of d + 1 bands of their bits, so that only hashes which
    share a band are compared. 100,000 hashes take a few seconds up to a distance of 6.

    Args:
        hashes: as `perceptual_hash` gives them.
        max_distance: 0 to 16. Chains are followed, so that large values run groups together.

    Returns:
        groups of at least two positions in `hashes`, each rising, groups in order of their first position.

    Raises:
        ValueError: `max_distance` out of range.

    Reference:
        Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012, section 3.
    """
    if not 0 <= max_distance <= 16:
        raise ValueError(f"max_distance must be 0 to 16, received {max_distance}")
    if len(hashes) < 2:
        return ()
    distinct, of_distinct = np.unique(np.asarray(hashes, dtype=np.uint64), return_inverse=True)
    labels = np.arange(len(distinct), dtype=np.int64)
    for first, second in _close_pairs(distinct, max_distance):
        labels = _joined(labels, first, second)
    return _groups(labels[of_distinct])


def _close_pairs(distinct: Hashes, max_distance: int) -> Iterator[tuple[Positions, Positions]]:
    """Positions of pairs within `max_distance`; a pair may come more than once."""
    if max_distance == 0:
        return
    n_bands = max_distance + 1
    edges = [_BITS * band // n_bands for band in range(n_bands + 1)]
    for low, high in pairwise(edges):
        band = (distinct >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        order = np.argsort(band, kind="stable")
        sorted_band = band[order]
        starts = np.flatnonzero(np.r_[True, sorted_band[1:] != sorted_band[:-1]])
        ends = np.r_[starts[1:], len(sorted_band)]
        # Position i of the sorted hashes is compared with those after it in its bucket.
        n_after = np.repeat(ends, ends - starts) - np.arange(len(sorted_band)) - 1
        yield from _compared(distinct, order, n_after, max_distance)


def _compared(
    distinct: Hashes, order: Int64[np.ndarray, " _n"], n_after: Int64[np.ndarray, " _n"], max_distance: int
) -> Iterator[tuple[Positions, Positions]]:
    totals = np.cumsum(n_after)
    at = 0
    while at < len(order):
        done = int(totals[at - 1]) if at else 0
        until = max(at + 1, int(np.searchsorted(totals, done + _PAIRS_AT_ONCE, side="right")))
        counts = n_after[at:until]
        left = np.repeat(np.arange(at, until), counts)
        right = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + left + 1
        first, second = order[left], order[right]
        close = n_bits(distinct[first] ^ distinct[second]) <= max_distance
        if close.any():
            yield first[close], second[close]
        at = until


def n_bits(words: Hashes) -> UInt64[np.ndarray, " _n"]:
    """Number of set bits of each word (numpy has its own only from 2.0 on)."""
    ones, twos, fours = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    words = words - ((words >> np.uint64(1)) & ones)
    words = (words & twos) + ((words >> np.uint64(2)) & twos)
    words = (words + (words >> np.uint64(4))) & fours
    return (words * np.uint64(0x0101010101010101)) >> np.uint64(56)


def _joined(labels: Positions, first: Positions, second: Positions) -> Positions:
    """Labels after joining each pair: the smallest label of what is connected, spread until nothing changes."""
    while True:
        lower = np.minimum(labels[first], labels[second])
        if bool((labels[first] == lower).all() and (labels[second] == lower).all()):
            return labels
        joined = labels.copy()
        # Whole groups move: it is the labels of both sides that point to the lower one.
        np.minimum.at(joined, labels[first], lower)
        np.minimum.at(joined, labels[second], lower)
        while not np.array_equal(joined, joined[joined]):
            joined = joined[joined]
        labels = joined[labels]


def _groups(labels: Positions) -> tuple[tuple[int, ...], ...]:
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    groups = [tuple(int(i) for i in group) for group in np.split(order, cuts) if len(group) > 1]
    return tuple(sorted(groups))
