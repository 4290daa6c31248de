"""Claims about `lookalike.embed.inspection`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from onnx import TensorProto, helper

from lookalike.embed.inspection import IMAGENET_MEAN, describe_onnx
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
