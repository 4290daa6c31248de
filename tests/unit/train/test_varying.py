"""Claims about `lookalike.train.varying`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.images import decode
from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.examples import Examples

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


def examples() -> Examples:
    """Arrows to the right before white, and their mirror images, which are other products."""
    squares = np.full((16, 40, 40, 3), 255, dtype=np.uint8)
    for number in range(8):
        half = 6 + number
        y, x = np.mgrid[:40, :40]
        squares[number, (x >= 8) & (x < 34) & (abs(y - 20) <= half * (1 - (x - 8) / 26))] = 25 * number
        squares[8 + number] = squares[number][:, ::-1]
    numbers = np.arange(16, dtype=np.int64)
    zeros = np.zeros(16, dtype=np.int64)
    return Examples(
        squares=squares,
        labels=numbers,
        names=tuple(f"arrow {number}" for number in range(16)),
        catalogues=zeros,
        kinds=zeros,
        categories=zeros,
        images=tuple(map(str, range(16))),
        contents=tuple(map(str, range(16))),
        hashes=numbers.astype(np.uint64),
        rejected=(),
        n_contradictions=0,
        data_sha256="",
    )


def test_a_run_starts_with_what_was_found_out_and_a_sheet_of_it(tmp_path: Path) -> None:
    from lookalike.train.varying import prepare_varying

    varying = prepare_varying(AugmentationConfig(), examples(), size_pixels=32, seed=1, folder=tmp_path)
    assert not varying.mirrored
    assert varying.n_even == 16
    record = json.loads((tmp_path / "augmentation.json").read_text())
    assert (record["mirrored"], record["even_backgrounds"], record["mirroring"]["n_changed"]) == (False, 16, 16)
    assert min(decode((tmp_path / "augmentation.png").read_bytes()).pixels.shape[:2]) > 400
    assert "another product" in varying.notes()[0]


@pytest.mark.parametrize(("flip", "mirrored"), [("always", True), ("never", False)])
def test_the_catalogue_is_not_asked_where_the_answer_is_set(tmp_path: Path, flip: str, mirrored: bool) -> None:
    from lookalike.train.varying import prepare_varying

    config = AugmentationConfig(flip=flip, background_probability=0.0)
    varying = prepare_varying(config, examples(), size_pixels=32, seed=1, folder=tmp_path)
    assert (varying.mirrored, varying.mirroring, varying.outlines) == (mirrored, None, None)


def test_a_picture_that_comes_twice_is_varied_twice(tmp_path: Path) -> None:
    from lookalike.train.varying import prepare_varying

    varying = prepare_varying(AugmentationConfig(), examples(), size_pixels=32, seed=1, folder=tmp_path)
    squares = torch.from_numpy(examples().squares[[3, 3]])
    once, twice = varying(squares, [3, 3 + 16], 0), varying(squares, [3, 3], 0)
    assert not torch.equal(once[0], once[1])
    assert torch.equal(twice[0], twice[1])


def test_outlines_that_need_more_memory_than_allowed_are_mapped_from_a_file(tmp_path: Path) -> None:
    from lookalike.train.varying import prepare_varying

    held, mapped = (
        prepare_varying(
            AugmentationConfig(), examples(), size_pixels=32, seed=1, folder=tmp_path, memory_megabytes=megabytes
        )
        for megabytes in (1, 0)
    )
    assert not isinstance(held.outlines, np.memmap)
    assert isinstance(mapped.outlines, np.memmap)
    np.testing.assert_array_equal(held.outlines, mapped.outlines)
    given = torch.from_numpy(examples().squares)
    np.testing.assert_array_equal(held(given, range(16), 1).numpy(), mapped(given, range(16), 1).numpy())


def test_of_many_pictures_some_are_asked_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lookalike.train import varying

    # Every third is asked, and none of these is the mirror image of another.
    monkeypatch.setattr(varying, "_MOST_JUDGED", 6)
    cells = np.random.default_rng(2).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    squares = np.concatenate([cells, cells[:, :, ::-1]]).repeat(2, axis=1).repeat(2, axis=2)
    given = replace(examples(), squares=squares)
    found = varying.prepare_varying(AugmentationConfig(), given, size_pixels=32, seed=1, folder=tmp_path)
    assert not found.mirrored
    assert found.mirroring is not None
    assert (found.mirroring.n_products, found.mirroring.n_changed) == (6, 6)
