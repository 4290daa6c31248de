"""A picture with an object, edges, colours and texture before an even backdrop."""

from __future__ import annotations

import numpy as np
import pytest


def scene(height: int = 96, width: int = 120, seed: int = 0) -> np.ndarray:
    """A striped disk and a box before a pale backdrop that one lamp lights from the left."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    pixels = np.empty((height, width, 3), dtype=np.float64)
    pixels[:] = np.asarray((226.0, 222.0, 214.0)) - 10 * (x / width)[..., None]
    disk = (y - 0.5 * height) ** 2 + (x - 0.45 * width) ** 2 < (0.28 * height) ** 2
    stripes = np.where((x // (5 + 2 * seed)) % 2 == 0, 1.0, 0.35)[..., None] * generator.uniform(80, 220, 3)
    pixels[disk] = stripes[disk]
    pixels[round(0.6 * height) : round(0.85 * height), round(0.6 * width) : round(0.8 * width)] = (30, 60, 140)
    return np.clip(pixels + generator.normal(0, 2, pixels.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def pixels() -> np.ndarray:
    return scene()


@pytest.fixture
def large_scenes() -> list[np.ndarray]:
    """Of the size for which severities are published, with stripes of several widths."""
    return [scene(224, 240, seed) for seed in range(6)]
