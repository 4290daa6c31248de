"""Claims about `lookalike.nets.operators` and `graph`: each operator gives what ONNX Runtime gives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import read_model
from lookalike.errors import ModelDamaged, ModelError
from lookalike.images.preprocessing import Preprocessing

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

SIDE = 9


@dataclass(frozen=True)
class Case:
    """One or more operators from ``x``, float (n, 3, 9, 9) in 0 to 1, to ``y``, and the constants they need."""

    nodes: list[onnx.NodeProto]
    constants: dict[str, np.ndarray] = field(default_factory=dict)


def one(operator: str, *, constants: dict[str, np.ndarray] | None = None, **attributes: object) -> Case:
    held = constants or {}
    return Case([helper.make_node(operator, ["x", *held], ["y"], **attributes)], held)


def weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def integers(*values: int) -> np.ndarray:
    return np.asarray(values, np.int64)


CASES = {
    "a convolution padded more after than before": one(
        "Conv", constants={"w": weights(4, 3, 3, 3), "b": weights(4)}, strides=[2, 2], pads=[0, 0, 1, 1]
    ),
    "a convolution padded evenly, without bias": one("Conv", constants={"w": weights(4, 3, 3, 3)}, pads=[1, 1, 1, 1]),
    "a dilated convolution of single channels": one(
        "Conv", constants={"w": weights(3, 1, 3, 3), "b": weights(3)}, group=3, dilations=[2, 2], pads=[2, 1, 0, 3]
    ),
    "clip": one("Clip", constants={"low": np.float32(0.3), "high": np.float32(0.6)}),
    "clip from below only": one("Clip", constants={"low": np.float32(0.3)}),
    "relu": one("Relu"),
    "sigmoid": one("Sigmoid"),
    "hard swish": one("HardSwish"),
    "hard sigmoid": one("HardSigmoid", alpha=0.3, beta=0.4),
    "leaky relu": one("LeakyRelu", alpha=0.2),
    "softplus": one("Softplus"),
    "tanh": one("Tanh"),
    "sqrt": one("Sqrt"),
    "exp": one("Exp"),
    "softmax over places": one("Softmax", axis=3),
    "the mean over places": one("GlobalAveragePool"),
    "the largest over places": one("GlobalMaxPool"),
    "the largest of windows": one("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 0, 1]),
    "the mean of windows": one("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "the mean of windows, margins too": one("AveragePool", kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1),
    "a mean over two axes": one("ReduceMean", axes=[2, 3], keepdims=1),
    "a largest over one axis, dropped": one("ReduceMax", axes=[3], keepdims=0),
    "a sum over the axes that are an input": one("ReduceSum", constants={"axes": integers(2)}, keepdims=0),
    "a length": one("ReduceL2", axes=[1], keepdims=1),
    "unit length": one("LpNormalization", axis=1, p=2),
    "flat": one("Flatten", axis=1),
    "another shape": one("Reshape", constants={"shape": integers(0, -1, 27)}),
    "turned axes": one("Transpose", perm=[0, 2, 3, 1]),
    "a slice": one("Slice", constants={"starts": integers(1, -5), "ends": integers(3, 900), "axes": integers(1, 2)}),
    "every second": one(
        "Slice",
        constants={"starts": integers(0), "ends": integers(9), "axes": integers(3), "steps": integers(2)},
    ),
    "every second, of the first axes": Case(
        [helper.make_node("Slice", ["x", "starts", "ends", "", "steps"], ["y"])],
        {"starts": integers(0, 0, 1), "ends": integers(900, 900, 900), "steps": integers(1, 2, 3)},
    ),
    "one axis more": one("Unsqueeze", constants={"axes": integers(1, 3)}),
    "one axis less": Case(
        [helper.make_node("GlobalMaxPool", ["x"], ["p"]), helper.make_node("Squeeze", ["p", "axes"], ["y"])],
        {"axes": integers(2, 3)},
    ),
    "a constant power, as generalised mean pooling has": one("Pow", constants={"p": np.float32(2.5)}),
    "a constant on the left": Case([helper.make_node("Sub", ["c", "x"], ["y"])], {"c": np.float32(2)}),
    "a row of constants": one("Mul", constants={"c": weights(1, 3, 1, 1)}),
    "a quotient": one("Div", constants={"c": np.float32(7)}),
    "the larger of two": one("Max", constants={"c": np.float32(0.5)}),
    "the smaller of two": one("Min", constants={"c": np.float32(0.5)}),
    "the largest of three": one("Max", constants={"c": np.float32(0.3), "d": weights(1, 3, 1, 1)}),
    "the smallest of one": one("Min"),
    "laid side by side": Case([helper.make_node("Concat", ["x", "x"], ["y"], axis=1)]),
    "a matrix": one("MatMul", constants={"m": weights(9, 4)}),
    "an affine map": Case(
        [
            helper.make_node("Flatten", ["x"], ["f"], axis=1),
            helper.make_node("Gemm", ["f", "w", "b"], ["y"], transB=1),
        ],
        {"w": weights(5, 243), "b": weights(5)},
    ),
    "an affine map, its matrix the other way": Case(
        [helper.make_node("Flatten", ["x"], ["f"], axis=1), helper.make_node("Gemm", ["f", "w"], ["y"])],
        {"w": weights(243, 5)},
    ),
}


def file_of(case: Case) -> bytes:
    """A model file that ends in what the case computes, flattened and shifted so that no row is zero."""
    nodes = [
        *case.nodes,
        helper.make_node("Flatten", ["y"], ["rows"], axis=1),
        helper.make_node("Add", ["rows", "shift"], ["embedding"]),
    ]
    constants = {**case.constants, "shift": np.float32(0.25)}
    graph = helper.make_graph(
        nodes,
        "case",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", "d"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()  # fmt: skip


def described(dimension: int) -> ModelDescription:
    own, _ = read_model()
    preprocessing = Preprocessing(size_pixels=SIDE, mean=(0.0, 0.1, 0.2), std=(1.0, 0.9, 0.8))
    return replace(
        own,
        name="case",
        dimension=dimension,
        heads=(),
        input="x",
        layout="nchw_float32",
        features=("y",),
        projection=None,
        preprocessing=preprocessing,
    )


@pytest.mark.parametrize("name", CASES)
def test_an_operator_gives_what_onnx_runtime_gives(name: str) -> None:
    from lookalike.nets.net import Net

    model = file_of(CASES[name])
    pixels = np.random.default_rng(2).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    expected = OnnxEmbedder(described(1), model).features(pixels)["y"]
    net = Net(described(1), model)
    with torch.no_grad():
        found = net.tensors(torch.from_numpy(pixels), ["y"])["y"].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-5)
    assert onnx.load_model_from_string(net.to_onnx()) == onnx.load_model_from_string(model)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (one("Erf"), "Erf"),
        (one("Conv", constants={"w": weights(4, 3, 3, 3)}, auto_pad="SAME_UPPER"), "auto_pad"),
        (one("Flatten", axis=2), "axis"),
        (one("Conv", constants={"w": weights(4, 3, 3, 3)}, strides=1.5), "integers"),
        (
            Case(
                [
                    helper.make_node("Identity", ["s"], ["t"]),
                    helper.make_node("Reshape", ["x", "t"], ["y"]),
                ],
                {"s": integers(0, -1)},
            ),
            "computed t",
        ),
    ],
)
def test_what_is_not_translated_is_refused_by_name(case: Case, said: str) -> None:
    from lookalike.nets.net import Net

    with pytest.raises(ModelError, match=said):
        Net(described(1), file_of(case))


@pytest.mark.parametrize("junk", [b"", b"not a model at all", b"\xff" * 40])
def test_bytes_that_are_no_graph_are_damaged(junk: bytes) -> None:
    from lookalike.nets.net import Net

    with pytest.raises(ModelDamaged):
        Net(described(1), junk)
