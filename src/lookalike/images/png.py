"""PNG as its decoder takes it: without what is compressed beside the pixels, of which it bears little."""

from __future__ import annotations

import struct
import zlib

__all__ = ["plain_png"]

_TEXTS = frozenset({b"zTXt", b"iTXt"})
_BORNE_BYTES = 2**20
"""Pillow refuses a whole picture for a longer text or profile (`PngImagePlugin.MAX_TEXT_CHUNK`)."""
_MAX_PROFILE_BYTES = 8 * 2**20


def plain_png(data: bytes) -> tuple[bytes, bytes | None]:
    """The file without compressed texts, which nobody reads here, and without a colour profile that is too long.

    A profile that is damaged, and any after the first, is left out as well.

    Args:
        data: the whole file.

    Returns:
        the file, and the profile that was taken out of it; None where none was, or it has more than 8 MiB.
    """
    kept: list[memoryview] = []
    profile: bytes | None = None
    has_profile = False
    whole = memoryview(data)
    at = start = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or name == b"IEND":
            break
        is_dropped = name in _TEXTS or (name == b"iCCP" and has_profile)
        if name == b"iCCP" and not has_profile:
            has_profile = True
            found = _unpacked(whole[at + 8 : end - 4])
            is_dropped = not 0 < len(found) <= _BORNE_BYTES
            profile = found if _BORNE_BYTES < len(found) <= _MAX_PROFILE_BYTES else None
        if is_dropped:
            kept.append(whole[start:at])
            start = end
        at = end
    return (b"".join((whole[:8], *kept, whole[start:])), profile) if start > 8 else (data, None)


def _unpacked(chunk: memoryview) -> bytes:
    """The profile of an iCCP chunk, up to a byte more than is read; empty where it is damaged."""
    _, _, packed = bytes(chunk).partition(b"\0")
    if packed[:1] != b"\0":
        return b""
    try:
        return zlib.decompressobj().decompress(packed[1:], _MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return b""
