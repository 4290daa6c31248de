"""EfficientNet-Lite0 as one ONNX graph, written node by node from its weights.

The graph is written out rather than traced, so that every tensor a later part of Lookalike may want has a plain
name, TensorFlow's asymmetric padding is an attribute of the convolution instead of a node, and batch normalisation
is folded in double precision. `reference_features` is the same network in plain torch calls, unfolded, against
which the graph is checked.

Reference: Tan & Le, "EfficientNet" (arXiv 1905.11946) and the Lite variants of the TensorFlow authors: no
squeeze-and-excitation, ReLU6 for swish, stem and head not scaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BATCH_NORM_EPSILON = 1e-3
MEAN = 127.5
SCALE = 127.5
SIZE_PIXELS = 224


@dataclass(frozen=True)
class Block:
    """One inverted residual: `index` in the weights, depthwise kernel and stride, whether input is added."""

    index: int
    kernel: int
    stride: int
    expands: bool
    adds_input: bool


def blocks() -> list[Block]:
    """The sixteen blocks of Lite0, in order."""
    stages = ((1, 3, 1), (2, 3, 2), (2, 5, 2), (3, 3, 2), (3, 5, 1), (4, 5, 2), (1, 3, 1))
    found: list[Block] = []
    for stage, (repeats, kernel, stride) in enumerate(stages):
        found += [
            Block(len(found) + i, kernel, stride if i == 0 else 1, expands=stage > 0, adds_input=i > 0)
            for i in range(repeats)
        ]
    return found


# Outputs of these blocks are the last of their resolution: what explanations, colours and regions look at.
STAGE_NAMES = {4: "stage28", 10: "stage14"}


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME: pixels before and after, the odd one after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class GraphWriter:
    """Collects nodes and weights; every method returns the name of the tensor it made."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self._weights = {name: value.astype(np.float64) for name, value in weights.items()}
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def convolution(
        self,
        source: str,
        output: str,
        conv: str,
        norm: str,
        *,
        size: int,
        stride: int = 1,
        scale: float = 1.0,
        clip: bool = True,
    ) -> str:
        """Convolution with its batch normalisation folded in, then ReLU6 unless `clip` is off."""
        kernel = self._weights[f"{conv}.weight"]
        gain = self._weights[f"{norm}.weight"] / np.sqrt(self._weights[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        bias = self._weights[f"{norm}.bias"] - self._weights[f"{norm}.running_mean"] * gain
        folded = kernel * gain[:, None, None, None] * scale
        side = kernel.shape[-1]
        before, after = same_padding(size, side, stride)
        name = f"{output}.convolved" if clip else output
        self.node(
            "Conv",
            [
                source,
                self.constant(f"{output}.weight", folded.astype(np.float32)),
                self.constant(f"{output}.bias", bias.astype(np.float32)),
            ],
            name,
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=kernel.shape[0] if kernel.shape[1] == 1 and kernel.shape[0] > 1 else 1,
        )
        return self.node("Clip", [name, "zero", "six"], output) if clip else output


def build(weights: Mapping[str, np.ndarray], matrix: np.ndarray, offset: np.ndarray) -> onnx.ModelProto:
    """The graph ``pixels -> embedding``, with `pooled`, `features` and the stages as named inner tensors.

    Args:
        weights: the released state dictionary as arrays.
        matrix: the projection, shape (dimension, 1280).
        offset: its bias, shape (dimension,).
    """
    writer = GraphWriter(weights)
    writer.constant("zero", np.float32(0.0))
    writer.constant("six", np.float32(6.0))
    mean = writer.constant("mean", np.float32(MEAN))
    planes = writer.node("Transpose", ["pixels"], "planes", perm=[0, 3, 1, 2])
    floats = writer.node("Cast", [planes], "floats", to=TensorProto.FLOAT)
    current = writer.node("Sub", [floats, mean], "centred")
    size = SIZE_PIXELS
    # Dividing by the scale is folded into the stem; the padding is zero on either side of it.
    current = writer.convolution(current, "stem", "_conv_stem", "_bn0", size=size, stride=2, scale=1.0 / SCALE)
    size //= 2
    for block in blocks():
        name, prefix, source = f"block{block.index}", f"_blocks.{block.index}", current
        if block.expands:
            current = writer.convolution(
                current, f"{name}.expanded", f"{prefix}._expand_conv", f"{prefix}._bn0", size=size
            )
        current = writer.convolution(
            current, f"{name}.filtered", f"{prefix}._depthwise_conv", f"{prefix}._bn1", size=size, stride=block.stride
        )
        size = -(-size // block.stride)
        end = STAGE_NAMES.get(block.index, name)
        projected = f"{name}.projected" if block.adds_input else end
        current = writer.convolution(
            current, projected, f"{prefix}._project_conv", f"{prefix}._bn2", size=size, clip=False
        )
        if block.adds_input:
            current = writer.node("Add", [current, source], end)
    features = writer.convolution(current, "features", "_conv_head", "_bn1", size=size)
    averaged = writer.node("GlobalAveragePool", [features], "averaged")
    pooled = writer.node("Flatten", [averaged], "pooled", axis=1)
    projected = writer.node(
        "Gemm",
        [
            pooled,
            writer.constant("projection.weight", matrix.astype(np.float32)),
            writer.constant("projection.bias", offset.astype(np.float32)),
        ],
        "projected",
        transB=1,
    )
    writer.node("LpNormalization", [projected], "embedding", axis=1, p=2)
    graph = helper.make_graph(
        writer.nodes,
        "lite0",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIZE_PIXELS, SIZE_PIXELS, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", int(matrix.shape[0])])],
        writer.initializers,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="lookalike"
    )
    onnx.checker.check_model(model, full_check=True)
    return model
