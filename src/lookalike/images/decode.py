"""Bytes of unknown origin -> checked, upright sRGB pixels, or a refusal with a stable reason.

`ImageRejected` is all that ever leaves `decode` for whatever bytes it is given. Formats whose decoding time is
bounded by their number of pixels are decoded where they are; the others, and large ones, in a child process that
can be killed. Personal metadata (place, time, owner, device) is not read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from lookalike.errors import ImageRejected
from lookalike.images.colour import pixels_to_srgb
from lookalike.images.jpeg import JpegHeader, decode_jpeg, read_jpeg_header, reduced_size
from lookalike.images.limits import ImageLimits
from lookalike.images.orientation import swaps_sides, upright
from lookalike.images.raster import check_size, decode_raster
from lookalike.images.sandbox import SandboxUnavailable, decode_in_sandbox
from lookalike.images.signature import identify
from lookalike.images.structure import has_many_chunks, is_animated_png, stated_size
from lookalike.types import Pixels, Reason

__all__ = ["Picture", "decode", "decode_here"]

logger = logging.getLogger(__name__)

_DEFAULT_LIMITS = ImageLimits()
_LIGHT_PIXELS = {"jpeg": 25_000_000, "png": 16_000_000, "gif": 16_000_000, "webp": 8_000_000}
"""Up to so many pixels these formats are decoded in the calling process: a fraction of a second, some 150 MB."""
_LIGHT_CODED_PIXELS = 100_000_000
"""Pixels, times scans, that a JPEG decoded in the calling process may go through."""


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

    Returns:
        its upright sRGB pixels, and the size of the original.

    Raises:
        ImageRejected: the file is no picture, or one that cannot or must not be used; nothing else is raised.
    """
    if len(data) > limits.max_bytes:
        raise ImageRejected(
            Reason.TOO_MANY_BYTES, f"received {len(data):,} bytes, expected at most {limits.max_bytes:,}"
        )
    format_name = identify(data)
    if format_name == "jpeg":
        header = read_jpeg_header(data)
        if header.is_plain and _is_light(data, header, shorter_side_pixels):
            picture = _plain_jpeg(data, header, limits, shorter_side_pixels, None)
            if picture is not None:
                return picture
    elif _is_light_raster(data, format_name, limits):
        return _raster(data, format_name, limits, shorter_side_pixels, None)
    try:
        pixels, width, height, format_name = decode_in_sandbox(data, limits, shorter_side_pixels)
    except SandboxUnavailable as exc:
        logger.warning("decoding without a sandbox, so without a time limit: %s", exc)
        return decode_here(data, limits, shorter_side_pixels, None)
    return Picture(pixels=pixels, width=width, height=height, format=format_name)


def decode_here(
    data: bytes, limits: ImageLimits, shorter_side_pixels: int | None, admit: Callable[[int], None] | None
) -> Picture:
    """Decode inside this process, whatever the format and however long it takes.

    Args:
        data: the whole file.
        limits: checked before anything is allocated.
        shorter_side_pixels: as for `decode`.
        admit: called with the number of pixels before they are allocated; may wait.

    Returns:
        as `decode` does.

    Raises:
        ImageRejected: as `decode` does.
    """
    format_name = identify(data)
    if format_name == "jpeg":
        header = read_jpeg_header(data)
        picture = _plain_jpeg(data, header, limits, shorter_side_pixels, admit) if header.is_plain else None
        if picture is not None:
            return picture
    return _raster(data, format_name, limits, shorter_side_pixels, admit)


def _is_light(data: bytes, header: JpegHeader, shorter_side_pixels: int | None) -> bool:
    """Whether time and memory are bounded closely enough by what the header says."""
    n_pixels = header.width * header.height
    if header.is_sequential:
        width, height = reduced_size(header, shorter_side_pixels)
        return n_pixels <= _LIGHT_CODED_PIXELS and width * height <= _LIGHT_PIXELS["jpeg"]
    if n_pixels > _LIGHT_PIXELS["jpeg"]:
        return False
    # Each scan of a progressive JPEG goes over all pixels, and a small file can hold thousands of scans.
    return n_pixels * data.count(b"\xff\xda", header.scan) <= _LIGHT_CODED_PIXELS


def _is_light_raster(data: bytes, format_name: str, limits: ImageLimits) -> bool:
    most = _LIGHT_PIXELS.get(format_name)
    size = stated_size(format_name, data)
    if most is None or size is None:
        return False
    check_size(*size, limits)
    if has_many_chunks(format_name, data):
        return False
    return size[0] * size[1] <= most and not (format_name == "png" and is_animated_png(data))


def _raster(
    data: bytes,
    format_name: str,
    limits: ImageLimits,
    shorter_side_pixels: int | None,
    admit: Callable[[int], None] | None,
) -> Picture:
    pixels, width, height = decode_raster(data, format_name, limits, shorter_side_pixels, admit)
    return Picture(pixels=pixels, width=width, height=height, format=format_name)


def _plain_jpeg(
    data: bytes,
    header: JpegHeader,
    limits: ImageLimits,
    shorter_side_pixels: int | None,
    admit: Callable[[int], None] | None,
) -> Picture | None:
    """None where the plain interface of libjpeg-turbo cannot read it, and Pillow's may."""
    width, height = header.width, header.height
    # One pass needs memory for its result only, several passes need it for every coefficient.
    reduced = reduced_size(header, shorter_side_pixels)
    held = reduced if header.is_sequential else (width, height)
    check_size(*held, limits, original=(width, height))
    if admit is not None:
        admit(held[0] * held[1])
    pixels = decode_jpeg(data, reduced)
    if pixels is None:
        return None
    if header.profile is not None:
        pixels = pixels_to_srgb(pixels, header.profile, grey=header.n_components == 1)
    if swaps_sides(header.orientation):
        width, height = height, width
    return Picture(pixels=upright(pixels, header.orientation), width=width, height=height, format="jpeg")
