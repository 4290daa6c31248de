"""Claims about `lookalike.embed.free_size`."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from lookalike.embed.free_size import freeing_size
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import open_embedder, read_model
from lookalike.embed.tensors import normalised
from lookalike.errors import ModelDamaged


@pytest.fixture(scope="module")
def packaged() -> OnnxEmbedder:
    embedder = open_embedder(threads=1)
    assert isinstance(embedder, OnnxEmbedder)
    return embedder


def test_only_declared_shapes_change():
    description, model = read_model()
    freed = onnx.load_from_string(freeing_size(model, description.input, description.layout))
    kept = onnx.load_from_string(model)
    axes = freed.graph.input[0].type.tensor_type.shape.dim
    assert [axis.dim_param or axis.dim_value for axis in axes] == ["pictures", "height", "width", 3]
    for graph in (freed.graph, kept.graph):
        del graph.input[:], graph.output[:], graph.value_info[:]
    assert freed == kept


@pytest.mark.parametrize("layout", ["nhwc_uint8", "nchw_float32"])
def test_channels_stay_where_the_layout_has_them(layout: str):
    value = onnx.helper.make_tensor_value_info("x", 1, [1, 2, 3, 4])
    graph = onnx.helper.make_graph([], "g", [value], [])
    model = onnx.helper.make_model(graph).SerializeToString()
    freed = onnx.load_from_string(freeing_size(model, "x", layout))  # type: ignore[arg-type]
    axes = freed.graph.input[0].type.tensor_type.shape.dim
    assert [bool(axis.dim_param) for axis in axes] == [axis != "c" for axis in layout[:4]]


@pytest.mark.parametrize("bad", [b"\x3f", b"\x0a\x05ab", b"\xff" * 12, b"\x0b"])
def test_what_is_no_protocol_buffer_is_refused(bad: bytes):
    with pytest.raises(ValueError, match="protocol buffer"):
        freeing_size(bad, "pixels", "nhwc_uint8")


def test_the_own_square_gives_the_same_vectors(packaged: OnnxEmbedder):
    square = np.random.default_rng(3).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    looked = packaged.look(square, ("embedding",))["embedding"]
    np.testing.assert_allclose(looked, packaged.embed(square), atol=1e-5)


def test_other_sizes_give_maps_of_their_own_size(packaged: OnnxEmbedder):
    assert packaged.takes_any_size
    maps = packaged.look(np.zeros((1, 96, 160, 3), np.uint8), ("features", "stage14"))
    assert maps["features"].shape[2:] == (3, 5)
    assert maps["stage14"].shape[2:] == (6, 10)


def test_what_is_no_batch_of_pictures_is_refused(packaged: OnnxEmbedder):
    with pytest.raises(ValueError, match="uint8 pictures"):
        normalised(np.zeros((96, 96, 3), np.uint8), packaged.description)


def test_a_graph_of_one_size_says_so(tmp_path):
    description, _ = read_model()
    size = description.preprocessing.size_pixels
    nodes = [
        onnx.helper.make_node("Flatten", ["pixels"], ["bytes"], axis=1),
        onnx.helper.make_node("Cast", ["bytes"], ["rows"], to=1),
        onnx.helper.make_node("Add", ["rows", "bias"], ["shifted"]),
        onnx.helper.make_node("Slice", ["shifted", "start", "end", "axis"], ["embedding"]),
    ]
    constants = [
        onnx.numpy_helper.from_array(np.array([value], np.int64), name)
        for name, value in {"start": 0, "end": 256, "axis": 1}.items()
    ]
    constants.append(onnx.numpy_helper.from_array(np.ones(size * size * 3, np.float32), "bias"))
    graph = onnx.helper.make_graph(
        nodes,
        "fixed",
        [onnx.helper.make_tensor_value_info("pixels", 2, ["n", size, size, 3])],
        [onnx.helper.make_tensor_value_info("embedding", 1, ["n", 256])],
        constants,
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    embedder = OnnxEmbedder(description, model.SerializeToString())
    assert not embedder.takes_any_size
    with pytest.raises(ModelDamaged):
        OnnxEmbedder(description, b"nothing")
