"""An ONNX model whose pictures may have any size, where its graph lets them.

A graph of convolutions that ends in a mean over the places computes the same whatever the size of its picture; only
the declared shape of its input says otherwise. What is rewritten here is that declaration, in the bytes of the file,
so that neither the onnx package nor a second copy of the graph is needed. Whether the graph does let them is for the
runtime to say.
"""

from __future__ import annotations

from lookalike.embed.description import InputLayout
from lookalike.embed.protobuf import VARINT, field, fields, tag, text, varint

__all__ = ["freeing_size"]

# Field numbers of onnx.proto3.
_MODEL_GRAPH = 7
_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE = 11, 12, 13
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR = 1
_TENSOR_ELEMENT, _TENSOR_SHAPE = 1, 2
_SHAPE_DIMENSION = 1
_DIMENSION_VALUE, _DIMENSION_NAME = 1, 2

_CHANNELS = 3


def freeing_size(model: bytes, name: str, layout: InputLayout) -> bytes:
    """The bytes of `model` with height and width of its input left open, and no shape declared for what follows.

    Args:
        model: bytes of an ONNX file.
        name: of its input.
        layout: which axes are height and width.

    Raises:
        ValueError: not the bytes of a protocol buffer.

    Reference: protobuf encoding guide, "Message structure"; onnx.proto3 for the field numbers.
    """
    return b"".join(
        field(_MODEL_GRAPH, _freed_graph(content, name, layout)) if number == _MODEL_GRAPH else raw
        for number, content, raw in fields(model)
    )


def _freed_graph(graph: bytes, name: str, layout: InputLayout) -> bytes:
    parts: list[bytes] = []
    for number, content, raw in fields(graph):
        if number in (_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE):
            is_input = number == _GRAPH_INPUT and text(content, _VALUE_NAME) == name
            parts.append(field(number, _freed_value(content, layout if is_input else None)))
        else:
            parts.append(raw)
    return b"".join(parts)


def _freed_value(value: bytes, layout: InputLayout | None) -> bytes:
    """A tensor's declaration with the shape of pictures in that layout; with none at all for None."""
    parts: list[bytes] = []
    for number, content, raw in fields(value):
        if number != _VALUE_TYPE:
            parts.append(raw)
            continue
        kinds = [
            field(_TYPE_TENSOR, _freed_tensor(inner, layout)) if kind == _TYPE_TENSOR else whole
            for kind, inner, whole in fields(content)
        ]
        parts.append(field(_VALUE_TYPE, b"".join(kinds)))
    return b"".join(parts)


def _freed_tensor(tensor: bytes, layout: InputLayout | None) -> bytes:
    kept = b"".join(raw for number, _, raw in fields(tensor) if number != _TENSOR_SHAPE)
    if layout is None:
        return kept
    open_axes = [field(_DIMENSION_NAME, axis) for axis in (b"pictures", b"height", b"width")]
    channels = tag(_DIMENSION_VALUE, VARINT) + varint(_CHANNELS)
    axes = [*open_axes, channels] if layout.startswith("nhwc") else [open_axes[0], channels, *open_axes[1:]]
    return kept + field(_TENSOR_SHAPE, b"".join(field(_SHAPE_DIMENSION, axis) for axis in axes))
