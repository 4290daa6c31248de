"""Claims about `lookalike.search.scenes.looking`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tiny_model import described

from lookalike.embed.opening import open_embedder
from lookalike.errors import NoVector
from lookalike.images.scaling import scaled
from lookalike.search.scenes.looking import part_vectors, side_of_parts


@given(st.integers(1, 12), st.integers(64, 512), st.floats(0.5, 12))
def test_more_parts_are_never_seen_larger(n_parts: int, own: int, budget: float):
    side = side_of_parts(n_parts, own, budget)
    assert side >= side_of_parts(n_parts + 1, own, budget)
    assert side % 32 == 0


@pytest.mark.parametrize(("n_parts", "side"), [(1, 224), (2, 224), (3, 160), (4, 128), (6, 128)])
def test_parts_share_the_budget(n_parts: int, side: int):
    assert side_of_parts(n_parts, 224, 2.0) == side


def test_a_part_is_embedded_as_a_photograph_of_it_alone():
    embedder = open_embedder(threads=1)
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    boxes = np.array([[10, 20, 150, 220], [200, 0, 400, 100]], np.float32)
    vectors, places = part_vectors(embedder, pixels, boxes, budget=2.0)
    assert places.tolist() == [0, 1]
    for box, vector in zip(boxes, vectors, strict=True):
        alone = np.ascontiguousarray(pixels[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])])
        np.testing.assert_allclose(vector, embedder.embed(scaled(alone, 224, 224)[np.newaxis])[0], atol=0.02)
    assert part_vectors(embedder, pixels, boxes[:0], budget=2.0)[0].shape == (0, embedder.description.dimension)


class Blind:
    """Has no vector of what is black."""

    description = described(b"blind", dimension=4)

    def embed(self, batch: np.ndarray) -> np.ndarray:
        dark = np.flatnonzero(~batch.any(axis=(1, 2, 3)))
        if len(dark):
            raise NoVector("nothing comes of it", places=tuple(dark.tolist()))
        rows = np.zeros((len(batch), 4), np.float32)
        rows[:, 0] = 1
        return rows


def test_a_part_without_a_vector_costs_no_other():
    pixels = np.zeros((90, 90, 3), np.uint8)
    pixels[:, 30:60] = 200
    boxes = np.array([[0, 0, 20, 90], [30, 0, 60, 90], [70, 0, 90, 90]], np.float32)
    vectors, places = part_vectors(Blind(), pixels, boxes, budget=2.0)
    assert (vectors.shape, places.tolist()) == ((1, 4), [1])
    vectors, places = part_vectors(Blind(), pixels, boxes[:1], budget=2.0)
    assert (vectors.shape, places.tolist()) == ((0, 4), [])
