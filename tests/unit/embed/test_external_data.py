"""Claims about `lookalike.embed.external_data`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookalike.embed import ModelDescription, open_embedder
from lookalike.embed.external_data import external_files
from lookalike.embed.graph import Graph
from lookalike.embed.model_folder import as_json
from lookalike.embed.opening import read_model
from lookalike.errors import ModelDamaged

TinyModel = Callable[..., bytes]


def outside(tensor: onnx.TensorProto, location: str) -> onnx.TensorProto:
    """`tensor` without its values, which are said to lie elsewhere."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return tensor


def with_weights_outside(model: bytes, location: str) -> bytes:
    proto = onnx.load_from_string(model)
    outside(proto.graph.initializer[0], location)
    return proto.SerializeToString()


def test_weights_inside_are_found_to_be_so(tiny_model: TinyModel):
    assert external_files(tiny_model()) == ()
    assert external_files(read_model()[1]) == ()
    assert external_files(b"no onnx") == ()


def test_wherever_tensors_are_held_their_places_are_told_once(tiny_model: TinyModel):
    proto = onnx.load_from_string(with_weights_outside(tiny_model(), "a.bin"))
    held = outside(numpy_helper.from_array(np.zeros(3, np.float32), "held"), "b.bin")
    branch = helper.make_graph([helper.make_node("Constant", [], ["x"], value=held)], "branch", [], [], [held])
    proto.graph.node.append(helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch))
    assert sorted(external_files(proto.SerializeToString())) == ["a.bin", "b.bin"]


def test_graphs_within_graphs_may_be_deep():
    inner = b""
    for _ in range(3000):
        inner = b"".join(bytes([number << 3 | 2]) + _length(content) for number, content in ((6, inner),))
        inner = b"\x2a" + _length(inner)
        inner = b"\x0a" + _length(inner)
    assert external_files(b"\x3a" + _length(inner)) == ()


def _length(content: bytes) -> bytes:
    from lookalike.embed.protobuf import varint

    return varint(len(content)) + content


@pytest.mark.parametrize("location", ["beside.bin", "../../etc/passwd", "/etc/passwd"])
def test_a_file_whose_weights_lie_elsewhere_is_refused_wherever_one_works(
    tiny_model: TinyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str
):
    model = with_weights_outside(tiny_model(), location)
    path = tmp_path / "model.onnx"
    path.write_bytes(model)
    (tmp_path / "beside.bin").write_bytes(np.ones(15, np.float32).tobytes())
    monkeypatch.chdir(tmp_path)  # where what reads the bytes alone would find them
    told = r"weights lie in another file, '.*(bin|passwd)'.*external_data=False"
    with pytest.raises(ModelDamaged, match=told):
        open_embedder(path)
    with pytest.raises(ModelDamaged, match=told):
        Graph(model, "detector")


def test_in_a_model_folder_too(
    tiny_model: TinyModel, describe: Callable[..., ModelDescription], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    model = with_weights_outside(tiny_model(), "beside.bin")
    description = replace(describe(model), weights_sha256=hashlib.sha256(model).hexdigest())
    (tmp_path / "model.onnx").write_bytes(model)
    (tmp_path / "description.json").write_text(as_json(description.as_dict()), encoding="utf-8")
    (tmp_path / "beside.bin").write_bytes(np.ones(15, np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelDamaged, match="weights lie in another file"):
        read_model(tmp_path)
