"""Claims about `lookalike.explain.tiles`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.explain.tiles import Tile, cut_tiles


def scatter(profiles: np.ndarray, tile: Tile) -> float:
    """Sum of squared distances of a tile's cells to their mean."""
    top, left, bottom, right = tile
    cells = [profiles[row, column] for row in range(top, bottom) for column in range(left, right)]
    mean = sum(cells) / len(cells)
    return float(sum(((cell - mean) ** 2).sum() for cell in cells))


def cut_by_loops(profiles: np.ndarray, parts: int) -> set[Tile]:
    tiles: list[Tile] = [(0, 0, *profiles.shape[:2])]
    while len(tiles) < parts:
        best = None
        for place, (top, left, bottom, right) in enumerate(tiles):
            halves = [((top, left, row, right), (row, left, bottom, right)) for row in range(top + 1, bottom)]
            halves += [((top, left, bottom, at), (top, at, bottom, right)) for at in range(left + 1, right)]
            for first, second in halves:
                gain = scatter(profiles, tiles[place]) - scatter(profiles, first) - scatter(profiles, second)
                if best is None or gain > best[0] + 1e-9:
                    best = (gain, place, first, second)
        if best is None or best[0] <= 1e-9:
            break
        _, place, first, second = best
        tiles[place] = first
        tiles.append(second)
    return set(tiles)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6), st.integers(1, 8))
def test_the_cuts_are_those_that_loops_find(seed: int, rows: int, columns: int, parts: int):
    profiles = np.random.default_rng(seed).normal(size=(rows, columns, 3))
    assert set(cut_tiles(profiles, parts)) == cut_by_loops(profiles, parts)


@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 7), st.integers(1, 9))
def test_the_parts_cover_every_cell_once(seed: int, rows: int, columns: int, parts: int):
    covered = np.zeros((rows, columns), int)
    tiles = cut_tiles(np.random.default_rng(seed).normal(size=(rows, columns, 2)), parts)
    for top, left, bottom, right in tiles:
        covered[top:bottom, left:right] += 1
    assert (covered == 1).all()
    assert len(tiles) == min(parts, rows * columns)
    assert list(tiles) == sorted(tiles)


def test_an_object_before_a_plain_ground_becomes_a_part_of_its_own():
    profiles = np.zeros((7, 7, 1))
    profiles[2:5, 1:4] = 1.0
    assert (2, 1, 5, 4) in cut_tiles(profiles, 6)


def test_cells_that_are_all_alike_are_one_part():
    assert cut_tiles(np.full((4, 5, 2), 0.3), 6) == ((0, 0, 4, 5),)


@pytest.mark.parametrize("shape", [(0, 3, 1), (2, 2, 1)])
def test_what_cannot_be_cut_is_refused(shape: tuple[int, int, int]):
    with pytest.raises(ValueError, match="cannot be cut"):
        cut_tiles(np.zeros(shape), 0 if shape[0] else 3)
