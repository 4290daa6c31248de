"""Claims about `lookalike.embed.inspection`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, load_model_from_string, numpy_helper

from lookalike.embed import Runtime, open_embedder
from lookalike.embed.inspection import IMAGENET_MEAN, describe_onnx
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import InvalidConfiguration, ModelDamaged
from lookalike.images.preprocessing import Preprocessing

TinyModel = Callable[..., bytes]


@pytest.mark.parametrize("layout", ["nhwc_uint8", "nchw_uint8", "nhwc_float32", "nchw_float32"])
def test_layout_side_and_dimension_are_read_off_the_graph(tiny_model: TinyModel, layout: str):
    description = describe_onnx(tiny_model(layout), name="tiny", source="a test")
    assert (description.layout, description.dimension) == (layout, 5)
    assert description.preprocessing == Preprocessing(
        size_pixels=8, mean=IMAGENET_MEAN, std=description.preprocessing.std
    )
    assert (description.input, description.output) == ("pixels", "embedding")


def test_an_open_side_is_the_callers_or_224(tiny_model: TinyModel):
    model = tiny_model("nchw_float32", side="side")
    assert describe_onnx(model, name="t", source="").preprocessing.size_pixels == 224
    given = Preprocessing(size_pixels=96)
    assert describe_onnx(model, name="t", source="", preprocessing=given).preprocessing == given


def test_an_open_dimension_is_found_by_running_once(tiny_model: TinyModel):
    assert describe_onnx(tiny_model(dimension="d"), name="t", source="").dimension == 5


def test_another_side_than_the_graphs_is_refused(tiny_model: TinyModel):
    with pytest.raises(InvalidConfiguration, match=r"takes pictures of 8 x 8 pixels.*size_pixels=8"):
        describe_onnx(tiny_model(), name="t", source="", preprocessing=Preprocessing(size_pixels=96))


def test_the_usual_name_wins_among_several_outputs(tiny_model: TinyModel):
    model = tiny_model(outputs=("logits", "pooler_output"))
    description = describe_onnx(model, name="t", source="")
    assert (description.output, description.dimension) == ("pooler_output", 3)


def test_several_candidates_without_a_usual_name_are_refused_with_their_names(tiny_model: TinyModel):
    with pytest.raises(ModelDamaged, match=r"the graph has: one .*two .*description\.json"):
        describe_onnx(tiny_model(outputs=("one", "two")), name="t", source="")


def graph(inputs: list[tuple[str, int, list[int | str]]]) -> bytes:
    """A graph of one Identity on its first input."""
    name, kind, shape = inputs[0]
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("Identity", [name], ["out"])],
            "g",
            [helper.make_tensor_value_info(*item) for item in inputs],
            [helper.make_tensor_value_info("out", kind, shape)],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    ).SerializeToString()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([("a", TensorProto.FLOAT, ["n", 3, 8, 8]), ("b", TensorProto.FLOAT, ["n"])], "has 2: a, b"),
        ([("a", TensorProto.FLOAT, ["n", 3])], "with four axes"),
        ([("a", TensorProto.INT64, ["n", 3, 8, 8])], "type uint8 or float"),
        ([("a", TensorProto.FLOAT, ["n", 4, 8, 8])], "three colours"),
        ([("a", TensorProto.FLOAT, ["n", 3, 8, 16])], "oblong"),
        ([("a", TensorProto.FLOAT, ["n", 3, 8, 8])], "one float output with one row a picture"),
    ],
)
def test_graphs_that_do_not_map_pictures_to_rows_are_refused(
    inputs: list[tuple[str, int, list[int | str]]], message: str
):
    with pytest.raises(ModelDamaged, match=message):
        describe_onnx(graph(inputs), name="t", source="")


def test_what_is_no_graph_is_refused():
    with pytest.raises(ModelDamaged, match="cannot open it"):
        describe_onnx(b"text", name="t", source="")


def test_a_vector_that_is_too_long_is_refused_as_any_other_graph_that_cannot_be_used():
    long = helper.make_graph(
        [helper.make_node("Flatten", ["pixels"], ["out"])],
        "long",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, 160, 160])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 76800])],
    )
    model = helper.make_model(long, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(ModelDamaged, match="76800 numbers a picture, expected 1 to 65536"):
        describe_onnx(model.SerializeToString(), name="t", source="")


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("n_pictures", [0, 1, 3, 4, 7])
def test_a_graph_for_so_many_pictures_at_a_time_embeds_any_number(
    tiny_model: TinyModel,
    tiny_vectors: Callable[[np.ndarray], np.ndarray],
    tmp_path: Path,
    runtime: Runtime,
    n_pictures: int,
):
    pytest.importorskip(runtime)
    path = tmp_path / "three.onnx"
    path.write_bytes(tiny_model("nhwc_uint8", batch=3, dimension="d"))
    embedder = open_embedder(path, runtime=runtime, threads=1)
    pictures = np.random.default_rng(0).integers(0, 256, (n_pictures, 8, 8, 3), dtype=np.uint8)
    found = embedder.embed(pictures)
    assert found.shape == (n_pictures, 5)
    if n_pictures:
        np.testing.assert_allclose(found, tiny_vectors(pictures), atol=1e-6)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_graph_for_so_many_pictures_at_a_time_looks_at_any_number_of_any_size(
    tiny_model: TinyModel, tmp_path: Path, batch: int
):
    """As torch's exporter writes `x.view(len(x), -1)` without an open batch axis."""
    path = tmp_path / "fixed.onnx"
    proto = load_model_from_string(tiny_model("nhwc_uint8", batch=batch))
    proto.graph.node[2].output[0] = "averaged"
    proto.graph.initializer.append(numpy_helper.from_array(np.array([batch, 3]), "rows"))
    proto.graph.node.insert(3, helper.make_node("Reshape", ["averaged", "rows"], ["pooled"]))
    path.write_bytes(proto.SerializeToString())
    embedder = open_embedder(path, threads=1)
    assert isinstance(embedder, OnnxEmbedder)
    assert embedder.takes_any_size
    wide = np.random.default_rng(0).integers(0, 256, (4, 8, 12, 3), dtype=np.uint8)
    expected = np.concatenate([embedder.look(wide[row : row + 1], ("embedding",))["embedding"] for row in range(4)])
    found = embedder.look(wide, ("embedding",))["embedding"]
    assert found.shape == (4, 5)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_a_graph_that_takes_and_gives_half_precision_is_fed_it(tiny_model: TinyModel, tmp_path: Path, runtime: Runtime):
    pytest.importorskip(runtime)
    whole, half = (tmp_path / name for name in ("whole.onnx", "half.onnx"))
    whole.write_bytes(tiny_model("nchw_float32"))
    proto = load_model_from_string(whole.read_bytes())
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    proto.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    proto.graph.node[3].output[0] = "long"
    proto.graph.node.append(helper.make_node("Cast", ["long"], ["embedding"], to=TensorProto.FLOAT16))
    half.write_bytes(proto.SerializeToString())
    pictures = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    expected, found = (open_embedder(path, runtime=runtime, threads=1).embed(pictures) for path in (whole, half))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-3)
