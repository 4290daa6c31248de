"""The EXIF orientation: which of the eight turns and mirrorings makes a stored picture upright."""

from __future__ import annotations

import struct

import numpy as np

from lookalike.types import Pixels

__all__ = ["exif_orientation", "swaps_sides", "upright"]

_TAG = 0x0112
_MAX_ENTRIES = 512


def exif_orientation(exif: bytes) -> int:
    """Orientation 1 to 8 of a block of EXIF (with or without its ``Exif\\0\\0``); 1 where it is absent or unreadable.

    Reads the one tag only: nothing else of the block (place, time, owner, device) is looked at, and a damaged block
    costs no warning.
    """
    if exif.startswith(b"Exif\x00"):
        exif = exif[6:]
    match exif[:4]:
        case b"II*\x00":
            order = "<"
        case b"MM\x00*":
            order = ">"
        case _:
            return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (n_entries,) = struct.unpack_from(order + "H", exif, start)
        for entry in range(min(n_entries, _MAX_ENTRIES)):
            at = start + 2 + 12 * entry
            tag, kind, count = struct.unpack_from(order + "HHI", exif, at)
            if tag == _TAG:
                if count < 1 or kind not in (3, 4):
                    return 1
                (value,) = struct.unpack_from(order + ("H" if kind == 3 else "I"), exif, at + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def swaps_sides(orientation: int) -> bool:
    """Whether the upright picture is as wide as the stored one is high."""
    return orientation >= 5


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror stored pixels as their EXIF orientation (1 to 8) says; contiguous, the same array for 1."""
    match orientation:
        case 2:
            turned = pixels[:, ::-1]
        case 3:
            turned = pixels[::-1, ::-1]
        case 4:
            turned = pixels[::-1]
        case 5:
            turned = pixels.transpose(1, 0, 2)
        case 6:
            turned = pixels.transpose(1, 0, 2)[:, ::-1]
        case 7:
            turned = pixels.transpose(1, 0, 2)[::-1, ::-1]
        case 8:
            turned = pixels.transpose(1, 0, 2)[::-1]
        case _:
            return pixels
    return np.ascontiguousarray(turned)
