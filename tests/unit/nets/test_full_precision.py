"""Claims about `lookalike.nets.full_precision`: half precision is float32 where something learns or is put together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
from onnx import TensorProto, helper, numpy_helper

from lookalike.compress import QuantiseOptions, ShrinkOptions, prune, quantise
from lookalike.embed import open_embedder
from lookalike.errors import ModelError
from lookalike.nets.full_precision import in_full_precision, is_in_half_precision
from tiny_model import SIDE, described, tiny_file


def halved(model: bytes) -> bytes:
    """The tiny model with float16 for float32 between its input and its output."""
    proto = onnx.load_model_from_string(model)
    for item in proto.graph.initializer:
        if item.data_type == TensorProto.FLOAT:
            item.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(item).astype(np.float16), item.name))
    for node in proto.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to":
                attribute.i = TensorProto.FLOAT16
    last = proto.graph.node[-1]
    last.output[0] = "embedding.half"
    proto.graph.node.append(helper.make_node("Cast", ["embedding.half"], ["embedding"], to=TensorProto.FLOAT))
    return proto.SerializeToString()


@pytest.fixture(scope="module")
def half_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model in half precision, as a folder; read it only."""
    file = halved(tiny_file())
    folder = tmp_path_factory.mktemp("models") / "half"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(file)
    description = replace(
        described(file), weights_sha256=hashlib.sha256(file).hexdigest(), projection=None, features=()
    )
    (folder / "description.json").write_text(json.dumps(description.as_dict()), encoding="utf-8")
    return folder


@pytest.fixture
def squares() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3), dtype=np.uint8)


def test_a_file_of_float32_stays_as_it_is() -> None:
    assert not is_in_half_precision(tiny_file())
    assert in_full_precision(tiny_file()) == tiny_file()


def test_it_gives_what_the_half_gives_and_holds_no_half_any_more(half_folder: Path, squares: np.ndarray) -> None:
    half = (half_folder / "model.onnx").read_bytes()
    made = in_full_precision(half)
    assert is_in_half_precision(half)
    assert not is_in_half_precision(made)
    assert len(made) > len(half)
    (path := half_folder.with_name("made.onnx")).write_bytes(made)
    expected = open_embedder(half_folder, threads=1).embed(squares)
    np.testing.assert_allclose(open_embedder(path, threads=1).embed(squares), expected, atol=5e-3)


@pytest.mark.torch
def test_a_net_of_it_has_gradients(half_folder: Path, squares: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    from lookalike.nets import open_net

    net = open_net(half_folder)
    found = torch.nn.functional.normalize(net(torch.from_numpy(squares)))
    expected = open_embedder(half_folder, threads=1).embed(squares)
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=5e-3)
    found[:, 0].sum().backward()
    assert all(one.grad is not None for one in net.parameters())


@pytest.mark.torch
def test_one_is_put_beside_itself(half_folder: Path, tmp_path: Path, squares: np.ndarray) -> None:
    pytest.importorskip("torch")
    from lookalike.train.ensemble import ensemble

    made = ensemble(half_folder, half_folder, tmp_path / "both")
    alone = open_embedder(half_folder, threads=1).embed(squares)
    both = open_embedder(made.model, threads=1).embed(squares)
    np.testing.assert_allclose(both @ both.T, alone @ alone.T, atol=1e-2)


@pytest.mark.parametrize("method", ["quantise", "prune"])
def test_a_smaller_model_is_made_of_the_one_in_float(half_folder: Path, tmp_path: Path, method: str) -> None:
    def made() -> object:
        if method == "quantise":
            return quantise(half_folder, tmp_path, tmp_path / "out", options=QuantiseOptions(threads=1))
        return prune(half_folder, tmp_path, tmp_path / "out", options=ShrinkOptions(threads=1, imitation=None))

    with pytest.raises(ModelError, match="in half precision; use the model in float"):
        made()
