"""Claims about `lookalike.train.mirroring`, on drawn arrows and on real catalogues."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from lookalike.images import Preprocessing, decode
from lookalike.train.mirroring import judge_mirroring

PREPARED = Preprocessing(size_pixels=64)


def arrow(generator: np.random.Generator) -> np.ndarray:
    """A triangle that points to the right, somewhere, in some colours."""
    y, x = np.mgrid[:64, :64]
    middle, length, half = generator.integers(20, 44), generator.integers(30, 50), generator.integers(8, 18)
    inside = (x >= 8) & (x < 8 + length) & (abs(y - middle) <= half * (1 - (x - 8) / length))
    return np.where(inside[..., None], generator.integers(0, 120, 3), generator.integers(160, 256, 3)).astype(np.uint8)


def arrows(n: int) -> np.ndarray:
    generator = np.random.default_rng(3)
    return np.stack([arrow(generator) for _ in range(n)])


def test_left_and_right_arrows_that_are_different_products_forbid_mirroring() -> None:
    right = arrows(8)
    pictures = np.concatenate([right, right[:, :, ::-1]])
    found = judge_mirroring(pictures, np.arange(16))
    assert not found.keeps
    assert found.n_changed == 16
    assert (0, 8) in found.pairs


def test_products_shown_from_both_sides_allow_it() -> None:
    right = arrows(8)
    pictures = np.concatenate([right, right[:, :, ::-1]])
    found = judge_mirroring(pictures, np.tile(np.arange(8), 2))
    assert found.keeps
    assert found.n_kept == 8


def test_symmetrical_pictures_say_nothing() -> None:
    right = arrows(8)
    both = np.minimum(right, right[:, :, ::-1])
    found = judge_mirroring(np.concatenate([both, both]), np.arange(16))
    assert found.keeps
    assert found.n_changed == 0


def test_pictures_of_one_shade_say_nothing() -> None:
    assert judge_mirroring(np.full((4, 32, 32, 3), 200, dtype=np.uint8), np.arange(4)).keeps


@pytest.mark.data
@pytest.mark.parametrize(("table", "keeps"), [("signs/catalog.csv", False), ("grocery/val.csv", True)])
def test_signs_are_not_mirrored_and_groceries_are(shared_data: Path, table: str, keeps: bool) -> None:
    file = shared_data / table
    with file.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if "left" in row["image"] or "right" in row["image"] or keeps][
            :300
        ]
    pictures = [PREPARED.apply(decode((file.parent / row["image"]).read_bytes()).pixels) for row in rows]
    _, labels = np.unique([row["product_id"] for row in rows], return_inverse=True)
    found = judge_mirroring(np.stack(pictures), labels.astype(np.int64))
    assert found.keeps is keeps


@pytest.mark.parametrize("side", [16, 50, 4400])
def test_cells_are_the_plain_means_of_what_they_cover(side: int) -> None:
    """Sums of the largest pictures would not fit in 16 bits."""
    from lookalike.train.mirroring import _coarse

    pictures = np.random.default_rng(0).integers(250, 256, (1, side, side, 3), dtype=np.uint8)
    cell = side // 16
    margin = (side - 16 * cell) // 2
    inner = pictures[0, margin : margin + 16 * cell, margin : margin + 16 * cell].astype(np.float64)
    expected = [
        [inner[y : y + cell, x : x + cell].mean((0, 1)) for x in range(0, 16 * cell, cell)]
        for y in range(0, 16 * cell, cell)
    ]
    np.testing.assert_allclose(_coarse(pictures)[0], expected, rtol=1e-6)
