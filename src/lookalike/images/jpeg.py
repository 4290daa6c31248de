"""JPEG: its header read without decoding, and its pixels through libjpeg-turbo at full or reduced scale.

At full scale the pixels equal Pillow's, bit by bit (accurate DCT, smooth chroma upsampling).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import simplejpeg

from lookalike.errors import ImageRejected
from lookalike.images.orientation import exif_orientation
from lookalike.types import Pixels, Reason

__all__ = ["JpegHeader", "decode_jpeg", "read_jpeg_header", "reduced_size"]

_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_FILL = re.compile(rb"\xff*(?=\xff)")
_MOST_SEGMENTS = 100_000
"""A file of 64 MiB has a thousand where each is as long as it can be."""
_START_OF_SCAN = b"\xff\xda"
_END_OF_IMAGE = b"\xff\xd9"
_ICC = b"ICC_PROFILE\x00"
_HARMLESS = re.compile(r"extraneous bytes|unknown JFIF|unknown Adobe|Invalid SOS parameters|ICC")
_ENDS_EARLY = re.compile(r"Premature end|premature end")


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What the segments before the first scan say.

    Attributes:
        width: stored width, in pixels, before turning upright.
        height: stored height.
        frame: marker of the frame, 0xC0 to 0xCF; 0xC0 and 0xC1 are sequential, 0xC2 is progressive.
        precision: bits a sample.
        n_components: 1 grey, 3 colour, 4 CMYK.
        orientation: EXIF orientation, 1 to 8.
        profile: embedded ICC profile, or None.
        scan: where the first scan starts, in bytes.
    """

    width: int
    height: int
    frame: int
    precision: int
    n_components: int
    orientation: int
    profile: bytes | None
    scan: int

    @property
    def is_sequential(self) -> bool:
        """Whether the picture is coded in one pass, so that decoding it needs little memory of its own."""
        return self.frame in _SEQUENTIAL

    @property
    def is_plain(self) -> bool:
        """Whether `decode_jpeg` reads it: Huffman-coded grey or colour of 8 bits."""
        return self.frame in (0xC0, 0xC1, 0xC2) and self.precision == 8 and self.n_components in (1, 3)


def read_jpeg_header(data: bytes) -> JpegHeader:
    """Walk the segments up to the first scan.

    Args:
        data: the whole file, from its first marker on.

    Returns:
        what they say; of several ones of a kind, the first counts.

    Raises:
        ImageRejected: ``truncated`` where the file ends before the first scan, ``corrupt`` where something that is
            no segment stands between, there is no frame, or there are more than 100,000 segments.
    """
    end = len(data)
    at = 2
    frame: tuple[int, int, int, int, int] | None = None
    orientation: int | None = None
    chunks: dict[int, bytes] = {}
    for _ in range(_MOST_SEGMENTS):
        # Any byte up to the next marker is skipped, as decoders do; markers may be preceded by fill bytes.
        at = data.find(b"\xff", at)
        if at >= 0 and (fill := _FILL.match(data, at)) is not None:
            at = fill.end()
        if at < 0 or at + 4 > end:
            raise _ended_early(end)
        marker = data[at + 1]
        if marker in _STANDALONE or marker == 0:
            at += 2
            continue
        if marker == 0xD9:
            raise ImageRejected(Reason.CORRUPT, "received a JPEG that ends before its first scan: it holds no picture")
        length = (data[at + 2] << 8) | data[at + 3]
        if length < 2:
            raise ImageRejected(
                Reason.CORRUPT, f"received a JPEG segment of length {length} at byte {at}, expected at least 2"
            )
        start, after = at + 4, at + 2 + length
        if marker == 0xDA:
            break
        if after > end:
            raise _ended_early(end)
        if marker in _FRAMES and frame is None and length >= 8:
            height, width = (data[start + 1] << 8) | data[start + 2], (data[start + 3] << 8) | data[start + 4]
            frame = (marker, data[start], width, height, data[start + 5])
        elif marker == 0xE1 and orientation is None and data[start : start + 5] == b"Exif\x00":
            orientation = exif_orientation(data[start:after])
        elif marker == 0xE2 and data[start : start + 12] == _ICC and length > 16:
            chunks.setdefault(data[start + 12], data[start + 14 : after])
        at = after
    else:
        raise ImageRejected(
            Reason.CORRUPT, f"received a JPEG with more than {_MOST_SEGMENTS:,} segments before its first scan"
        )
    if frame is None or frame[2] == 0 or frame[3] == 0:
        raise ImageRejected(Reason.CORRUPT, "received a JPEG without the segment that states its size")
    return JpegHeader(
        width=frame[2],
        height=frame[3],
        frame=frame[0],
        precision=frame[1],
        n_components=frame[4],
        orientation=orientation or 1,
        profile=b"".join(chunks[number] for number in sorted(chunks)) or None,
        scan=at,
    )


def reduced_size(header: JpegHeader, shorter_side_pixels: int | None) -> tuple[int, int]:
    """Stored width and height after decoding at 1, 1/2, 1/4 or 1/8 of the size, rounded up.

    It is the smallest of them that keeps the shorter side. libjpeg's other eighths are left out: they
    move an embedding at least twice as far as halving does (decision 0002).
    """
    width, height = header.width, header.height
    if shorter_side_pixels is not None:
        for factor in (8, 4, 2):
            reduced = -(-width // factor), -(-height // factor)
            if min(reduced) >= shorter_side_pixels:
                return reduced
    return width, height


def decode_jpeg(data: bytes, size: tuple[int, int]) -> Pixels | None:
    """Stored (not yet upright) pixels; None where libjpeg-turbo's plain interface cannot read this kind of JPEG.

    A file that lacks nothing but its end marker is read; one that lacks any of its pixels is not.

    Args:
        data: the whole file.
        size: width and height to decode at, as `reduced_size` gives them.

    Returns:
        shape (height, width, 3), sRGB or of the embedded profile; or None.

    Raises:
        ImageRejected: ``truncated`` or ``corrupt``. Damaged pixels are refused rather than shown as grey.
    """
    width, height = size
    try:
        return simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width)
    except ValueError as exc:
        complaint = str(exc)
    if _ENDS_EARLY.search(complaint):
        if data.rfind(_END_OF_IMAGE, -64) < 0:
            try:
                return simplejpeg.decode_jpeg(data + _END_OF_IMAGE, "RGB", min_height=height, min_width=width)
            except ValueError as exc:
                raise ImageRejected(
                    Reason.TRUNCATED,
                    f"received a JPEG of {len(data)} bytes that ends before its pixels do, expected a whole one "
                    f"(libjpeg: {exc})",
                ) from exc
        raise ImageRejected(
            Reason.CORRUPT, f"received a JPEG with pixels missing inside, expected a whole one (libjpeg: {complaint})"
        )
    if _HARMLESS.search(complaint):
        try:
            return simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width, strict=False)
        except ValueError as exc:
            complaint = str(exc)
    if "Corrupt JPEG data" in complaint or "bad Huffman" in complaint:
        raise ImageRejected(Reason.CORRUPT, f"received a damaged JPEG (libjpeg: {complaint})")
    return None


def _ended_early(n_bytes: int) -> ImageRejected:
    return ImageRejected(
        Reason.TRUNCATED, f"received a JPEG of {n_bytes} bytes that ends inside its header, expected a whole one"
    )
