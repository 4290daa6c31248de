"""Claims about `lookalike.train.kept`: what is kept is each picture's own, in whatever order it was made."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


def kept(folder: Path, model: Path, squares: np.ndarray, vary) -> np.ndarray:
    """What is kept of the squares; the model's own vectors, which come with it, are those that it gives by itself."""
    from lookalike.embed.opening import open_embedder
    from lookalike.embed.tensors import finite_unit_rows
    from lookalike.train.config import HeadConfig, ModelConfig, TrainingConfig
    from lookalike.train.initial_model import open_initial_model
    from lookalike.train.kept import Keeping, kept_features

    config = TrainingConfig(
        model=ModelConfig(init=str(model), mode="head", views=2), head=HeadConfig(dimension=8, start="random")
    )
    initial = open_initial_model(config, "cpu")
    keeping = Keeping(initial.given, 2, "key")
    found = kept_features(folder, keeping, initial.assembly, initial.onnx, squares, vary, device="cpu")
    assert found.vectors is not None
    units = finite_unit_rows(found.vectors, initial.description)
    np.testing.assert_allclose(units, open_embedder(model).embed(squares), atol=1e-5)
    return np.array(next(iter(found.tensors.values())))


def darker(squares: torch.Tensor, numbers: range, view: int) -> torch.Tensor:
    """A variation that says whose it is; the first batch takes longest."""
    if numbers[0] == 0:
        time.sleep(0.05)
    side = squares.shape[1]
    shades = torch.tensor([(7 * number + 50 * view) % 200 for number in numbers], dtype=torch.uint8)
    return shades[:, None, None, None].expand(len(numbers), side, side, 3).contiguous()


def test_every_view_lands_at_its_picture_though_several_are_made_at_a_time(tiny_model: Path, tmp_path: Path) -> None:
    from lookalike.embed.opening import open_embedder

    size = open_embedder(tiny_model).description.preprocessing.size_pixels
    squares = np.random.default_rng(0).integers(0, 256, (150, size, size, 3), dtype=np.uint8)
    whole = kept(tmp_path / "whole", tiny_model, squares, darker)
    for place in (0, 1, 63, 64, 100, 149):
        for view in (1, 2):
            alone = darker(torch.from_numpy(squares[place : place + 1]), range(place, place + 1), view).numpy()
            expected = kept(tmp_path / f"{place}-{view}", tiny_model, alone, None)[0, 0]
            np.testing.assert_allclose(whole[place, view], expected, rtol=1e-4, atol=1e-5)


def test_threads_of_torch_are_as_before_also_when_varying_fails(tiny_model: Path, tmp_path: Path) -> None:
    from lookalike.embed.opening import open_embedder

    def fails(squares: torch.Tensor, numbers: range, view: int) -> torch.Tensor:
        raise ZeroDivisionError("varying")

    size = open_embedder(tiny_model).description.preprocessing.size_pixels
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(ZeroDivisionError):
            kept(tmp_path, tiny_model, np.zeros((3, size, size, 3), np.uint8), fails)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_vectors_that_were_not_kept_from_the_beginning_are_not_taken_for_zeros(
    tiny_model: Path, tmp_path: Path
) -> None:
    """What an earlier version has computed is not computed again, and has no vectors beside it."""
    from lookalike.train.config import HeadConfig, ModelConfig, TrainingConfig
    from lookalike.train.initial_model import open_initial_model
    from lookalike.train.kept import Keeping, kept_features

    model = ModelConfig(init=str(tiny_model), mode="head", views=2)
    initial = open_initial_model(TrainingConfig(model=model, head=HeadConfig(dimension=8, start="random")), "cpu")
    size = initial.size_pixels
    squares = np.random.default_rng(0).integers(0, 256, (70, size, size, 3), dtype=np.uint8)
    keeping = Keeping(initial.given, 2, "key")

    def found():
        return kept_features(tmp_path, keeping, initial.assembly, initial.onnx, squares, None, device="cpu")

    first = found()
    assert first.vectors is not None
    again = found()
    np.testing.assert_array_equal(again.vectors, first.vectors)
    next(tmp_path.rglob("vectors.npy")).unlink()
    for _ in range(2):
        late = found()
        assert late.vectors is None
        np.testing.assert_array_equal(next(iter(late.tensors.values())), next(iter(first.tensors.values())))
