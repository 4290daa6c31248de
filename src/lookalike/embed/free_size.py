"""An ONNX model whose pictures may have any size, where its graph lets them.

A graph of convolutions that ends in a mean over the places computes the same whatever the size of its picture; only
the declared shape of its input says otherwise. What is rewritten here is that declaration, in the bytes of the file,
so that neither the onnx package nor a second copy of the graph is needed. Whether the graph does let them is for the
runtime to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from lookalike.embed.description import InputLayout

__all__ = ["freeing_size"]

# Field numbers of onnx.proto3.
_MODEL_GRAPH = 7
_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE = 11, 12, 13
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR = 1
_TENSOR_ELEMENT, _TENSOR_SHAPE = 1, 2
_SHAPE_DIMENSION = 1
_DIMENSION_VALUE, _DIMENSION_NAME = 1, 2

_VARINT, _BYTES = 0, 2
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
        _field(_MODEL_GRAPH, _freed_graph(content, name, layout)) if number == _MODEL_GRAPH else raw
        for number, content, raw in _fields(model)
    )


def _freed_graph(graph: bytes, name: str, layout: InputLayout) -> bytes:
    parts: list[bytes] = []
    for number, content, raw in _fields(graph):
        if number in (_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE):
            is_input = number == _GRAPH_INPUT and _text(content, _VALUE_NAME) == name
            parts.append(_field(number, _freed_value(content, layout if is_input else None)))
        else:
            parts.append(raw)
    return b"".join(parts)


def _freed_value(value: bytes, layout: InputLayout | None) -> bytes:
    """A tensor's declaration with the shape of pictures in that layout; with none at all for None."""
    parts: list[bytes] = []
    for number, content, raw in _fields(value):
        if number != _VALUE_TYPE:
            parts.append(raw)
            continue
        kinds = [
            _field(_TYPE_TENSOR, _freed_tensor(inner, layout)) if kind == _TYPE_TENSOR else whole
            for kind, inner, whole in _fields(content)
        ]
        parts.append(_field(_VALUE_TYPE, b"".join(kinds)))
    return b"".join(parts)


def _freed_tensor(tensor: bytes, layout: InputLayout | None) -> bytes:
    kept = b"".join(raw for number, _, raw in _fields(tensor) if number != _TENSOR_SHAPE)
    if layout is None:
        return kept
    open_axes = [_field(_DIMENSION_NAME, axis) for axis in (b"pictures", b"height", b"width")]
    channels = _tag(_DIMENSION_VALUE, _VARINT) + _varint(_CHANNELS)
    axes = [*open_axes, channels] if layout.startswith("nhwc") else [open_axes[0], channels, *open_axes[1:]]
    return kept + _field(_TENSOR_SHAPE, b"".join(_field(_SHAPE_DIMENSION, axis) for axis in axes))


def _text(message: bytes, wanted: int) -> str | None:
    return next((content.decode() for number, content, _ in _fields(message) if number == wanted), None)


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, content (of a length-delimited field; empty for others) and whole bytes of each field, in order."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        content = b""
        match key & 7:
            case 0:
                _, at = _read_varint(message, at)
            case 1:
                at += 8
            case 2:
                length, at = _read_varint(message, at)
                content = message[at : at + length]
                at += length
            case 5:
                at += 4
            case kind:
                raise ValueError(f"expected a protocol buffer, received a field of kind {kind} at byte {start}")
        if at > len(message):
            raise ValueError(f"expected a protocol buffer of {at} bytes at least, received {len(message)}")
        yield key >> 3, content, message[start:at]


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError(f"expected a protocol buffer, received a number without an end at byte {at}")
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _field(number: int, content: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint(len(content)) + content


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
