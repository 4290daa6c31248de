"""Pictures of which a model makes no vector are told from those of which it does, in any number of batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike.embed.opening import describe_model
from lookalike.embed.sifting import embed_all, embed_with_gaps
from lookalike.errors import NoVector
from lookalike.images.preprocessing import Preprocessing


class Faint:
    """The upper left corner as a vector; none of black."""

    description = replace(
        describe_model(), dimension=3, preprocessing=Preprocessing(size_pixels=8), projection=None, heads=()
    )

    def __init__(self) -> None:
        self.batches: list[int] = []

    def embed(self, batch: np.ndarray) -> np.ndarray:
        self.batches.append(len(batch))
        rows = batch[:, 0, 0].astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if (lengths == 0).any():
            raise NoVector("nothing comes of it", places=tuple(np.flatnonzero(lengths[:, 0] == 0).tolist()))
        return rows / lengths


def squares(values: list[int]) -> list[np.ndarray]:
    return [np.full((8, 8, 3), value, np.uint8) for value in values]


def test_every_picture_that_has_a_vector_gets_it_at_its_place() -> None:
    values = [0 if place in (2, 31, 40) else place + 1 for place in range(70)]
    vectors, places = embed_all(Faint(), squares(values))
    assert places.tolist() == [place for place in range(70) if values[place]]
    assert vectors.shape == (67, 3)
    assert vectors.dtype == np.float32


def test_a_whole_batch_without_a_vector_is_passed_over_where_the_model_works() -> None:
    vectors, places = embed_all(Faint(), squares([0] * 32 + [9]))
    assert (places.tolist(), vectors.shape) == ([32], (1, 3))


def test_of_one_row_a_picture_those_without_a_vector_are_zeros() -> None:
    found = embed_with_gaps(Faint(), np.stack(squares([5, 0, 7])))
    assert found.dtype == np.float32
    assert found.any(axis=1).tolist() == [True, False, True]
    assert embed_with_gaps(Faint(), np.stack(squares([0, 0]))).tolist() == [[0.0] * 3] * 2


def test_no_pictures_give_no_vectors() -> None:
    embedder = Faint()
    vectors, places = embed_all(embedder, iter(()))
    assert (vectors.shape, places.shape, embedder.batches) == ((0, 3), (0,), [])


def test_pictures_are_drawn_a_batch_at_a_time() -> None:
    embedder, drawn = Faint(), []

    def drawing():
        for square in squares([5] * 40):
            drawn.append(len(embedder.batches))
            yield square

    embed_all(embedder, drawing())
    assert drawn == [0] * 32 + [1] * 8


def test_a_model_that_has_a_vector_of_nothing_is_at_fault() -> None:
    class Blind(Faint):
        def embed(self, batch: np.ndarray) -> np.ndarray:
            raise NoVector("nothing comes of anything", places=tuple(range(len(batch))))

    with pytest.raises(NoVector):
        embed_all(Blind(), squares([5]))
