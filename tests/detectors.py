"""Tiny ONNX detectors for tests: they really look at a picture, and find its bright (or red) quarters."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
"""Of the picture that they take."""

CENTRES = np.array([[16, 16], [48, 16], [16, 48], [48, 48]], np.float32)
"""Of the quarters, row by row."""


def bright_quarters(form: str = "yolo", *, free: bool = False, offset: float = 0.0) -> bytes:
    """A graph that scores each quarter by how bright the first channel is there, in any of the forms.

    Args:
        form: of its outputs; ``detr`` gives the logarithms of the odds, so that a sigmoid makes scores of them;
            ``detr_softmax`` those of the scores and of what they lack to 1.
        free: whether the input's sides are left open.
        offset: added to the scores.
    """
    sides = ["h", "w"] if free else [SIDE, SIDE]
    shown = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, *sides])
    pixels = np.concatenate([CENTRES, np.full((4, 2), 32, np.float32)], axis=1)
    edges = np.concatenate([CENTRES - 16, CENTRES + 16], axis=1)
    constants = {
        "first": np.array([0], np.int64),
        "second": np.array([1], np.int64),
        "channels": np.array([1], np.int64),
        "down": np.array([1, 1, 4], np.int64),
        "flat": np.array([4], np.int64),
        "along": np.array([1, 4, 1], np.int64),
        "offset": np.array(offset, np.float32),
        "low": np.array(0.01, np.float32),
        "high": np.array(0.99, np.float32),
        "one": np.array(1, np.float32),
        "pixels_down": pixels.T[np.newaxis],
        "pixels_along": pixels[np.newaxis],
        "shares": pixels[np.newaxis] / SIDE,
        "edges": edges,
        "sure": np.ones((1, 4, 1), np.float32),
    }
    node = helper.make_node
    nodes = [
        node("AveragePool", ["picture"], ["pooled"], kernel_shape=[32, 32], strides=[32, 32]),
        node("Slice", ["pooled", "first", "second", "channels"], ["red"]),
        node("Add", ["red", "offset"], ["bright"]),
    ]
    match form:
        case "yolo":
            nodes += [
                node("Reshape", ["bright", "down"], ["scores"]),
                node("Concat", ["pixels_down", "scores"], ["found"], axis=1),
            ]
            outputs = ["found"]
        case "yolo_objectness":
            nodes += [
                node("Reshape", ["bright", "along"], ["scores"]),
                node("Concat", ["pixels_along", "scores", "sure"], ["found"], axis=2),
            ]
            outputs = ["found"]
        case "detr":
            nodes += [
                node("Reshape", ["bright", "along"], ["scores"]),
                node("Clip", ["scores", "low", "high"], ["inside"]),
                node("Sub", ["one", "inside"], ["rest"]),
                node("Div", ["inside", "rest"], ["odds"]),
                node("Log", ["odds"], ["logits"]),
                node("Identity", ["shares"], ["boxes"]),
            ]
            outputs = ["boxes", "logits"]
        case "detr_softmax":
            nodes += [
                node("Reshape", ["bright", "along"], ["scores"]),
                node("Clip", ["scores", "low", "high"], ["inside"]),
                node("Sub", ["one", "inside"], ["rest"]),
                node("Concat", ["inside", "rest"], ["both"], axis=2),
                node("Log", ["both"], ["logits"]),
                node("Identity", ["shares"], ["boxes"]),
            ]
            outputs = ["boxes", "logits"]
        case _:
            constants |= {"kinds": np.arange(4, dtype=np.int64)}
            nodes += [
                node("Reshape", ["bright", "flat"], ["scores"]),
                node("Identity", ["edges"], ["boxes"]),
                node("Identity", ["kinds"], ["labels"]),
            ]
            outputs = ["labels", "boxes", "scores"]
    types = {"labels": TensorProto.INT64}
    graph = helper.make_graph(
        nodes,
        "quarters",
        [shown],
        [helper.make_tensor_value_info(name, types.get(name, TensorProto.FLOAT), None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()
