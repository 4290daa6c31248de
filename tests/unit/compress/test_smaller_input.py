"""The same model for smaller pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("onnx")

import onnx
from onnx import helper, numpy_helper

from lookalike.compress.footprint import n_macs
from lookalike.compress.smaller_input import fitting_side, taking_side
from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import ModelError

Tiny = tuple[ModelDescription, bytes]


@given(st.integers(32, 512), st.floats(0.05, 1.0))
def test_a_balanced_side_is_a_multiple_of_32_and_saves_about_half_of_what_is_saved(side: int, share: float) -> None:
    found = fitting_side(side, share)
    assert 32 <= found <= side
    assert found % 32 == 0 or found == side
    assert abs(found - side * share**0.25) <= 16 or found in (32, side)


def test_half_of_lite0_is_192_pixels() -> None:
    assert fitting_side(224, 0.5) == 192
    assert fitting_side(232, 1.0) == 232


def test_a_smaller_side_costs_less_and_computes_what_the_weights_say(tiny: Tiny) -> None:
    description, file = tiny
    told, made = taking_side(description, file, 16)
    assert told.preprocessing.size_pixels == 16
    assert n_macs(told, made) < 0.3 * n_macs(description, file)
    squares = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3)).astype(np.uint8)
    looked = OnnxEmbedder(description, file).look(squares, ("embedding",))["embedding"]
    np.testing.assert_allclose(OnnxEmbedder(told, made).embed(squares), looked, atol=1e-5)


def test_channels_first_are_as_small_and_answer_as_channels_last(tiny: Tiny) -> None:
    description, file = tiny
    proto = onnx.load_model_from_string(file)
    assert proto.graph.node.pop(0).op_type == "Transpose"
    proto.graph.node[0].input[0] = "pixels"
    del proto.graph.input[:]
    proto.graph.input.append(helper.make_tensor_value_info("pixels", onnx.TensorProto.UINT8, ["n", 3, 32, 32]))
    told, made = taking_side(replace(description, layout="nchw_uint8"), proto.SerializeToString(), 16)
    axes = onnx.load_model_from_string(made).graph.input[0].type.tensor_type.shape.dim
    assert [axis.dim_value for axis in axes][1:] == [3, 16, 16]
    squares = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3)).astype(np.uint8)
    last = OnnxEmbedder(*taking_side(description, file, 16)).embed(squares)
    np.testing.assert_allclose(OnnxEmbedder(told, made).embed(squares), last, atol=1e-6)


def test_a_side_above_the_model_s_is_refused(tiny: Tiny) -> None:
    with pytest.raises(ModelError, match="up to that, received 64"):
        taking_side(*tiny, 64)


def test_the_same_side_is_the_same_file(tiny: Tiny) -> None:
    description, file = tiny
    assert taking_side(description, file, 32) == (description, file)


def test_a_graph_that_knows_one_size_only_is_refused(tiny: Tiny) -> None:
    description, file = tiny
    proto = onnx.load_model_from_string(file)
    proto.graph.initializer.append(numpy_helper.from_array(np.array([-1, 16 * 16], np.int64), "places"))
    at = next(i for i, node in enumerate(proto.graph.node) if node.op_type == "GlobalAveragePool")
    flat = helper.make_node("Reshape", ["features", "places"], ["places.flat"])
    folded = helper.make_node("Reshape", ["places.flat", "shape"], ["refolded"])
    proto.graph.initializer.append(numpy_helper.from_array(np.array([-1, 8, 16, 16], np.int64), "shape"))
    proto.graph.node.insert(at, flat)
    proto.graph.node.insert(at + 1, folded)
    proto.graph.node[at + 2].input[0] = "refolded"
    fixed = proto.SerializeToString()
    OnnxEmbedder(description, fixed).embed(np.zeros((1, 32, 32, 3), np.uint8) + np.uint8(9))
    with pytest.raises(ModelError, match="keep the side"):
        taking_side(replace(description, features=()), fixed, 24)
