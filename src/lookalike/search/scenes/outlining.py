"""Before a plain backdrop it can be seen where things end: boxes are drawn to just there."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.images.scaling import scaled
from lookalike.types import Pixels

__all__ = ["outlined"]

_SIDE_PIXELS = 160
"""The longer side of what is looked at."""

_BACKDROP_LEVELS, _BACKDROP_SHARE = 12, 0.95
"""A backdrop is plain where at least that share of the picture's border is within so many levels of its colour."""

_THING_LEVELS = 20
_LEAST_PIXELS, _MOST_PIECES = 6, 32
_INSIDE, _BEYOND, _LEFT = 0.5, 0.25, 0.25


def outlined(pixels: Pixels, boxes: Float32[np.ndarray, "n 4"]) -> Float32[np.ndarray, "n 4"]:
    """The same boxes, each drawn to what it has of the things before a plain backdrop; as they are before any other.

    What stands out falls into pieces that touch nowhere. A box becomes the one around the pieces more than half of
    which it has, cut where they reach beyond it by more than a quarter of its own side: things that touch are one
    piece, and where one ends is then not to be seen. A box that has no such piece stays as it is, and so does one of
    which less than a quarter would be left: of a thing as light as the backdrop only a print stands out.

    Args:
        pixels: the photograph.
        boxes: left, upper, right and lower edge of each, in pixels of the photograph.
    """
    height, width = pixels.shape[:2]
    share = min(1.0, _SIDE_PIXELS / max(height, width))
    columns, rows = max(1, round(width * share)), max(1, round(height * share))
    if not len(boxes) or min(columns, rows) < 8:
        return boxes
    things = _things(scaled(pixels, columns, rows))
    if things is None:
        return boxes
    pieces = _pieces(things)
    if not len(pieces):
        return boxes
    scale = np.array([width / columns, height / rows] * 2)
    own = boxes.astype(np.float64) / scale
    edges, inside = _edges(pieces), _shares_inside(pieces, own)
    has = inside > _INSIDE
    drawn = own.copy()
    for place in np.flatnonzero(has.any(axis=1)).tolist():
        around = edges[has[place]]
        most = _BEYOND * np.tile(own[place, 2:] - own[place, :2], 2)
        drawn[place, :2] = np.maximum(around[:, :2].min(axis=0), own[place, :2] - most[:2])
        drawn[place, 2:] = np.minimum(around[:, 2:].max(axis=0), own[place, 2:] + most[2:])
    left = _areas(drawn) >= _LEFT * _areas(own)
    settled = np.where(left[:, None], drawn, own)
    return np.clip(settled * scale, 0, [width, height] * 2).astype(np.float32)


def _things(small: Pixels) -> Bool[np.ndarray, "rows columns"] | None:
    """Where something stands before the backdrop; None where there is no plain one."""
    levels = small.astype(np.int16)
    border = np.concatenate([levels[0], levels[-1], levels[1:-1, 0], levels[1:-1, -1]])
    colour = np.median(border, axis=0)
    plain = np.abs(border - colour).max(axis=1) <= _BACKDROP_LEVELS
    if plain.mean() < _BACKDROP_SHARE:
        return None
    return np.abs(levels - colour).max(axis=2) > _THING_LEVELS


def _pieces(things: Bool[np.ndarray, "rows columns"]) -> Bool[np.ndarray, "n rows columns"]:
    """The largest parts of what stands out that touch nowhere, also not at corners."""
    runs: list[tuple[int, int, int]] = []
    root: list[int] = []

    def top(run: int) -> int:
        while root[run] != run:
            root[run] = root[root[run]]
            run = root[run]
        return run

    above: list[int] = []
    for row, line in enumerate(things):
        steps = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8))).tolist()
        here = list(range(len(runs), len(runs) + len(steps) // 2))
        for run, start, stop in zip(here, steps[::2], steps[1::2], strict=True):
            runs.append((row, start, stop))
            root.append(run)
            for other in above:
                if runs[other][1] <= stop and start <= runs[other][2]:
                    root[top(other)] = top(run)
        above = here
    number: Int64[np.ndarray, "rows columns"] = np.full(things.shape, -1, np.int64)
    for run, (row, start, stop) in enumerate(runs):
        number[row, start:stop] = top(run)
    names, sizes = np.unique(number[things], return_counts=True)
    largest = names[np.argsort(-sizes, kind="stable")][: min(_MOST_PIECES, int((sizes >= _LEAST_PIXELS).sum()))]
    return number == largest[:, None, None]


def _edges(pieces: Bool[np.ndarray, "n rows columns"]) -> Int64[np.ndarray, "n 4"]:
    """Left, upper, right and lower edge of each."""
    found: list[tuple[int, int, int, int]] = []
    for piece in pieces:
        rows, columns = np.flatnonzero(piece.any(axis=1)), np.flatnonzero(piece.any(axis=0))
        found.append((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    return np.array(found, np.int64)


def _areas(boxes: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, " n"]:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _shares_inside(
    pieces: Bool[np.ndarray, "n rows columns"], boxes: Float64[np.ndarray, "m 4"]
) -> Float64[np.ndarray, "m n"]:
    """Which share of each piece each box has."""
    sums = np.zeros((len(pieces), pieces.shape[1] + 1, pieces.shape[2] + 1), np.int32)
    sums[:, 1:, 1:] = pieces.cumsum(axis=1, dtype=np.int32).cumsum(axis=2, dtype=np.int32)
    left, upper, right, lower = boxes.round().astype(np.int64).clip(0, [pieces.shape[2], pieces.shape[1]] * 2).T
    inside = sums[:, lower, right] - sums[:, upper, right] - sums[:, lower, left] + sums[:, upper, left]
    return (inside / sums[:, -1, -1][:, None]).T
