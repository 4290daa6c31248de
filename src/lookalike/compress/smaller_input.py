"""A model that takes smaller pictures: the same weights, fewer places to compute them at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import ModelDamaged, ModelError
from lookalike.nets.graph import parsed_model

__all__ = ["fitting_side", "taking_side"]

_STEP = 32
"""By how much networks make their maps smaller, most of them; sides are multiples of it."""


def fitting_side(side: int, macs_share: float) -> int:
    """The side at which smaller pictures save as large a part of the computing as fewer channels then do.

    Pictures and channels keep √share of it each, and computing goes with the square of the side: side · share^(1/4), to
    the nearest multiple of 32 that is not above `side`; `side` itself where nothing has to be saved.

    Reference:
        Tan & Le 2019, "EfficientNet" (arXiv 1905.11946), section 3.3, who scale nets up so: width and resolution
        together gain more than either alone. Depth stays here, as blocks cannot be taken out of a trained net.
    """
    if macs_share >= 1.0:
        return side
    return min(side, max(_STEP, _STEP * round(side * macs_share**0.25 / _STEP)))


def taking_side(description: ModelDescription, model: bytes, side: int) -> tuple[ModelDescription, bytes]:
    """Description and ONNX file of the same model for squares of `side` pixels.

    Args:
        description: of the model.
        model: bytes of its ONNX file.
        side: in pixels.

    Raises:
        ModelError: the graph does not compute pictures of that size, or `side` is above the model's.
    """
    own = description.preprocessing.size_pixels
    if side == own:
        return description, model
    if side > own:
        raise ModelError(f"{description.name} takes {own} pixels, expected a side up to that, received {side}")
    proto = parsed_model(model)
    (given,) = (item for item in proto.graph.input if item.name == description.input)
    axes = given.type.tensor_type.shape.dim
    for axis in (1, 2) if description.layout.startswith("nhwc") else (2, 3):
        axes[axis].ClearField("dim_param")
        axes[axis].dim_value = side
    del proto.graph.value_info[:]
    made = proto.SerializeToString()
    told = replace(description, preprocessing=replace(description.preprocessing, size_pixels=side))
    try:
        OnnxEmbedder(told, made).embed(np.zeros((1, side, side, 3), np.uint8) + np.uint8(128))
    except ModelDamaged as error:
        raise ModelError(
            f"{description.name} is computed for pictures of {own} pixels only; "
            f"received a side of {side}: keep the side"
        ) from error
    return told, made
