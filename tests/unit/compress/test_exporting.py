"""Claims about `lookalike.compress.exporting` that need no browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
from onnx import TensorProto

from lookalike.compress import export
from lookalike.embed import ModelDescription, open_embedder
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.evaluate.kept_trials import learned_products
from lookalike.images import Preprocessing
from tiny_model import tiny_file

SIDE = 32


def changed(path: Path, *, batch: int | None = None, half: bool = False) -> Path:
    """The tiny model as a bare file, for so many pictures at a time, or fed half precision."""
    proto = onnx.load_model_from_string(tiny_file())
    given = proto.graph.input[0].type.tensor_type
    if batch is not None:
        given.shape.dim[0].dim_value = batch
    if half:
        given.elem_type = TensorProto.FLOAT16
    path.write_bytes(proto.SerializeToString())
    return path


def test_the_page_is_refused_where_it_could_not_feed_the_graph(tmp_path: Path) -> None:
    three, half = changed(tmp_path / "three.onnx", batch=3), changed(tmp_path / "half.onnx", half=True)
    with pytest.raises(ModelError, match=r"three takes 3 pictures at a time, and the page .* has one"):
        export(three, tmp_path / "out", browser=True)
    with pytest.raises(ModelError, match=r"half takes half precision, and the page .* float32"):
        export(half, tmp_path / "out", browser=True)
    assert not (tmp_path / "out").exists()
    assert set(export(changed(tmp_path / "one.onnx", batch=1), tmp_path / "one", browser=True).agreement) == {
        "model.onnx"
    }
    assert export(three, tmp_path / "three", phone=True).agreement["model.ort"] > 0.9999
    assert export(half, tmp_path / "half", phone=True).agreement["model.ort"] > 0.9999


def test_what_the_model_has_learned_from_goes_along_but_not_to_a_page_or_an_app(
    tiny_folder: Path, tmp_path: Path
) -> None:
    trained = Path(shutil.copytree(tiny_folder, tmp_path / "trained"))
    np.savez(trained / "objective.npz", labels=np.array(["apple", "milk"]), proxies=np.zeros((2, 8)))
    export(trained, tmp_path / "out")
    assert learned_products(tmp_path / "out") == {"apple", "milk"}
    export(trained, tmp_path / "page", browser=True)
    assert "objective.npz" not in {path.name for path in (tmp_path / "page").iterdir()}
    export(trained, tmp_path / "app", phone=True)
    assert "objective.npz" not in {path.name for path in (tmp_path / "app").iterdir()}
    before = {path.name for path in trained.iterdir()}
    written = (trained / "model.onnx").stat().st_mtime_ns
    export(trained, trained, phone=True)
    # What is the same is not written again: a stop in the middle would leave the model damaged.
    assert (trained / "model.onnx").stat().st_mtime_ns == written
    assert {path.name for path in trained.iterdir()} == {*before, "model.ort"}
    with np.load(trained / "objective.npz") as held:
        assert set(held) == {"labels", "proxies"}


@pytest.mark.parametrize("model", ["lite0@64", "@64"])
def test_a_length_of_its_vectors_is_no_file(tmp_path: Path, model: str) -> None:
    with pytest.raises(InvalidConfiguration, match=r"first 64 numbers of what lite0 makes.*the whole model, lite0"):
        export(model, tmp_path / "out")


@pytest.mark.torch
def test_a_model_of_another_library_becomes_a_folder_that_needs_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    from lookalike.embed.hub import HubModule
    from lookalike.nets.hub_net import HubNet

    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, 2, 1), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    )
    taken = Preprocessing(size_pixels=SIDE, mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7))
    description = ModelDescription(
        name="timm:drawn", version="1", dimension=8, preprocessing=taken, weights_sha256="0" * 64,
        licence="unknown", source="made in a test", layout="nchw_float32",
    )  # fmt: skip
    net = HubNet(HubModule(module, lambda module, fed: module(fed), taken, "1"), description)
    monkeypatch.setattr("lookalike.nets.open_backbone", {"timm:drawn": net}.__getitem__)
    told = export("timm:drawn", tmp_path / "out", phone=True)
    assert set(told.agreement) == {"model.onnx", "model.ort"}
    written = open_embedder(tmp_path / "out", threads=1)
    assert written.description.preprocessing == taken
    assert written.description.features == ("features",)
    squares = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    with torch.no_grad():
        expected = torch.nn.functional.normalize(net(torch.from_numpy(squares))).numpy()
    np.testing.assert_allclose(written.embed(squares), expected, atol=1e-5)
    with torch.no_grad():
        monkeypatch.setattr(net, "to_onnx", lambda made=net.to_onnx: _spoiled(made()))
    with pytest.raises(ModelError, match="gives other vectors where it is written as ONNX"):
        export("timm:drawn", tmp_path / "other")


def _spoiled(model: bytes) -> bytes:
    proto = onnx.load_model_from_string(model)
    for item in proto.graph.initializer:
        if len(item.dims) == 4:
            item.CopyFrom(onnx.numpy_helper.from_array(-onnx.numpy_helper.to_array(item), item.name))
    return proto.SerializeToString()
