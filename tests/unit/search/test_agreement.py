"""Claims about `lookalike.search.agreement` and `lookalike.images.renditions`."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lookalike.images.renditions import RENDITIONS
from lookalike.search.agreement import agreement


class ProfileEmbedder:
    """Embeds a picture as the unit vector of its brightness row by row, or pixel by pixel in `fine` detail."""

    def __init__(self, *, fine: bool) -> None:
        self._fine = fine
        self.description = SimpleNamespace(name="profile")

    def embed(self, batch: np.ndarray) -> np.ndarray:
        grey = batch.astype(np.float64).mean(3)
        rows = (grey - 127.5).reshape(len(batch), grey.shape[1] * grey.shape[2]) if self._fine else grey.mean(2)
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)


@pytest.fixture
def squares() -> np.ndarray:
    """A ramp, and noise."""
    ramp = np.broadcast_to(np.linspace(20, 240, 32)[:, None, None], (32, 32, 3))
    return np.stack([ramp, np.random.default_rng(1).integers(0, 256, (32, 32, 3))]).astype(np.uint8)


@pytest.mark.parametrize("name", RENDITIONS)
def test_a_rendition_keeps_size_and_looks_the_same_and_is_not(name: str, squares: np.ndarray) -> None:
    noise = squares[1]
    before = noise.copy()
    changed = RENDITIONS[name](noise)
    assert (changed.shape, changed.dtype) == (noise.shape, noise.dtype)
    np.testing.assert_array_equal(noise, before)
    assert not np.array_equal(changed, noise)
    assert changed.mean() == pytest.approx(noise.mean(), abs=3)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 5)])
def test_renditions_of_tiny_pictures_have_their_size(size: tuple[int, int]) -> None:
    for change in RENDITIONS.values():
        assert change(np.full((*size, 3), 90, np.uint8)).shape == (*size, 3)


def test_what_depends_on_the_whole_agrees_and_what_depends_on_pixels_does_not(squares: np.ndarray) -> None:
    coarse = agreement(ProfileEmbedder(fine=False), squares)
    fine = agreement(ProfileEmbedder(fine=True), squares)
    assert coarse.shape == (2,)
    assert (coarse > 0.99).all()
    assert fine[1] < 0.7
    assert fine[0] > fine[1]


def test_agreement_is_the_mean_of_the_cosines_by_loops(squares: np.ndarray) -> None:
    embedder = ProfileEmbedder(fine=True)
    expected = []
    for square in squares:
        own = embedder.embed(square[None])[0]
        cosines = [float(own @ embedder.embed(change(square)[None])[0]) for change in RENDITIONS.values()]
        expected.append(sum(cosines) / len(cosines))
    np.testing.assert_allclose(agreement(embedder, squares), expected, atol=1e-5)


def test_no_pictures_have_no_agreement() -> None:
    assert agreement(ProfileEmbedder(fine=True), np.empty((0, 32, 32, 3), np.uint8)).shape == (0,)
