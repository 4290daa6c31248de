"""Bytes of unknown origin -> checked, upright sRGB pixels, or a refusal with a stable reason.

`ImageRejected` is all that ever leaves `decode` for whatever bytes it is given. Formats whose decoding time is
bounded by their number of pixels are decoded where they are; the others, and large ones, in a child process that
can be killed. Personal metadata (place, time, owner, device) is not read.
"""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.errors import ImageRejected
from lookalike.images.colour import pixels_to_srgb
from lookalike.images.jpeg import JpegHeader, decode_jpeg, read_jpeg_header, reduced_size
from lookalike.images.limits import ImageLimits
from lookalike.images.orientation import swaps_sides, upright
from lookalike.images.raster import check_size, decode_raster
from lookalike.images.signature import identify
from lookalike.types import Pixels, Reason

__all__ = ["Picture", "decode", "decode_here"]

_DEFAULT_LIMITS = ImageLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: shape (height, width, 3), uint8, upright sRGB, possibly at reduced scale.
        width: of the upright original, in pixels.
        height: of the upright original, in pixels.
        format: lower-case name, one of `lookalike.images.signature.DECODED_FORMATS`.
    """

    pixels: Pixels
    width: int
    height: int
    format: str

    @property
    def scale(self) -> float:
        """Width of `pixels` over width of the upright original: 1.0, or less after a reduced decode."""
        return self.pixels.shape[1] / self.width


def decode(data: bytes, *, limits: ImageLimits = _DEFAULT_LIMITS, shorter_side_pixels: int | None = None) -> Picture:
    """Decode one picture. Safe to call from several threads; the heavy parts run without the GIL.

    Args:
        data: the whole file.
        limits: checked before anything is allocated.
        shorter_side_pixels: the result may be reduced as long as its shorter side stays at least this; None
            for full scale.

    Raises:
        ImageRejected: the file is no picture, or one that cannot or must not be used; nothing else is raised.
    """
    if len(data) > limits.max_bytes:
        raise ImageRejected(
            Reason.TOO_MANY_BYTES, f"received {len(data):,} bytes, expected at most {limits.max_bytes:,}"
        )
    return decode_here(data, limits, shorter_side_pixels)


def decode_here(data: bytes, limits: ImageLimits, shorter_side_pixels: int | None) -> Picture:
    """Decode inside this process, whatever the format and however long it takes."""
    format_name = identify(data)
    if format_name == "jpeg":
        header = read_jpeg_header(data)
        picture = _plain_jpeg(data, header, limits, shorter_side_pixels) if header.is_plain else None
        if picture is not None:
            return picture
    pixels, width, height = decode_raster(data, format_name, limits, shorter_side_pixels)
    return Picture(pixels=pixels, width=width, height=height, format=format_name)


def _plain_jpeg(
    data: bytes, header: JpegHeader, limits: ImageLimits, shorter_side_pixels: int | None
) -> Picture | None:
    if header.is_sequential:
        check_size(*reduced_size(header, shorter_side_pixels), limits)
    else:
        check_size(header.width, header.height, limits)
    pixels = decode_jpeg(data, shorter_side_pixels)
    if pixels is None:
        return None
    if header.profile is not None:
        pixels = pixels_to_srgb(pixels, header.profile)
    width, height = header.width, header.height
    if swaps_sides(header.orientation):
        width, height = height, width
    return Picture(pixels=upright(pixels, header.orientation), width=width, height=height, format="jpeg")
