"""Small random models and pictures to take apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lookalike.embed.description import ModelDescription
from lookalike.embed.tensors import finite_unit_rows
from lookalike.images.preprocessing import Preprocessing

SIDE = 32


class FeatureEmbedder:
    """Embeds like the packaged model: mean of 3 x 3 cells' colours (the features), an affine map, unit length."""

    def __init__(self, *, exponent: float = 1.0, described: bool = True, fit: str = "squash", seed: int = 5) -> None:
        generator = np.random.default_rng(seed)
        self.matrix = generator.normal(size=(6, 3)).astype(np.float32)
        self.offset = generator.normal(size=6).astype(np.float32)
        self.exponent = exponent
        self.asked = 0
        self.description = ModelDescription(
            name="cells",
            version="1",
            dimension=6,
            preprocessing=Preprocessing(size_pixels=SIDE, fit=fit),  # pyright: ignore[reportArgumentType]
            weights_sha256="0" * 64,
            licence="Apache-2.0",
            source="made in a test",
            features=("features",) if described else (),
            projection=("P", "b") if described else None,
            pooling_exponent=exponent,
        )

    def cells(self, batch: np.ndarray) -> np.ndarray:
        edges = [0, 11, 22, SIDE]
        rows = [
            [batch[:, a:b, c:d].mean(axis=(1, 2)) / 255 for c, d in itertools.pairwise(edges)]
            for a, b in itertools.pairwise(edges)
        ]
        return np.asarray(rows, np.float32).transpose(2, 3, 0, 1)

    def embed(self, batch: np.ndarray) -> np.ndarray:
        self.asked += len(batch)
        cells = self.cells(batch).astype(np.float64).reshape(len(batch), 3, -1)
        pooled = np.mean(np.maximum(cells, 1e-6) ** self.exponent, axis=2) ** (1 / self.exponent)
        return finite_unit_rows((pooled @ self.matrix.T + self.offset).astype(np.float32), self.description)

    def features(self, batch: np.ndarray, names: Sequence[str] | None = None) -> Mapping[str, np.ndarray]:
        del names
        return {"features": self.cells(batch)}

    def projection(self) -> tuple[np.ndarray, np.ndarray] | None:
        return (self.matrix, self.offset) if self.description.projection is not None else None


def patchwork(generator: np.random.Generator, width: int = SIDE, height: int = SIDE) -> np.ndarray:
    """A picture of random blocks."""
    blocks = generator.integers(0, 256, size=(4, 4, 3), dtype=np.uint8)
    return np.ascontiguousarray(np.repeat(np.repeat(blocks, height // 4, axis=0), width // 4, axis=1))


@pytest.fixture
def make_embedder() -> type[FeatureEmbedder]:
    """Makes an embedder whose embedding splits exactly (or, not described, by occlusion only)."""
    return FeatureEmbedder


@pytest.fixture
def make_picture():
    """Makes a picture of random blocks; see `patchwork`."""
    return patchwork
