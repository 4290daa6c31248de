"""The fields of a protocol buffer, read and written without a package for it: what an ONNX file is made of.

Contents are views of the message where that is one, so that gigabytes of weights are walked over and not copied.

Reference: protobuf encoding guide, "Message structure".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

__all__ = ["BYTES", "VARINT", "field", "fields", "tag", "text", "varint"]

VARINT, BYTES = 0, 2
"""Kinds of field: a number, and so many bytes."""

Buffer = TypeVar("Buffer", bytes, memoryview)


def fields(message: Buffer) -> Iterator[tuple[int, Buffer, Buffer]]:
    """Number, content (of a length-delimited field; empty for others) and whole bytes of each field, in order.

    Raises:
        ValueError: not the bytes of a protocol buffer.
    """
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        content = message[:0]
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


def text(message: Buffer, wanted: int) -> str | None:
    """The first field of that number as text; None where there is none."""
    return next((str(content, "utf-8", "replace") for number, content, _ in fields(message) if number == wanted), None)


def field(number: int, content: bytes) -> bytes:
    """One length-delimited field."""
    return tag(number, BYTES) + varint(len(content)) + content


def tag(number: int, kind: int) -> bytes:
    """What stands before a field's content."""
    return varint(number << 3 | kind)


def varint(value: int) -> bytes:
    """A number, seven bits a byte."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _read_varint(message: bytes | memoryview, at: int) -> tuple[int, int]:
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
