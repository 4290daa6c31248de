"""Parts and small versions of decoded pictures, and their encoding as JPEG without any metadata."""

from __future__ import annotations

import io
import math

import numpy as np
import simplejpeg
from PIL import Image

from lookalike.errors import InvalidQuery
from lookalike.types import Box, Pixels

__all__ = ["crop", "cut_edges", "encode_jpeg", "encode_png", "scaled_box", "thumbnail"]

# As sharp as bicubic when making smaller, at two thirds of the time.
_FILTER = Image.Resampling.HAMMING
_REDUCING_GAP = 3.0


def crop(pixels: Pixels, box: Box) -> Pixels:
    """The part of `pixels` under `box`, contiguous, at least one pixel each way.

    Edges are moved outwards to whole pixels, and what lies outside the picture is cut off.

    Args:
        pixels: a picture.
        box: in pixels of this very array; `scaled_box` maps one that was given for the original.

    Returns:
        a copy, shape (height, width, 3) of the part.

    Raises:
        InvalidQuery: the box lies outside the picture altogether, or is not finite.
    """
    left, upper, right, lower = cut_edges(pixels, box)
    return np.ascontiguousarray(pixels[upper:lower, left:right])


def cut_edges(pixels: Pixels, box: Box) -> tuple[int, int, int, int]:
    """Where `crop` cuts: left, upper, right and lower edge in whole pixels, the last two exclusive.

    Args:
        pixels: a picture.
        box: in pixels of this very array.

    Raises:
        InvalidQuery: the box lies outside the picture altogether, or is not finite.
    """
    height, width = pixels.shape[:2]
    _check_inside(box, width, height)
    corners = (box.x, box.y, box.x + box.width, box.y + box.height)
    left, upper = int(corners[0]), int(corners[1])
    right = min(width, max(left + 1, math.ceil(corners[2] - 1e-6)))
    lower = min(height, max(upper + 1, math.ceil(corners[3] - 1e-6)))
    return left, upper, right, lower


def scaled_box(box: Box, pixels: Pixels, *, width: int, height: int) -> Box:
    """`box`, given in pixels of the upright original of `width` x `height`, in pixels of a reduced decode of it.

    Raises:
        InvalidQuery: the box lies outside the original altogether, or is not finite.
    """
    _check_inside(box, width, height)
    x_scale, y_scale = pixels.shape[1] / width, pixels.shape[0] / height
    return Box(x=box.x * x_scale, y=box.y * y_scale, width=box.width * x_scale, height=box.height * y_scale)


def _check_inside(box: Box, width: int, height: int) -> None:
    ends = (box.x, box.y, box.x + box.width, box.y + box.height)
    if not all(math.isfinite(end) for end in ends) or box.x >= width or box.y >= height:
        raise InvalidQuery(
            f"the crop {box.x:g},{box.y:g},{box.width:g},{box.height:g} lies outside the picture of {width} x {height} "
            f"pixels: x must be below {width} and y below {height}"
        )


def thumbnail(pixels: Pixels, side_pixels: int) -> Pixels:
    """`pixels` with the longer side at most `side_pixels`, never enlarged; the same array where it already is.

    Args:
        pixels: a picture.
        side_pixels: length of the longer side, at most.

    Returns:
        shape (height, width, 3), proportions kept to the pixel.

    Raises:
        ValueError: `side_pixels` below 1.
    """
    if side_pixels < 1:
        raise ValueError(f"side_pixels must be at least 1, received {side_pixels}")
    height, width = pixels.shape[:2]
    if max(width, height) <= side_pixels:
        return pixels
    scale = side_pixels / max(width, height)
    # A very long picture keeps two pixels across, so that it still decodes under the default limits.
    least = min(2, side_pixels)
    size = (max(min(least, width), round(width * scale)), max(min(least, height), round(height * scale)))
    image = Image.fromarray(pixels)
    return np.asarray(image.resize(size, _FILTER, reducing_gap=_REDUCING_GAP))


def encode_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """JPEG of `pixels` with halved chroma and no metadata of any kind.

    Args:
        pixels: a picture.
        quality: 1 to 100.

    Returns:
        a JFIF file.

    Raises:
        ValueError: `quality` outside 1 to 100, or a side above the 65,500 pixels that JPEG allows.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must be 1 to 100, received {quality}")
    return simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels), quality=quality, colorspace="RGB", colorsubsampling="420"
    )


def encode_png(pixels: Pixels) -> bytes:
    """PNG of `pixels`, every one of them as it is, without metadata of any kind."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
