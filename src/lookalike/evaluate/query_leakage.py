"""Queries that are pictures of the catalogue themselves: that they are found says nothing of photographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from lookalike.catalog.inventory import Inventory
from lookalike.errors import ImageRejected
from lookalike.evaluate.golden.leakage import CONFIRMING_SIMILARITY, PERCEPTUAL_BITS
from lookalike.images.decode import decode
from lookalike.images.fingerprint import content_sha256, hamming_distance, perceptual_hash

__all__ = ["Answered", "QueryLeakage", "leakage_of"]

_SIDE_PIXELS = 256


@runtime_checkable
class Answered(Protocol):
    """A photograph, and the catalogue's pictures that it was most alike to."""

    @property
    def photograph(self) -> Path | None:
        """Its file; None for a query that is none."""
        ...

    @property
    def nearest(self) -> Sequence[tuple[int, float]]:
        """Keys of images and how similar they are, most similar first."""
        ...


@dataclass(frozen=True, slots=True)
class QueryLeakage:
    """How many queries are pictures of the catalogue.

    Attributes:
        exact: have the bytes of one.
        perceptual: further ones that look the same by their perceptual hash, and to the model.
    """

    exact: int = 0
    perceptual: int = 0

    def __bool__(self) -> bool:
        return self.exact + self.perceptual > 0

    def as_dict(self) -> dict[str, int]:
        """JSON-ready."""
        return asdict(self)


def leakage_of(asked: Sequence[Answered], inventory: Inventory) -> QueryLeakage:
    """Look for the queries' pictures in the catalogue.

    Args:
        asked: queries with their answers; of those that look the same, one is seen where it is among its answers.
        inventory: of the catalogue.
    """
    contents = frozenset(inventory.sha256s)
    hashes = dict(zip(inventory.image_keys.tolist(), inventory.perceptual_hashes.tolist(), strict=True))
    exact = perceptual = 0
    for one in asked:
        try:
            data = None if one.photograph is None else one.photograph.read_bytes()
        except OSError:  # it went away since it was asked
            data = None
        if data is None:
            continue
        if content_sha256(data) in contents:
            exact += 1
        elif _looks_the_same(data, one.nearest, hashes):
            perceptual += 1
    return QueryLeakage(exact, perceptual)


def _looks_the_same(data: bytes, nearest: Sequence[tuple[int, float]], hashes: Mapping[int, int]) -> bool:
    near = [hashes.get(key, 0) for key, similarity in nearest if similarity >= CONFIRMING_SIMILARITY]
    if not any(near):
        return False
    try:
        own = perceptual_hash(decode(data, shorter_side_pixels=_SIDE_PIXELS).pixels)
    except ImageRejected:
        return False
    return bool(own) and any(other and hamming_distance(own, other) <= PERCEPTUAL_BITS for other in near)
