"""Geometric verification against plain loops over hypotheses and pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.rank.pool import Grid, Pool
from lookalike.search.rank.verification import GeometricVerification, verified
from pools import pool_of

SCALES = (0.5, 0.71, 1.0, 1.41, 2.0)


def _grid(seed: int, rows: int, columns: int, dimension: int = 5) -> Grid:
    cells = np.random.default_rng(seed).standard_normal((rows * columns, dimension)).astype(np.float32)
    return Grid((cells / np.linalg.norm(cells, axis=1, keepdims=True)).astype(np.float32), rows, columns)


def _naive(query: Grid, image: Grid) -> float:
    a, b = query.cells.astype(np.float64), image.cells.astype(np.float64)
    pairs: list[tuple[int, int, float]] = []
    for i in range(len(a)):
        alike = [float(a[i] @ b[j]) for j in range(len(b))]
        j = alike.index(max(alike))
        back = [float(a[other] @ b[j]) for other in range(len(a))]
        if back.index(max(back)) == i:
            pairs.append((i, j, max(alike[j], 0.0)))
    best = 0.0
    for scale in SCALES:
        for i, j, _ in pairs:
            shift = [there - scale * here for here, there in zip(_at(i, query), _at(j, image), strict=True)]
            agreeing = 0.0
            for other, onto, weight in pairs:
                landed = [scale * here + by for here, by in zip(_at(other, query), shift, strict=True)]
                apart = max(abs(x - y) for x, y in zip(landed, _at(onto, image), strict=True))
                agreeing += weight if apart <= 1.0 + 1e-9 else 0.0
            best = max(best, agreeing)
    return min(1.0, best / len(a))


def _at(cell: int, grid: Grid) -> tuple[int, int]:
    return divmod(cell, grid.columns)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_the_share_is_what_a_loop_over_hypotheses_says(seed: int, a: int, b: int, c: int, d: int) -> None:
    query, image = _grid(seed, a, b), _grid(seed + 1, c, d)
    assert verified(query, image) == pytest.approx(_naive(query, image), abs=1e-9)


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_shifted_picture_is_verified_and_a_shuffled_one_is_not(shift: int) -> None:
    whole = _grid(0, 9, 9, dimension=32).cells.reshape(9, 9, 32)
    query = Grid(np.ascontiguousarray(whole[:7, :7]).reshape(49, 32), 7, 7)
    moved = Grid(np.ascontiguousarray(whole[shift : shift + 7, shift : shift + 7]).reshape(49, 32), 7, 7)
    shuffled = Grid(moved.cells[np.random.default_rng(1).permutation(49)], 7, 7)
    assert verified(query, moved) >= (7 - shift) ** 2 / 49 - 0.01
    assert verified(query, shuffled) < 0.5


def test_only_the_first_candidates_with_a_grid_gain_and_none_loses() -> None:
    pool = pool_of(1, 6)
    grids = {place: _grid(place, 3, 3) for place in (0, 2, 5)}
    seen = Pool(pool.query, pool.vectors, pool.similarities, _grid(9, 3, 3), grids)
    gained = GeometricVerification(n=3, weight=0.5).rescore(seen) - pool.similarities
    assert (gained >= 0).all()
    assert gained[[1, 3, 4, 5]].tolist() == [0.0] * 4
    assert gained[0] > 0


def test_without_a_photograph_nothing_moves() -> None:
    pool = pool_of(2, 4)
    assert GeometricVerification().rescore(pool).tolist() == pool.similarities.astype(np.float64).tolist()


def test_cells_of_two_models_are_not_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        verified(_grid(0, 2, 2, dimension=4), _grid(0, 2, 2, dimension=5))
    with pytest.raises(ValueError, match="received 4 rows"):
        Grid(_grid(0, 2, 2).cells, 3, 3)
    with pytest.raises(ValueError, match="at least 1"):
        GeometricVerification(n=0)
