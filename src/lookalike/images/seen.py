"""A picture as a model sees it, and where in the original what it sees lies.

Searching and explaining prepare photographs here, so that what is explained is what was compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.images.decode import decode
from lookalike.images.limits import ImageLimits
from lookalike.images.preprocessing import Preprocessing
from lookalike.images.regions import cut_edges, scaled_box, thumbnail
from lookalike.types import Box, Pixels

__all__ = ["Seen", "read_pixels", "see"]

_CROP_DETAIL = 4
_READABLE_SIDE_PIXELS = 1_200
_MOST_READ_PIXELS = 12_000_000
_LIMITS = ImageLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture as a model sees it.

    Attributes:
        square: what the model is given, shape (size, size, 3).
        pixels: the whole upright picture, possibly at reduced scale.
        width: of the upright original, in pixels.
        height: of the upright original, in pixels.
        part: the pixels of `pixels` that are looked for: all of them without a box.
        window: left, upper, right and lower edge of what `square` shows, in pixels of the upright original; beyond
            the picture where the square was padded.
    """

    square: Pixels
    pixels: Pixels
    width: int
    height: int
    part: Pixels
    window: tuple[float, float, float, float]


def see(
    image: bytes | Pixels, preprocessing: Preprocessing, *, limits: ImageLimits = _LIMITS, box: Box | None = None
) -> Seen:
    """Decode (no finer than needed), cut out the part asked for, and prepare it for a model.

    Args:
        image: bytes of a picture file, or upright sRGB pixels.
        preprocessing: of the model.
        limits: what the file may cost.
        box: part of the picture, in pixels of the upright original; None for all of it.

    Raises:
        ImageRejected: the file cannot be used.
        InvalidQuery: the box lies outside the picture.
    """
    if isinstance(image, np.ndarray):
        pixels, width, height = image, image.shape[1], image.shape[0]
    else:
        # A crop may be a small part: it is cut from a larger decode, so that what is looked for keeps its detail.
        side = preprocessing.decode_side_pixels * (1 if box is None else _CROP_DETAIL)
        picture = decode(image, limits=limits, shorter_side_pixels=side)
        pixels, width, height = picture.pixels, picture.width, picture.height
    if box is None:
        part, corner = pixels, (0, 0)
    else:
        left, upper, right, lower = cut_edges(pixels, scaled_box(box, pixels, width=width, height=height))
        part, corner = np.ascontiguousarray(pixels[upper:lower, left:right]), (left, upper)
    edges = preprocessing.window(part.shape[1], part.shape[0])
    x_scale, y_scale = width / pixels.shape[1], height / pixels.shape[0]
    window = (
        (corner[0] + edges[0]) * x_scale,
        (corner[1] + edges[1]) * y_scale,
        (corner[0] + edges[2]) * x_scale,
        (corner[1] + edges[3]) * y_scale,
    )
    return Seen(preprocessing.apply(part), pixels, width, height, part, window)


def read_pixels(image: bytes | Path | Pixels, limits: ImageLimits = _LIMITS, box: Box | None = None) -> Pixels:
    """A picture, or the part of it that is looked for, in the detail that print is read in.

    Of more than some 12 megapixels, as only a very long strip has after decoding, less detail is given: to read in it
    takes time and memory for every pixel.

    Args:
        image: bytes of a picture file, its path, or upright sRGB pixels.
        limits: what the file may cost.
        box: part of the picture, in pixels of the upright original; None for all of it.

    Raises:
        ImageRejected: the file cannot be used.
        InvalidQuery: the box lies outside the picture.
    """
    if isinstance(image, np.ndarray):
        pixels, width, height = image, image.shape[1], image.shape[0]
    else:
        data = image if isinstance(image, bytes) else image.read_bytes()
        picture = decode(data, limits=limits, shorter_side_pixels=_READABLE_SIDE_PIXELS)
        pixels, width, height = picture.pixels, picture.width, picture.height
    if box is not None:
        left, upper, right, lower = cut_edges(pixels, scaled_box(box, pixels, width=width, height=height))
        pixels = np.ascontiguousarray(pixels[upper:lower, left:right])
    excess = pixels.shape[0] * pixels.shape[1] / _MOST_READ_PIXELS
    return pixels if excess <= 1 else thumbnail(pixels, int(max(pixels.shape[:2]) / excess**0.5))
