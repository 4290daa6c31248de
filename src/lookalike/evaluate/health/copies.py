"""Copies: which pictures of a catalogue are one picture, byte by byte or to the eye, and what that means.

Candidates come from perceptual hashes and, where there are vectors, from the nearest other products; what is a copy
is decided on the pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from lookalike.catalog.kept import KeptPictures
from lookalike.errors import ImageRejected
from lookalike.evaluate.health.neighbours import Neighbours
from lookalike.evaluate.health.shelf import Shelf
from lookalike.images.decode import decode
from lookalike.images.duplicates import near_duplicates
from lookalike.images.overlap import OVERLAP_SIDE_PIXELS, overlap
from lookalike.images.regions import thumbnail
from lookalike.types import Pixels

__all__ = ["CopyGroup", "find_copies"]

COPY_OVERLAP = 0.985
"""From this overlap on two pictures of different products are taken for one picture."""
VIEW_OVERLAP = 0.996
"""Two pictures of one product have to agree more closely: its views and colours often differ very little."""

_NEAR_BITS = 6
_MOST_PAIRS = 8
_NEAREST = 2
_LEAST_SIMILARITY = 0.82
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Pictures that are one picture.

    Attributes:
        pictures: picture rows, rising; a single one where the very same bytes are shown more than once.
        overlap: the least overlap by which a picture belongs to the group, 1.0 for equal bytes.
    """

    pictures: tuple[int, ...]
    overlap: float


def find_copies(
    shelf: Shelf, neighbours: Neighbours | None, kept: KeptPictures, *, n_workers: int
) -> tuple[CopyGroup, ...]:
    """Groups of pictures that are one picture, and single pictures that several images show.

    Args:
        shelf: the images.
        neighbours: where there are vectors; without them slightly cropped copies are not found.
        kept: copies to compare; pictures without one are compared by their hashes alone, within 2 of 64 bits.
        n_workers: threads.
    """
    products, variants = _owners(shelf)
    # Colours of one product often differ too little to be told from copies: only within a variant is that looked at.
    pairs = sorted(
        (first, second)
        for first, second in set(_candidates(shelf, neighbours))
        if products[first] != products[second] or variants[first] & variants[second]
    )
    pictures = _Pictures(shelf, kept)
    with ThreadPoolExecutor(n_workers, thread_name_prefix="compare") as workers:
        overlaps = list(workers.map(lambda pair: pictures.overlap(*pair), pairs, chunksize=16))
    joined = [
        (pair, value)
        for pair, value in zip(pairs, overlaps, strict=True)
        if value >= (VIEW_OVERLAP if products[pair[0]] == products[pair[1]] else COPY_OVERLAP)
    ]
    return _groups(shelf, joined)


def _owners(shelf: Shelf) -> tuple[list[frozenset[int]], list[frozenset[str]]]:
    """The products, and the variants by name, that show each picture."""
    products: list[set[int]] = [set() for _ in range(shelf.n_pictures)]
    variants: list[set[str]] = [set() for _ in range(shelf.n_pictures)]
    for image, picture, product in zip(shelf.images, shelf.picture_of.tolist(), shelf.product_of.tolist(), strict=True):
        products[picture].add(product)
        variants[picture].add(f"{product}/{image.variant_id or ''}")
    return [frozenset(own) for own in products], [frozenset(own) for own in variants]


def _candidates(shelf: Shelf, neighbours: Neighbours | None) -> Iterator[tuple[int, int]]:
    hashed = [(row, looks) for row, looks in enumerate(shelf.hashes) if looks is not None]
    for group in near_duplicates([looks for _, looks in hashed], max_distance=_NEAR_BITS):
        yield from _chained([hashed[member][0] for member in group])
    if neighbours is None:
        return
    for column in range(min(_NEAREST, neighbours.images.shape[1])):
        near = neighbours.similarities[:, column] >= _LEAST_SIMILARITY
        for image, other in zip(neighbours.rows[near], neighbours.images[near, column], strict=True):
            first, second = int(shelf.picture_of[image]), int(shelf.picture_of[other])
            if first != second:
                yield (min(first, second), max(first, second))


def _chained(members: Sequence[int]) -> Iterable[tuple[int, int]]:
    """All pairs of a small group; of a large one each with the next few, which connects it just as well."""
    if len(members) <= _MOST_PAIRS:
        return combinations(members, 2)
    return (
        (members[place], members[later])
        for place in range(len(members))
        for later in range(place + 1, min(place + 1 + _MOST_PAIRS, len(members)))
    )


class _Pictures:
    """Small decoded copies, the last few thousand of them remembered."""

    def __init__(self, shelf: Shelf, kept: KeptPictures) -> None:
        self._shelf = shelf
        self._kept = kept
        self._pixels = lru_cache(_REMEMBERED)(self._decoded)

    def overlap(self, first: int, second: int) -> float:
        one, other = self._pixels(first), self._pixels(second)
        if one is None or other is None:
            looks, other_looks = self._shelf.hashes[first], self._shelf.hashes[second]
            same = looks is not None and other_looks is not None and (looks ^ other_looks).bit_count() <= 2
            return COPY_OVERLAP if same else 0.0
        return max(-1.0, min(1.0, overlap(one, other)))

    def _decoded(self, row: int) -> Pixels | None:
        data = self._kept.get(self._shelf.picture(row).sha256)
        if data is None:
            return None
        try:
            return thumbnail(decode(data, shorter_side_pixels=OVERLAP_SIDE_PIXELS).pixels, OVERLAP_SIDE_PIXELS)
        except ImageRejected:
            return None


def _groups(shelf: Shelf, joined: Sequence[tuple[tuple[int, int], float]]) -> tuple[CopyGroup, ...]:
    parent = list(range(shelf.n_pictures))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    # The closest pairs first, so that a group's overlap is that of the weakest link it needs.
    least: dict[int, float] = {}
    for (first, second), value in sorted(joined, key=lambda one: (-one[1], one[0])):
        one, other = sorted((root(first), root(second)))
        if one != other:
            parent[other] = one
            least[one] = min(value, least.pop(one, 1.0), least.pop(other, 1.0))
    members: dict[int, list[int]] = {}
    shown = np.bincount(shelf.picture_of, minlength=shelf.n_pictures)
    for row in range(shelf.n_pictures):
        members.setdefault(root(row), []).append(row)
    return tuple(
        CopyGroup(tuple(rows), least.get(first, 1.0))
        for first, rows in sorted(members.items())
        if len(rows) > 1 or shown[rows[0]] > 1
    )
