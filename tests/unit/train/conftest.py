"""A model small enough to train within a second, and a shop of coloured patterns to train it on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.embed.description import ModelDescription
from lookalike.images.preprocessing import Preprocessing

SIDE = 32


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder: two convolutions, ``low`` and ``features``, and a linear layer, for pictures of 32 pixels."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    generator = np.random.default_rng(11)

    def constant(name: str, *shape: int) -> onnx.TensorProto:
        scale = np.prod(shape[1:]) ** -0.5 if len(shape) > 1 else 0.1
        return numpy_helper.from_array((scale * generator.normal(size=shape)).astype(np.float32), name)

    constants = [
        numpy_helper.from_array(np.array(128, np.float32), "mean"),
        numpy_helper.from_array(np.array(0, np.float32), "zero"),
        numpy_helper.from_array(np.array(600, np.float32), "most"),
        constant("low.weight", 8, 3, 3, 3), constant("low.bias", 8),
        constant("features.weight", 16, 8, 3, 3), constant("features.bias", 16),
        constant("projection.weight", 8, 16), constant("projection.bias", 8),
    ]  # fmt: skip
    strides = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1]}
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["floats", "mean"], ["centred"]),
        helper.make_node("Conv", ["centred", "low.weight", "low.bias"], ["low.convolved"], **strides),
        helper.make_node("Clip", ["low.convolved", "zero", "most"], ["low"]),
        helper.make_node("Conv", ["low", "features.weight", "features.bias"], ["features.convolved"], **strides),
        helper.make_node("Clip", ["features.convolved", "zero", "most"], ["features"]),
        helper.make_node("GlobalAveragePool", ["features"], ["averaged"]),
        helper.make_node("Flatten", ["averaged"], ["pooled"], axis=1),
        helper.make_node("Gemm", ["pooled", "projection.weight", "projection.bias"], ["projected"], transB=1),
        helper.make_node("LpNormalization", ["projected"], ["embedding"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 8])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    data = model.SerializeToString()
    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(data)
    description = ModelDescription(
        name="tiny",
        version="1",
        dimension=8,
        preprocessing=Preprocessing(size_pixels=SIDE, fit="crop", crop_fraction=0.8),
        weights_sha256=hashlib.sha256(data).hexdigest(),
        licence="Apache-2.0",
        source="drawn by a test",
        features=("pooled", "features", "low"),
        projection=("projection.weight", "projection.bias"),
    )
    (folder / "description.json").write_text(json.dumps(description.as_dict()))
    return folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of ten products with five pictures each: stripes of a product's own colours, shifted and noisy."""
    folder = tmp_path_factory.mktemp("shop")
    generator = np.random.default_rng(5)
    lines = ["product_id,category,image"]
    for product in range(10):
        colours, period = generator.integers(0, 256, (2, 3)), int(generator.integers(6, 20))
        for picture in range(5):
            stripes = (np.arange(48) + int(generator.integers(48))) % period < period // 2
            pixels = np.where(stripes[None, :, None], colours[0], colours[1]) + generator.normal(0, 25, (48, 48, 3))
            name = f"p{product}-{picture}.png"
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / name)
            lines.append(f"p{product},c{product % 2},{name}")
    path = folder / "shop.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
