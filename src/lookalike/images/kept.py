"""The copy of a catalogue picture that the store keeps: a small JPEG without personal metadata.

Place, time, owner, device, comments, thumbnails and anything after the picture's end are left out. Where the
original is already a small upright sRGB JPEG its coded pixels are kept as they are, otherwise it is coded anew.
"""

from __future__ import annotations

import re

from lookalike.errors import ImageRejected
from lookalike.images.colour import is_srgb_profile
from lookalike.images.decode import Picture
from lookalike.images.jpeg import read_jpeg_header
from lookalike.images.regions import encode_jpeg, thumbnail

__all__ = ["normalised_copy"]

_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Tables (DQT, DHT, DRI, DAC), frames and scans: all that decoding needs, and nothing in which text can be put.
_PICTURE_SEGMENTS = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xDA})
_PLAIN_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_ADOBE_BYTES = 12
_LARGEST_REDUCED = 1.5


def normalised_copy(picture: Picture, data: bytes, *, side_pixels: int = 512, quality: int = 90) -> bytes:
    """JPEG of the upright sRGB picture, longer side about `side_pixels`, without metadata.

    Never enlarged, and a picture decoded at reduced scale is neither decoded nor, up to one and a half times
    `side_pixels`, resampled again: its copy may be smaller or larger. Resampling costs more than decoding did.

    Args:
        picture: what `decode` made of `data`.
        data: the original file.
        side_pixels: longer side of the copy, at most, or up to 1.5 times that for a reduced picture.
        quality: of JPEG, 1 to 100, where the picture is coded anew.

    Returns:
        a JPEG that `decode` reads under its default limits.
    """
    if picture.format == "jpeg" and max(picture.width, picture.height) <= side_pixels:
        stripped = _stripped(data)
        if stripped is not None:
            return stripped
    if picture.scale < 1.0 and max(picture.pixels.shape[:2]) <= _LARGEST_REDUCED * side_pixels:
        return encode_jpeg(picture.pixels, quality)
    return encode_jpeg(thumbnail(picture.pixels, side_pixels), quality)


def _stripped(data: bytes) -> bytes | None:
    """The same coded pixels with only the segments they need; None where the file has to be coded anew."""
    try:
        header = read_jpeg_header(data)
    except ImageRejected:
        return None
    if not header.is_plain or header.orientation != 1 or header.n_components != 3:
        return None
    if header.profile is not None and not is_srgb_profile(header.profile):
        return None
    kept: list[bytes] = [b"\xff\xd8"]
    at, end = 2, len(data)
    while at + 4 <= end and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xD9:
            break
        if marker == 0xFF:
            at += 1
            continue
        after = at + 2 + ((data[at + 2] << 8) | data[at + 3])
        if after > end or after < at + 4:
            return None
        if marker in _PICTURE_SEGMENTS:
            if marker == 0xDA:
                following = _MARKER_AFTER_SCAN.search(data, after)
                after = end if following is None else following.start()
            kept.append(data[at:after])
        elif marker == 0xE0 and data[at + 4 : at + 9] == b"JFIF\x00":
            # Its own thumbnail and density are dropped; that it is JFIF tells decoders what the colours are.
            if len(kept) == 1:
                kept.append(_PLAIN_JFIF)
        elif marker == 0xEE and data[at + 4 : at + 9] == b"Adobe":
            if after - at - 4 < _ADOBE_BYTES:
                return None
            kept.append(b"\xff\xee\x00\x0e" + data[at + 4 : at + 4 + _ADOBE_BYTES])
        elif not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            return None
        at = after
    kept.append(b"\xff\xd9")
    return b"".join(kept)
