"""The tiny model, and pictures for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.embed.description import ModelDescription
from tiny_model import SIDE, described, tiny_file, write_tiny


@pytest.fixture(scope="session")
def tiny() -> tuple[ModelDescription, bytes]:
    """Description and file."""
    file = tiny_file()
    return described(file), file


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a model folder; read it only."""
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def squares() -> np.ndarray:
    """Twelve pictures with something in them."""
    random = np.random.default_rng(5)
    coarse = random.integers(0, 256, (12, 4, 4, 3))
    fine = np.kron(coarse, np.ones((1, SIDE // 4, SIDE // 4, 1))) + random.normal(0, 6, (12, SIDE, SIDE, 3))
    return np.clip(fine, 0, 255).astype(np.uint8)
