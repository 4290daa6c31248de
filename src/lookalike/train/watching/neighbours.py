"""Queries and what is nearest to them, as one picture: what a number of a curve looks like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from lookalike.images import thumbnail
from lookalike.types import Pixels

__all__ = ["nearest_rows", "neighbours_picture"]

_EDGE = 4
_RIGHT, _WRONG, _QUERY = (46, 125, 50), (198, 40, 40), (26, 25, 23)


def nearest_rows(
    vectors: Float32[np.ndarray, "n dimension"], queries: Sequence[int], n_nearest: int
) -> Int64[np.ndarray, "n_queries n_nearest"]:
    """Rows of the most similar others of each query, most similar first, of equal ones the first row first.

    Args:
        vectors: unit rows.
        queries: rows to ask.
        n_nearest: how many; at most all others are given.
    """
    similarities = vectors[list(queries)] @ vectors.T
    similarities[np.arange(len(queries)), list(queries)] = -np.inf
    n_nearest = min(n_nearest, len(vectors) - 1)
    return np.argsort(-similarities, axis=1, kind="stable")[:, :n_nearest].astype(np.int64)


def neighbours_picture(
    pictures: UInt8[np.ndarray, "n side side 3"],
    labels: Int64[np.ndarray, " n"],
    queries: Sequence[int],
    nearest: Int64[np.ndarray, "n_queries n_nearest"],
    *,
    tile_pixels: int = 96,
) -> Pixels:
    """A row for each query: itself framed black, then its nearest, framed green where they show the same, else red.

    Args:
        pictures: squares.
        labels: what each shows.
        queries: rows.
        nearest: rows, as `nearest_rows` gives them.
        tile_pixels: side of each picture, at most that of `pictures`.
    """
    rows: list[np.ndarray] = []
    for query, others in zip(queries, nearest.tolist(), strict=True):
        tiles = [_framed(pictures[query], _QUERY, tile_pixels)]
        for other in others:
            colour = _RIGHT if labels[other] == labels[query] else _WRONG
            tiles.append(_framed(pictures[other], colour, tile_pixels))
        rows.append(np.concatenate(tiles, axis=1))
    return np.concatenate(rows, axis=0)


def _framed(pixels: Pixels, colour: tuple[int, int, int], tile_pixels: int) -> Pixels:
    small = thumbnail(pixels, tile_pixels)
    framed = np.empty((small.shape[0] + 2 * _EDGE, small.shape[1] + 2 * _EDGE, 3), dtype=np.uint8)
    framed[:] = colour
    framed[_EDGE:-_EDGE, _EDGE:-_EDGE] = small
    return framed
