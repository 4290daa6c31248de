"""What a bare ONNX file is: layout, size, embedding and dimension, read off the graph.

A file alone does not say how its pictures are to be prepared. What the graph does say (axes, type, side) is read;
the rest is the caller's `Preprocessing`, or ImageNet's usual mean and standard deviation on a squashed square.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from lookalike.embed.description import LARGEST_DIMENSION, InputLayout, ModelDescription
from lookalike.embed.onnx_embedder import onnx_errors
from lookalike.errors import InvalidConfiguration, ModelDamaged
from lookalike.images.preprocessing import Preprocessing

__all__ = ["IMAGENET_MEAN", "IMAGENET_STD", "describe_onnx"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_DEFAULT_SIZE_PIXELS = 224
_USUAL_OUTPUTS = ("embedding", "embeddings", "image_embeds", "image_embedding", "pooler_output", "pooled", "features")
_TYPES = {"tensor(uint8)": "uint8", "tensor(float)": "float32", "tensor(float16)": "float32"}
_FLOATS = ("tensor(float)", "tensor(float16)")


@runtime_checkable
class _Tensor(Protocol):
    name: str
    shape: Sequence[int | str | None]
    type: str


def describe_onnx(
    model: bytes, *, name: str, source: str, preprocessing: Preprocessing | None = None
) -> ModelDescription:
    """Describe an ONNX file that has no description.

    Args:
        model: bytes of the file, weights inside.
        name: what to call it.
        source: where it comes from, in words.
        preprocessing: how its pictures are prepared; None takes ImageNet's normalisation and the graph's side
            (224 where the graph leaves it open).

    Raises:
        ModelDamaged: not a graph that maps one batch of pictures to one row each.
        InvalidConfiguration: `preprocessing` has another side than the graph.
    """
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    except onnx_errors() as error:
        raise ModelDamaged(f"{name}: ONNX Runtime cannot open it: {error}") from error
    taken = _only_input(session.get_inputs(), name)
    layout, side = _layout(taken, name)
    if preprocessing is None:
        preprocessing = Preprocessing(size_pixels=side or _DEFAULT_SIZE_PIXELS, mean=IMAGENET_MEAN, std=IMAGENET_STD)
    elif side not in (None, preprocessing.size_pixels):
        raise InvalidConfiguration(
            f"{name} takes pictures of {side} x {side} pixels, the preprocessing given makes "
            f"{preprocessing.size_pixels}: give one with size_pixels={side}"
        )
    given = _embedding(session.get_outputs(), name)
    dimension = given.shape[1]
    if not isinstance(dimension, int):
        size, batch = preprocessing.size_pixels, taken.shape[0] if isinstance(taken.shape[0], int) else 1
        shape = (batch, size, size, 3) if layout.startswith("nhwc") else (batch, 3, size, size)
        kind = "float16" if taken.type == "tensor(float16)" else layout.split("_")[1]
        try:
            ran = session.run([given.name], {taken.name: np.zeros(shape, kind)})
        except onnx_errors() as error:
            raise ModelDamaged(f"{name}: ONNX Runtime could not run on one {size} x {size} picture: {error}") from error
        dimension = int(np.asarray(ran[0]).shape[1])
    if not 1 <= dimension <= LARGEST_DIMENSION:
        raise ModelDamaged(
            f"{name}: {given.name} has {dimension} numbers a picture, expected 1 to {LARGEST_DIMENSION}: "
            "export the layer before as another output"
        )
    return ModelDescription(
        name=name,
        version="unversioned",
        dimension=dimension,
        preprocessing=preprocessing,
        weights_sha256=hashlib.sha256(model).hexdigest(),
        licence="unknown",
        source=source,
        input=taken.name,
        layout=layout,
        output=given.name,
    )


def _only_input(inputs: Sequence[_Tensor], name: str) -> _Tensor:
    if len(inputs) != 1:
        names = ", ".join(item.name for item in inputs)
        raise ModelDamaged(
            f"{name}: expected one input, the pictures; the graph has {len(inputs)}: {names}. "
            "Export the image part of the model by itself"
        )
    return inputs[0]


def _layout(tensor: _Tensor, name: str) -> tuple[InputLayout, int | None]:
    kind = _TYPES.get(tensor.type)
    if kind is None or len(tensor.shape) != 4:
        raise ModelDamaged(
            f"{name}: expected an input of type uint8 or float with four axes, "
            f"received {tensor.type} {list(tensor.shape)}"
        )
    channels_first = tensor.shape[1] == 3
    if not channels_first and tensor.shape[3] != 3:
        raise ModelDamaged(
            f"{name}: no axis of the input {list(tensor.shape)} is the three colours; "
            "export it as (n, 3, side, side) or (n, side, side, 3)"
        )
    sides = tensor.shape[2:4] if channels_first else tensor.shape[1:3]
    fixed = {side for side in sides if isinstance(side, int)}
    if len(fixed) > 1:
        raise ModelDamaged(f"{name}: takes oblong pictures {list(tensor.shape)}, only squares are supported")
    side = fixed.pop() if fixed else None
    match channels_first, kind:
        case True, "uint8":
            return "nchw_uint8", side
        case True, _:
            return "nchw_float32", side
        case False, "uint8":
            return "nhwc_uint8", side
        case _:
            return "nhwc_float32", side


def _embedding(outputs: Sequence[_Tensor], name: str) -> _Tensor:
    rows = [item for item in outputs if item.type in _FLOATS and len(item.shape) == 2]
    usual = [item for wanted in _USUAL_OUTPUTS for item in rows if item.name == wanted]
    if usual:
        return usual[0]
    if len(rows) == 1:
        return rows[0]
    found = ", ".join(f"{item.name} {item.type} {list(item.shape)}" for item in outputs)
    raise ModelDamaged(
        f"{name}: expected one float output with one row a picture, or one named {' or '.join(_USUAL_OUTPUTS[:3])}; "
        f"the graph has: {found}. Say which in a description.json beside it"
    )
