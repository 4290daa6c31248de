"""Rankings against the plainest loop: every row scored in float64, sorted, folded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import DimensionMismatch
from lookalike.evaluate import ranking
from lookalike.evaluate.ranking import Ranking, rank


def naive(queries: np.ndarray, gallery: np.ndarray, groups: np.ndarray, k: int, left_out: list[set[int]]) -> Ranking:
    found = np.full((len(queries), k), -1, dtype=np.int64)
    rows = found.copy()
    similarities = np.full((len(queries), k), np.nan, dtype=np.float32)
    for i, query in enumerate(queries):
        scored = []
        for row, vector in enumerate(gallery):
            if row not in left_out[i]:
                similarity = np.float32(np.dot(query.astype(np.float64), vector.astype(np.float64)))
                scored.append((-round(float(similarity), 6), row, similarity))
        place = 0
        for _, row, similarity in sorted(scored):
            if groups[row] not in found[i, :place] and place < k:
                found[i, place], rows[i, place], similarities[i, place] = groups[row], row, similarity
                place += 1
    return Ranking(found, similarities, rows)


def assert_same(left: Ranking, right: Ranking) -> None:
    np.testing.assert_array_equal(left.groups, right.groups)
    np.testing.assert_array_equal(left.rows, right.rows)
    np.testing.assert_allclose(left.similarities, right.similarities, atol=1e-6)


@st.composite
def contests(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, list[set[int]]]:
    """Few distinct coordinates, so that ties and duplicates abound; groups of all sizes; k beyond the gallery."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_queries, dimension = draw(st.integers(0, 40)), draw(st.integers(0, 6)), draw(st.integers(1, 4))
    scale = draw(st.sampled_from([1.0, 1e-7, 1000.0]))
    gallery = (generator.integers(-1, 2, (n, dimension)) * scale).astype(np.float32)
    if draw(st.booleans()):
        gallery += generator.normal(0, draw(st.sampled_from([1e-7, 0.1])), gallery.shape).astype(np.float32)
    queries = generator.integers(-2, 3, (n_queries, dimension)).astype(np.float32)
    groups = generator.integers(0, draw(st.integers(1, 50)), n)
    left_out = [set(generator.integers(0, n, generator.integers(0, 4)).tolist()) if n else set() for _ in queries]
    return queries, gallery, groups, draw(st.integers(1, 50)), left_out


@given(contests(), st.integers(1, 200))
def test_a_ranking_equals_the_naive_loop_whatever_the_size_of_blocks(
    contest: tuple[np.ndarray, np.ndarray, np.ndarray, int, list[set[int]]], rows_at_once: int
) -> None:
    queries, gallery, groups, k, left_out = contest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_ROWS_AT_ONCE", rows_at_once)
        patch.setattr(ranking, "_QUERIES_AT_ONCE", 2)
        patch.setattr(ranking, "_RESCORED_AT_ONCE", 7)
        arrays = [np.array(sorted(rows), dtype=np.int64) for rows in left_out]
        assert_same(rank(queries, gallery, groups, k=k, left_out=arrays), naive(queries, gallery, groups, k, left_out))


@pytest.mark.parametrize("n_groups", [1, 7, 400, 3000])
def test_a_large_gallery_is_ranked_as_by_the_loop(n_groups: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_ROWS_AT_ONCE", 500)
    generator = np.random.default_rng(n_groups)
    gallery = generator.normal(size=(3000, 24)).astype(np.float32)
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    gallery[1000:1500] = gallery[:500]
    groups = generator.integers(0, n_groups, 3000)
    queries = gallery[generator.integers(0, 3000, 12)]
    assert_same(rank(queries, gallery, groups, k=10), naive(queries, gallery, groups, 10, [set()] * 12))


def test_equal_rows_come_in_order_of_their_number() -> None:
    gallery = np.ones((200, 3), dtype=np.float32)
    found = rank(np.ones((1, 3), dtype=np.float32), gallery, np.arange(200), k=5)
    assert found.rows[0].tolist() == [0, 1, 2, 3, 4]


def test_what_is_left_out_is_never_found_and_what_is_missing_is_padded() -> None:
    gallery = np.eye(3, dtype=np.float32)
    found = rank(gallery, gallery, np.array([4, 5, 5]), k=3, left_out=[np.array([i]) for i in range(3)])
    assert found.groups.tolist() == [[5, -1, -1], [4, 5, -1], [4, 5, -1]]
    assert found.rows.tolist() == [[1, -1, -1], [0, 2, -1], [0, 1, -1]]
    assert np.isnan(found.similarities[0, 1:]).all()


def test_an_empty_gallery_and_no_queries_give_padding_and_nothing() -> None:
    nothing = np.empty((0, 4), dtype=np.float32)
    none = np.empty(0, dtype=np.int64)
    assert rank(np.ones((2, 4), dtype=np.float32), nothing, none, k=3).groups.tolist() == [[-1] * 3] * 2
    assert rank(nothing, nothing, none, k=3).groups.shape == (0, 3)


def test_questions_that_cannot_be_answered_are_refused_with_what_was_wrong() -> None:
    vectors = np.eye(2, dtype=np.float32)
    groups = np.arange(2)
    with pytest.raises(DimensionMismatch, match="embed both with the same model"):
        rank(np.ones((1, 3), dtype=np.float32), vectors, groups, k=1)
    with pytest.raises(ValueError, match="k must be at least 1"):
        rank(vectors, vectors, groups, k=0)
    with pytest.raises(ValueError, match="one group for each of 2 rows, received 1"):
        rank(vectors, vectors, groups[:1], k=1)
    with pytest.raises(ValueError, match="must not be negative, received -1"):
        rank(vectors, vectors, groups - 1, k=1)
    with pytest.raises(ValueError, match="left_out must name rows 0 to 1"):
        rank(vectors, vectors, groups, k=1, left_out=[np.array([2]), np.array([0])])
    with pytest.raises(ValueError, match="finite"):
        rank(vectors, vectors * np.float32(np.nan), groups, k=1)
