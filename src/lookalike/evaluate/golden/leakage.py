"""Pictures of the catalogue that a query must not be told by: its own copy, and those nobody can tell from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64, UInt64

from lookalike.images.duplicates import n_bits

__all__ = ["CONFIRMING_SIMILARITY", "EMBEDDING_SIMILARITY", "PERCEPTUAL_BITS", "Leaks", "find_leaks"]

PERCEPTUAL_BITS = 4
"""Perceptual hashes this near look alike, as in `lookalike.ingest.checkup`: measured on 136 drawn product pictures, 99%
of their JPEGs of quality 50 and of their halves stay within it. It sees no colours, so that alone it would take the
same thing in another colour for a copy."""
CONFIRMING_SIMILARITY = 0.88
"""Vectors of pictures with near hashes that are really copies: the same copies all stayed above 0.898 (lite0)."""
EMBEDDING_SIMILARITY = 0.985
"""Vectors this near are taken for the same picture whatever the hashes say: 0.7% of pairs of views of one variant."""
_PAIRS_AT_ONCE = 1 << 24

Table = Bool[np.ndarray, "_n_queries _n_pictures"]


@dataclass(frozen=True, slots=True, eq=False)
class Leaks:
    """What leaked.

    Attributes:
        pictures: for each query the positions of the gallery pictures that it may not match, rising.
        exact: how many pairs have the same bytes.
        perceptual: how many further pairs have near hashes and, to confirm it, near vectors.
        embedding: how many further pairs have all but the same vector.
    """

    pictures: tuple[Int64[np.ndarray, " _"], ...]
    exact: int
    perceptual: int
    embedding: int


def find_leaks(
    contents: Int64[np.ndarray, " n_queries"],
    hashes: UInt64[np.ndarray, " n_queries"],
    vectors: Float32[np.ndarray, "n_queries dimension"],
    gallery_contents: Int64[np.ndarray, " n_pictures"],
    gallery_hashes: UInt64[np.ndarray, " n_pictures"],
    gallery_vectors: Float32[np.ndarray, "n_pictures dimension"],
) -> Leaks:
    """For each query every gallery picture of the same content, the same looks, or all but the same vector.

    Args:
        contents: number of each query's content; equal numbers are equal bytes, -1 stands for a content of its own.
        hashes: perceptual hash of each query; 0 (none, or a picture of one colour) matches nothing.
        vectors: unit vector of each query; all zeros matches nothing.
        gallery_contents: likewise of the gallery, each content once.
        gallery_hashes: likewise.
        gallery_vectors: likewise.
    """
    pictures: list[Int64[np.ndarray, " _"]] = []
    counts = [0, 0, 0]
    step = max(1, _PAIRS_AT_ONCE // max(1, len(gallery_contents)))
    for start in range(0, len(contents), step):
        part = slice(start, start + step)
        exact = (contents[part, None] == gallery_contents) & (contents[part, None] >= 0)
        similarities = vectors[part] @ gallery_vectors.T
        alike = _alike(hashes[part], gallery_hashes) & (similarities >= CONFIRMING_SIMILARITY)
        perceptual = alike & ~exact
        embedding = (similarities >= EMBEDDING_SIMILARITY) & ~exact & ~perceptual
        counts[0] += int(exact.sum())
        counts[1] += int(perceptual.sum())
        counts[2] += int(embedding.sum())
        pictures += [np.flatnonzero(row).astype(np.int64) for row in exact | perceptual | embedding]
    return Leaks(tuple(pictures), counts[0], counts[1], counts[2])


def _alike(hashes: UInt64[np.ndarray, " n"], gallery: UInt64[np.ndarray, " m"]) -> Table:
    distances = n_bits((hashes[:, None] ^ gallery[None, :]).ravel()).reshape(len(hashes), len(gallery))
    return (distances <= PERCEPTUAL_BITS) & (hashes[:, None] != 0) & (gallery[None, :] != 0)
