"""Claims about `lookalike.search.rank.views`, and what a re-ranking is told beside vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.rank.arranging import rescored
from lookalike.search.rank.methods import METHODS
from lookalike.search.rank.pool import Grid
from lookalike.search.rank.sight import Sight
from lookalike.search.rank.views import QueryViews
from pools import pool_of


def views_of(seed: int, n: int, d: int) -> np.ndarray:
    views = np.random.default_rng([seed, 1]).standard_normal((n, d)).astype(np.float32)
    return views / np.linalg.norm(views, axis=1, keepdims=True)


@given(seed=st.integers(0, 999), n_views=st.integers(1, 3))
def test_candidates_are_scored_by_the_mean_direction(seed: int, n_views: int):
    pool = pool_of(seed, 12)
    views = views_of(seed, n_views, len(pool.query))
    found = QueryViews().rescore(replace(pool, query_views=views))
    for place, vector in enumerate(pool.vectors.tolist()):
        mean = [sum(column) for column in zip(pool.query.tolist(), *views.tolist(), strict=True)]
        length = sum(one * one for one in mean) ** 0.5
        assert found[place] == pytest.approx(sum(a * b for a, b in zip(vector, mean, strict=True)) / length, abs=1e-6)


def test_without_a_photograph_and_where_views_cancel_similarities_stay():
    pool = pool_of(3, 12)
    for views in (None, -pool.query[np.newaxis]):
        found = QueryViews().rescore(replace(pool, query_views=views))
        np.testing.assert_array_equal(found, pool.similarities.astype(np.float64))


@pytest.mark.parametrize("views", [(), ("upside-down",)])
def test_views_that_are_none_are_refused(views: tuple[str, ...]):
    with pytest.raises(ValueError, match="middle, mirrored"):
        QueryViews(views)


@pytest.mark.parametrize("shape", [(6,), (0, 6), (2, 5)])
def test_views_of_another_shape_are_refused(shape: tuple[int, ...]):
    pool = pool_of(1, 4, dimension=6)
    with pytest.raises((ValueError, TypeError), match=r"query_views|rows of 6 numbers"):
        replace(pool, query_views=np.ones(shape, np.float32))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("dba", []),
        ("geometric", ["query_grid", "grids 12"]),
        ("views-2", ["views middle"]),
        ("views-3", ["views middle mirrored"]),
    ],
)
def test_only_what_a_method_needs_is_made(method: str, expected: list[str]):
    pool, told = pool_of(5, 12), []
    cells = views_of(1, 4, 6)

    def query_grid() -> Grid:
        told.append("query_grid")
        return Grid(cells, 2, 2)

    def grids(n: int) -> dict[int, Grid]:
        told.append(f"grids {n}")
        return {}

    def query_views(names: tuple[str, ...]) -> np.ndarray:
        told.append(" ".join(("views", *names)))
        return views_of(5, len(names), len(pool.query))

    rescored(method, pool.query, pool.vectors, pool.similarities, sight=Sight(query_grid, grids, query_views))
    assert told == expected


def test_where_the_query_has_no_map_the_maps_of_candidates_are_not_made():
    def never(n: int) -> dict[int, Grid]:
        raise AssertionError(n)

    pool = pool_of(5, 12)
    order, _ = rescored(
        "geometric", pool.query, pool.vectors, pool.similarities, sight=Sight(lambda: None, never, lambda names: None)
    )
    assert order.tolist() == list(range(12))


def test_what_needs_the_photograph_says_so():
    assert {name for name, method in METHODS.items() if method.needs.photograph} == {"geometric", "views-2", "views-3"}
