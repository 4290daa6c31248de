"""Claims about `lookalike.explain.split`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.embed.tensors import finite_unit_rows
from lookalike.errors import ModelDamaged, NoVector
from lookalike.explain.match import match
from lookalike.explain.parts import pair_parts
from lookalike.explain.pooling import GeneralisedMeanPooling, MeanPooling
from lookalike.explain.split import Split, split_by_occlusion, split_features, split_pictures


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 7),
    st.integers(1, 7),
    st.sampled_from([1.0, 2.0, 3.0, 6.5]),
    st.booleans(),
)
def test_the_terms_add_up_to_the_embedding(seed: int, rows: int, columns: int, exponent: float, centred: bool):
    generator = np.random.default_rng(seed)
    features = np.abs(generator.normal(size=(5, rows, columns))).astype(np.float32)
    matrix, offset = generator.normal(size=(4, 5)).astype(np.float32), generator.normal(size=4).astype(np.float32)
    if centred:
        offset = np.zeros(4, np.float32)
    pooling = MeanPooling() if exponent == 1.0 else GeneralisedMeanPooling(exponent)
    split = split_features(features, matrix, offset, pooling)
    pooled = np.mean(features.astype(float) ** exponent, axis=(1, 2)) ** (1 / exponent)
    expected = matrix.astype(float) @ pooled + offset
    np.testing.assert_allclose(split.whole, expected / np.linalg.norm(expected), atol=1e-5)
    np.testing.assert_allclose(split.terms.sum(axis=0), split.whole, atol=1e-9)
    assert split.method == "exact"


def test_each_term_is_what_the_formula_says():
    generator = np.random.default_rng(1)
    features = generator.normal(size=(3, 2, 2)).astype(np.float32)
    matrix, offset = generator.normal(size=(4, 3)), generator.normal(size=4)
    split = split_features(features, matrix, offset, MeanPooling())
    length = np.linalg.norm(matrix @ features.astype(float).mean(axis=(1, 2)) + offset)
    for row in range(2):
        for column in range(2):
            term = (matrix @ features[:, row, column].astype(float) + offset) / (4 * length)
            np.testing.assert_allclose(split.terms[2 * row + column], term)


def test_terms_of_several_heads_add_up_to_their_unit_vectors_side_by_side():
    generator = np.random.default_rng(4)
    features = np.abs(generator.normal(size=(6, 3, 3))).astype(np.float32)
    matrix, offset = generator.normal(size=(5, 6)), generator.normal(size=5)
    split = split_features(features, matrix, offset, MeanPooling(), ((3, 0.75), (2, 0.25)))
    projected = matrix @ features.astype(float).mean(axis=(1, 2)) + offset
    first, second = projected[:3], projected[3:]
    wanted = [*(0.75**0.5 * first / np.linalg.norm(first)), *(0.25**0.5 * second / np.linalg.norm(second))]
    np.testing.assert_allclose(split.whole, wanted)
    np.testing.assert_allclose(split.terms.sum(axis=0), wanted)
    term = (matrix @ features[:, 1, 2].astype(float) + offset)[3:] / 9 * 0.25**0.5 / np.linalg.norm(second)
    np.testing.assert_allclose(split.terms[5, 3:], term)


@pytest.mark.parametrize("exponent", [1.0, 3.0])
def test_a_described_model_is_split_exactly_and_agrees_with_its_embedding(make_embedder, make_picture, exponent: float):
    embedder = make_embedder(exponent=exponent)
    squares = [make_picture(np.random.default_rng(seed)) for seed in range(3)]
    for split, vector in zip(split_pictures(embedder, squares), embedder.embed(np.stack(squares)), strict=True):
        assert split.method == "exact"
        np.testing.assert_allclose(split.terms.sum(axis=0), vector, atol=1e-5)
    assert split_pictures(embedder, []) == ()


def test_a_model_that_says_nothing_about_its_making_is_occluded(make_embedder, make_picture):
    embedder = make_embedder(described=False)
    square = make_picture(np.random.default_rng(2))
    (split,) = split_pictures(embedder, [square])
    assert split.method == "occlusion"
    assert (split.rows, split.columns) == (6, 6)
    assert embedder.asked <= 50
    np.testing.assert_allclose(split.whole, embedder.embed(square[np.newaxis])[0], atol=1e-6)


def uncovered(embedder, square: np.ndarray, kept: list[tuple[int, int]]) -> np.ndarray:
    """The vector of a square of which, in cells of 8 pixels, only those are kept."""
    covered = np.broadcast_to(square.reshape(-1, 3).mean(axis=0).round().astype(np.uint8), square.shape).copy()
    for row, column in kept:
        place = np.s_[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        covered[place] = square[place]
    return embedder.embed(covered[np.newaxis])[0].astype(np.float64)


@pytest.mark.parametrize("seed", range(4))
def test_the_terms_of_a_covered_picture_add_up_and_their_parts_are_what_the_formula_says(
    make_embedder, make_picture, seed: int
):
    embedder = make_embedder(described=False)
    square = make_picture(np.random.default_rng(seed))
    split = split_by_occlusion(embedder, square, cells=4)
    whole = uncovered(embedder, square, [divmod(cell, 4) for cell in range(16)])
    nothing = uncovered(embedder, square, [])
    np.testing.assert_allclose(split.terms.sum(axis=0), whole, atol=1e-6)
    assert split.parts is not None
    members = [
        [(row, column) for row in range(top, bottom) for column in range(left, right)]
        for top, left, bottom, right in split.parts
    ]
    assert sorted(cell for cells in members for cell in cells) == [divmod(cell, 4) for cell in range(16)]
    others = [[cell for other in members if other is not cells for cell in other] for cells in members]
    brought = [
        (uncovered(embedder, square, own) - nothing + whole - uncovered(embedder, square, rest)) / 2
        for own, rest in zip(members, others, strict=True)
    ]
    lacking = (whole - sum(brought)) / len(brought)
    terms = split.terms.reshape(4, 4, -1)
    for cells, share in zip(members, brought, strict=True):
        np.testing.assert_allclose(sum(terms[cell] for cell in cells), share + lacking, atol=1e-6)
        one, other = cells[0], cells[-1]
        all_cells = [divmod(cell, 4) for cell in range(16)]
        lost = [uncovered(embedder, square, [cell for cell in all_cells if cell != each]) for each in (one, other)]
        np.testing.assert_allclose(terms[one] - terms[other], lost[1] - lost[0], atol=1e-6)


def test_a_picture_of_one_colour_is_one_part(make_embedder):
    embedder = make_embedder(described=False)
    split = split_by_occlusion(embedder, np.full((32, 32, 3), 90, np.uint8))
    assert split.parts == ((0, 0, 6, 6),)
    np.testing.assert_allclose(split.terms, np.tile(split.whole / 36, (36, 1)), atol=1e-7)


def test_estimated_parts_of_two_pictures_add_up_to_their_similarity(make_embedder, make_picture):
    embedder = make_embedder(described=False)
    for seed in range(6):
        generator = np.random.default_rng(seed)
        squares = [make_picture(generator), make_picture(generator)]
        matrix = match(*split_pictures(embedder, squares))
        first, second = embedder.embed(np.stack(squares)).astype(np.float64)
        assert sum(pair.contribution for pair in pair_parts(matrix)) == pytest.approx(first @ second, abs=1e-6)


def test_pooled_features_without_direction_are_an_error():
    with pytest.raises(ModelDamaged, match="no direction"):
        split_features(np.zeros((3, 2, 2), np.float32), np.ones((4, 3)), np.zeros(4), MeanPooling())


def test_terms_that_do_not_fit_the_grid_are_refused():
    with pytest.raises(ValueError, match="a split of 2 x 2 cells"):
        Split(np.zeros((3, 5)), 2, 2, np.zeros(5), "exact")


def test_a_covered_square_without_a_vector_counts_as_nothing(make_embedder, make_picture):
    embedder = make_embedder(described=False)

    def contrasts(batch: np.ndarray) -> np.ndarray:
        # Of a plain square, where no cell differs from another, nothing is left.
        cells = embedder.cells(batch).reshape(len(batch), 3, -1).astype(np.float64)
        spread = cells - cells.mean(axis=2, keepdims=True)
        return finite_unit_rows(np.where(np.abs(spread) < 1e-6, 0, spread)[:, 0, :6], embedder.description)

    embedder.embed = contrasts
    square = make_picture(np.random.default_rng(3))
    split = split_by_occlusion(embedder, square)
    np.testing.assert_allclose(split.terms.sum(axis=0), contrasts(square[np.newaxis])[0], atol=1e-6)
    with pytest.raises(NoVector):
        split_by_occlusion(embedder, np.full((32, 32, 3), 90, np.uint8))
