"""Claims about `lookalike.embed.probe`."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lookalike.embed.description import ModelDescription
from lookalike.embed.probe import agreement, probe_pictures, require_agreement
from lookalike.errors import FingerprintMismatch
from lookalike.images.preprocessing import Preprocessing


class FakeEmbedder:
    """Channel means as vectors; the third picture's is turned by `angle_radians`."""

    def __init__(self, angle_radians: float = 0.0, *, precision: str = "fp32", weights: str = "0") -> None:
        self.description = ModelDescription(
            "fake", "1", 3, Preprocessing(size_pixels=16), weights * 64, "Apache-2.0", "a test", precision=precision
        )
        self._angle = angle_radians

    def embed(self, batch: np.ndarray) -> np.ndarray:
        rows = batch.mean((1, 2)) + 1.0
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        aside = np.cross(rows[2], [1.0, 0.0, 0.0])
        rows[2] = np.cos(self._angle) * rows[2] + np.sin(self._angle) * aside / np.linalg.norm(aside)
        return rows.astype(np.float32)


def test_there_are_eight_different_probe_pictures_of_some_size():
    pictures = probe_pictures()
    assert len(pictures) == 8
    assert len({pixels.tobytes() for pixels in pictures}) == 8
    assert all(min(pixels.shape[:2]) >= 128 and pixels.dtype == np.uint8 for pixels in pictures)


@pytest.mark.parametrize("angle_radians", [0.0, 0.01, 0.3])
def test_agreement_is_the_cosine_of_the_worst_picture(angle_radians: float):
    found = agreement(FakeEmbedder(angle_radians), FakeEmbedder())
    assert found == pytest.approx(np.cos(angle_radians), abs=1e-6)
    assert found == pytest.approx(agreement(FakeEmbedder(), FakeEmbedder(angle_radians)), abs=1e-6)


def test_what_agrees_well_enough_may_share_a_release():
    assert require_agreement(FakeEmbedder(0.04, precision="bf16"), FakeEmbedder()) >= 0.999


def test_what_agrees_less_is_refused_with_what_to_do():
    with pytest.raises(FingerprintMismatch, match=r"in bf16 agrees with .* only, 0\.999 is needed.*new release"):
        require_agreement(FakeEmbedder(0.05, precision="bf16"), FakeEmbedder())


def test_different_models_are_never_compared():
    with pytest.raises(FingerprintMismatch, match="different models"):
        agreement(FakeEmbedder(), FakeEmbedder(weights="1"))
    other = FakeEmbedder()
    preprocessing = dataclasses.replace(other.description.preprocessing, fit="pad")
    other.description = dataclasses.replace(other.description, preprocessing=preprocessing)
    with pytest.raises(FingerprintMismatch, match="prepare pictures differently"):
        agreement(FakeEmbedder(), other)
