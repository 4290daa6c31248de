"""A grid of cells cut into a few rectangles whose cells are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64

__all__ = ["MOST_TILES", "Tile", "cut_tiles"]

MOST_TILES = 6
"""Parts of a picture that a person can still look at one by one."""

Tile: TypeAlias = tuple[int, int, int, int]
"""First row, first column, row and column behind the last, in cells of a grid."""


def cut_tiles(profiles: Float64[np.ndarray, "rows columns n"], parts: int) -> tuple[Tile, ...]:
    """Cut a grid into at most `parts` rectangles whose cells are alike: straight cuts, the one that tells most first.

    Each step makes the cut, of all rectangles so far, that lowers the sum of squared distances of the cells' profiles
    to the mean of their rectangle the most: by a b / (a + b) |mean_a - mean_b|^2 for sides of a and b cells. Of equal
    cuts the first is taken (rectangles by age, horizontal cuts first, from the upper left).

    Args:
        profiles: what each cell is like; for parts of a match, its terms with every cell of the other picture.
        parts: at least 1.

    Returns:
        row by row from the upper left; they cover the grid once.

    Raises:
        ValueError: `parts` below 1, or an empty grid.
    """
    rows, columns = profiles.shape[:2]
    if parts < 1 or not rows or not columns:
        raise ValueError(f"a grid of {rows} x {columns} cells cannot be cut into {parts} parts")
    # Sums of all rectangles from the upper left corner, with a row and a column of zeros before them.
    sums = np.zeros((rows + 1, columns + 1, profiles.shape[2]))
    sums[1:, 1:] = profiles.cumsum(axis=0).cumsum(axis=1)
    least = 1e-12 * float((profiles**2).sum())
    cuts = [_best_cut(sums, (0, 0, rows, columns))]
    while len(cuts) < parts:
        place = max(range(len(cuts)), key=lambda each: cuts[each].gain)
        cut = cuts[place]
        if cut.gain <= least:
            break
        cuts[place] = _best_cut(sums, cut.first)
        cuts.append(_best_cut(sums, cut.second))
    return tuple(sorted(cut.tile for cut in cuts))


@dataclass(frozen=True, slots=True)
class _Cut:
    """A rectangle and the cut that tells most about it; no gain where it cannot be cut."""

    tile: Tile
    gain: float
    first: Tile
    second: Tile


def _best_cut(sums: Float64[np.ndarray, "rows_1 columns_1 n"], tile: Tile) -> _Cut:
    top, left, bottom, right = tile
    firsts = [(top, left, row, right) for row in range(top + 1, bottom)]
    firsts += [(top, left, bottom, column) for column in range(left + 1, right)]
    if not firsts:
        return _Cut(tile, 0.0, tile, tile)
    # All cuts at once: one at a time, this was most of the time of an explanation.
    _, _, rows, columns = np.array(firsts).T
    areas = (rows - top) * (columns - left)
    others = (bottom - top) * (right - left) - areas
    parts = sums[rows, columns] - sums[top, columns] - sums[rows, left] + sums[top, left]
    whole = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    apart = parts / areas[:, np.newaxis] - (whole - parts) / others[:, np.newaxis]
    gains = areas * others / (areas + others) * np.einsum("cn,cn->c", apart, apart)
    best = int(np.argmax(gains))
    first = firsts[best]
    second = (first[2], left, bottom, right) if first[3] == right else (top, first[3], bottom, right)
    if gains[best] <= 0:
        return _Cut(tile, 0.0, tile, tile)
    return _Cut(tile, float(gains[best]), first, second)
