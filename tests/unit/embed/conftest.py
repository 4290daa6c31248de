"""Tiny models, made on the spot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookalike.embed.description import ModelDescription
from lookalike.images.preprocessing import Preprocessing
from tiny_clip import write_tiny_clip

SIDE = 8
DIMENSION = 5

TinyModel = Callable[..., bytes]


def make_tiny(
    layout: str = "nhwc_uint8",
    *,
    side: int | str = SIDE,
    outputs: Sequence[str] = ("embedding",),
    scale: float = 1.0,
    dimension: int | str = DIMENSION,
    batch: int | str = "n",
) -> bytes:
    """``embedding = (mean over locations of x / 255 or x) W^T + b`` (5 values), with the mean named ``pooled``."""
    weight = np.random.default_rng(3).normal(size=(DIMENSION, 3)).astype(np.float32) * scale
    kind = TensorProto.UINT8 if layout.endswith("uint8") else TensorProto.FLOAT
    shape = [batch, side, side, 3] if layout.startswith("nhwc") else [batch, 3, side, side]
    axes = [1, 2] if layout.startswith("nhwc") else [2, 3]
    constants = [
        numpy_helper.from_array(weight, "weight"),
        numpy_helper.from_array(np.full(DIMENSION, 0.01, np.float32), "bias"),
        numpy_helper.from_array(np.float32(255 if kind == TensorProto.UINT8 else 1), "unit"),
    ]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["floats", "unit"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled"], ["pooled"], axes=axes, keepdims=0),
        helper.make_node("Gemm", ["pooled", "weight", "bias"], [outputs[0]], transB=1),
        *(helper.make_node("Identity", ["pooled"], [name]) for name in outputs[1:]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", kind, shape)],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, dimension if name == outputs[0] else 3])
            for name in outputs
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


@pytest.fixture
def tiny_model() -> TinyModel:
    """Makes the bytes of a tiny ONNX model; see `make_tiny`."""
    return make_tiny


@pytest.fixture
def describe() -> Callable[..., ModelDescription]:
    """Describes bytes that `tiny_model` made; fields may be overridden."""

    def made(model: bytes, **fields: object) -> ModelDescription:
        values: dict[str, object] = {
            "name": "tiny",
            "version": "1",
            "dimension": DIMENSION,
            "preprocessing": Preprocessing(size_pixels=SIDE),
            "weights_sha256": hashlib.sha256(model).hexdigest(),
            "licence": "Apache-2.0",
            "source": "made in a test",
            "features": ("pooled",),
            "projection": ("weight", "bias"),
            **fields,
        }
        return ModelDescription(**values)  # pyright: ignore[reportArgumentType]

    return made


@pytest.fixture
def model_folder(tmp_path: Path, describe: Callable[..., ModelDescription]) -> Path:
    """A folder with ``model.onnx`` and ``description.json``."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    model = make_tiny()
    (folder / "model.onnx").write_bytes(model)
    (folder / "description.json").write_text(json.dumps(describe(model).as_dict()))
    return folder


@pytest.fixture
def pictures() -> np.ndarray:
    """Seven different pictures of 8 x 8 pixels."""
    return np.random.default_rng(1).integers(0, 256, (7, SIDE, SIDE, 3), dtype=np.uint8)


def expected_rows(pictures: np.ndarray) -> np.ndarray:
    """The unit vectors of `make_tiny`, by plain loops."""
    weight = np.random.default_rng(3).normal(size=(DIMENSION, 3)).astype(np.float32)
    rows = []
    for picture in pictures:
        mean = [float(np.mean(picture[:, :, channel] / 255)) for channel in range(3)]
        row = [sum(mean[c] * float(weight[d, c]) for c in range(3)) + 0.01 for d in range(DIMENSION)]
        length = sum(value**2 for value in row) ** 0.5
        rows.append([value / length for value in row])
    return np.asarray(rows, np.float32)


@pytest.fixture
def tiny_vectors() -> Callable[[np.ndarray], np.ndarray]:
    """What `make_tiny` should give; see `expected_rows`."""
    return expected_rows


@pytest.fixture
def tiny_clip(tmp_path: Path) -> Path:
    """A folder with an image-text model of random weights."""
    return write_tiny_clip(tmp_path / "clip")
