"""A model of a few layers that is made in a moment, as bytes and as a folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from lookalike.embed.description import ModelDescription
from lookalike.images import Preprocessing

__all__ = ["SIDE", "described", "tiny_file", "write_tiny"]

SIDE = 32


def tiny_file(*, seed: int = 3, channels: int = 8, dimension: int = 12, biases: bool = True) -> bytes:
    """An inverted residual block between a stem and a projection, in ONNX.

    Without biases it gives no vector for a picture that is RGB (128, 128, 128) throughout.
    """
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(seed)
    wide = 3 * channels

    def normal(*shape: int, scale: float) -> np.ndarray:
        return random.normal(0, scale, shape).astype(np.float32)

    constants = {
        "mean": np.array([127.5 if biases else 128.0], np.float32),
        "zero": np.array(0, np.float32),
        "six": np.array(6, np.float32),
        "stem.weight": normal(channels, 3, 3, 3, scale=0.02),
        "stem.bias": normal(channels, scale=0.5),
        "block0.expanded.weight": normal(wide, channels, 1, 1, scale=0.6),
        "block0.expanded.bias": normal(wide, scale=0.3),
        "block0.filtered.weight": normal(wide, 1, 3, 3, scale=0.5),
        "block0.filtered.bias": normal(wide, scale=0.3),
        "block0.weight": normal(channels, wide, 1, 1, scale=0.3),
        "block0.bias": normal(channels, scale=0.3),
        "projection.weight": normal(dimension, channels, scale=0.5),
        "projection.bias": normal(dimension, scale=0.1),
    }
    if not biases:
        constants |= {name: 0 * value for name, value in constants.items() if name.endswith(".bias")}
    node = helper.make_node
    nodes = [
        node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        node("Cast", ["planes"], ["floats"], to=TensorProto.FLOAT),
        node("Sub", ["floats", "mean"], ["centred"]),
        node("Conv", ["centred", "stem.weight", "stem.bias"], ["stem.convolved"], strides=[2, 2], pads=[0, 0, 1, 1]),
        node("Clip", ["stem.convolved", "zero", "six"], ["stem"]),
        node("Conv", ["stem", "block0.expanded.weight", "block0.expanded.bias"], ["block0.expanded.convolved"]),
        node("Clip", ["block0.expanded.convolved", "zero", "six"], ["block0.expanded"]),
        node(
            "Conv",
            ["block0.expanded", "block0.filtered.weight", "block0.filtered.bias"],
            ["block0.filtered.convolved"],
            group=wide,
            pads=[1, 1, 1, 1],
        ),
        node("Clip", ["block0.filtered.convolved", "zero", "six"], ["block0.filtered"]),
        node("Conv", ["block0.filtered", "block0.weight", "block0.bias"], ["block0.projected"]),
        node("Add", ["block0.projected", "stem"], ["features"]),
        node("GlobalAveragePool", ["features"], ["averaged"]),
        node("Flatten", ["averaged"], ["pooled"]),
        node("Gemm", ["pooled", "projection.weight", "projection.bias"], ["projected"], transB=1),
        node("LpNormalization", ["projected"], ["embedding"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", dimension])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def described(file: bytes, *, dimension: int = 12) -> ModelDescription:
    """Its description."""
    return ModelDescription(
        name="tiny",
        version="1",
        dimension=dimension,
        preprocessing=Preprocessing(size_pixels=SIDE),
        weights_sha256=hashlib.sha256(file).hexdigest(),
        licence="CC0-1.0",
        source="drawn at random",
        features=("pooled", "features"),
        projection=("projection.weight", "projection.bias"),
    )


def write_tiny(folder: Path, *, seed: int = 3, biases: bool = True) -> Path:
    """The model as a folder, with a card."""
    file = tiny_file(seed=seed, biases=biases)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(file)
    (folder / "description.json").write_text(json.dumps(described(file).as_dict()), encoding="utf-8")
    (folder / "CARD.md").write_text("# tiny\n\nDrawn at random.\n", encoding="utf-8")
    return folder
