"""Layers fitted to what they gave before, on the inputs that they have now."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("onnx")

import onnx
from onnx import helper

from lookalike.compress.chains import narrowed
from lookalike.compress.reconstruction import reconstructed, refitted_towards
from lookalike.embed.description import ModelDescription
from lookalike.embed.graph import Graph
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.nets.graph import leading_to, read_graph, with_constants

Tiny = tuple[ModelDescription, bytes]


def tensor(model: bytes, name: str, squares: np.ndarray) -> np.ndarray:
    return Graph(leading_to(model, [name]), "tiny").run({"pixels": squares}, [name])[0].astype(float)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 5))
def test_no_weights_near_by_are_better_than_those_found(seed: int, outputs: int, inputs: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(40, inputs)), random.normal(size=(40, outputs))
    weights = random.normal(size=(outputs, inputs))
    x, y = x - x.mean(0), y - y.mean(0)
    covariance, cross = x.T @ x / 40, y.T @ x / 40
    damping = 0.01 * np.trace(covariance) / inputs

    def price(matrix: np.ndarray) -> float:
        errors = sum(float(np.sum((target - matrix @ row) ** 2)) for row, target in zip(x, y, strict=True)) / 40
        return errors + damping * float(np.sum((matrix - weights) ** 2))

    found = refitted_towards(weights, covariance, cross)
    for _ in range(8):
        assert price(found) <= price(found + random.normal(scale=0.05, size=found.shape)) + 1e-9


def test_a_net_that_lost_nothing_stays_what_it_is(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    made = reconstructed(description, file, file, squares, generator=np.random.default_rng(0))
    before, after = (OnnxEmbedder(description, one).embed(squares) for one in (file, made))
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_a_narrowed_block_gives_more_nearly_what_it_gave(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    cut = narrowed(file, {"block0.projected": np.arange(0, 24, 2)}, {}, description)
    made = reconstructed(description, file, cut, squares, generator=np.random.default_rng(0))
    whole, before, after = (tensor(one, "features", squares) for one in (file, cut, made))
    assert np.square(after - whole).mean() < 0.3 * np.square(before - whole).mean()
    assert read_graph(made).constants.keys() == read_graph(cut).constants.keys()


def test_a_block_makes_up_for_what_its_shortcut_is_off_by(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    stem = read_graph(file).constants["stem.bias"]
    off = with_constants(file, {"stem.bias": stem + np.float32(0.2)})
    made = reconstructed(description, file, off, squares, generator=np.random.default_rng(0))
    whole, before, after = (tensor(one, "features", squares) for one in (file, off, made))
    assert np.square(after - whole).mean() < 0.9 * np.square(before - whole).mean()
    shift_before, shift_after = (np.abs((one - whole).mean(axis=(0, 2, 3))) for one in (before, after))
    assert shift_after.max() < 0.3 * shift_before.max()


def test_a_layer_that_leaves_places_out_is_left_as_it_is(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    proto = onnx.load_model_from_string(file)
    mixer = next(node for node in proto.graph.node if node.output[0] == "block0.projected")
    mixer.attribute.append(helper.make_attribute("strides", [2, 2]))
    joined = next(node for node in proto.graph.node if node.output[0] == "features")
    joined.op_type = "Identity"
    joined.input[:] = ["block0.projected"]
    strided = proto.SerializeToString()
    made = reconstructed(description, strided, strided, squares, generator=np.random.default_rng(0))
    before, after = (read_graph(one).constants["block0.weight"] for one in (strided, made))
    np.testing.assert_array_equal(after, before)


def test_constants_that_an_old_file_lists_as_inputs_are_none_of_its_part(tiny: Tiny, squares: np.ndarray) -> None:
    _, file = tiny
    proto = onnx.load_model_from_string(file)
    for item in proto.graph.initializer:
        proto.graph.input.append(helper.make_tensor_value_info(item.name, item.data_type, list(item.dims)))
    part = Graph(leading_to(proto.SerializeToString(), ["stem"]), "tiny")
    assert [one.name for one in part.inputs] == ["pixels"]
    np.testing.assert_array_equal(part.run({"pixels": squares}, ["stem"])[0], tensor(file, "stem", squares))


def test_a_graph_that_leads_to_one_tensor_has_nothing_else(tiny: Tiny) -> None:
    _, file = tiny
    part = read_graph(leading_to(file, ["stem"]))
    assert [step.operator for step in part.steps] == ["Transpose", "Cast", "Sub", "Conv", "Clip"]
    assert part.outputs == ("stem",)
    assert "projection.weight" not in part.constants
    with pytest.raises(KeyError, match="no tensors nowhere"):
        leading_to(file, ["nowhere"])
