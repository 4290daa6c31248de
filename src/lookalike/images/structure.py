"""What containers say of themselves without decoding: their size in pixels, and whether their end is missing."""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["ends_early", "has_many_chunks", "is_animated_png", "stated_size"]

_BASE_MEDIA = ("heif", "avif")
_MOST_CHUNKS = 20_000
"""Going through so many takes a tenth of a second; 64 MiB of pixels in the chunks of usual writers are half of that."""
_MOST_BLOCKS = 200_000


def stated_size(format_name: str, data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as a PNG, GIF or WebP states them; None where the header is incomplete.

    For a GIF it is the smallest rectangle around screen and first frame, which is what is allocated; None also where
    that frame stands behind a great many blocks of something else.
    """
    try:
        match format_name:
            case "png":
                return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else None
            case "gif":
                return _gif_size(data)
            case "webp":
                return _webp_size(data)
            case _:
                return None
    except (struct.error, IndexError):
        return None


def is_animated_png(data: bytes) -> bool:
    """Whether an animation control chunk precedes the pixels."""
    return any(name == b"acTL" for name in _png_chunks(data))


def has_many_chunks(format_name: str, data: bytes) -> bool:
    """Whether a PNG consists of so many chunks that going through them takes longer than decoding its pixels."""
    return format_name == "png" and any(n >= _MOST_CHUNKS for n, _ in enumerate(_png_chunks(data, to_end=True)))


def ends_early(format_name: str, data: bytes) -> bool:
    """Whether the container's own lengths show that bytes are missing at the end; False where it has none."""
    if format_name == "png":
        return not any(name == b"IEND" for name in _png_chunks(data, to_end=True))
    if format_name == "webp":
        return len(data) < 12 or struct.unpack_from("<I", data, 4)[0] + 8 > len(data) + 1
    if format_name in _BASE_MEDIA:
        return _boxes_end_early(data)
    return False


def _png_chunks(data: bytes, *, to_end: bool = False) -> Iterator[bytes]:
    """Name of each whole chunk; up to the pixels unless `to_end`."""
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data) or (name == b"IDAT" and not to_end):
            return
        yield name
        at += 12 + length


def _gif_size(data: bytes) -> tuple[int, int] | None:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    n_left = _MOST_BLOCKS
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
            n_left -= 1
            if n_left < 0:
                return None
        at += 1
        n_left -= 1
        if n_left < 0:
            return None
    if data[at] == 0x2C:
        left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, at + 1)
        width, height = max(width, left + frame_width), max(height, top + frame_height)
    return width, height


def _webp_size(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8X":
            low, high, low_height, high_height = struct.unpack_from("<HBHB", data, 24)
            return (low | high << 16) + 1, (low_height | high_height << 16) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case _:
            return None


def _boxes_end_early(data: bytes) -> bool:
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if not all(32 <= byte < 127 for byte in name):
            return False
        if length == 1:
            if at + 16 > len(data):
                return True
            (length,) = struct.unpack_from(">Q", data, at + 8)
        if length == 0:
            return False
        if length < 8:
            return False
        at += length
    return at > len(data)
