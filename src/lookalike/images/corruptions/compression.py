"""Fewer pixels, fewer bytes.

Reference:
    Hendrycks & Dietterich 2019 (arXiv 1903.12261); severities of `pixelate` and `jpeg` are theirs.
"""

from __future__ import annotations

import numpy as np
import simplejpeg
from PIL import Image

from lookalike.images.regions import encode_jpeg
from lookalike.types import Pixels

__all__ = ["JPEG_QUALITIES", "jpeg", "jpeg_quality", "pixelate", "recompressed"]

_SIDES = (0.6, 0.5, 0.4, 0.3, 0.25)
_QUALITIES = (25, 18, 15, 10, 7)
JPEG_QUALITIES = (90, 50, 30, 10)


def pixelate(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Reduced to 60% to 25% of its side, and enlarged again without smoothing."""
    del generator
    height, width = pixels.shape[:2]
    share = _SIDES[severity - 1]
    small = (max(1, int(width * share)), max(1, int(height * share)))
    image = Image.fromarray(pixels).resize(small, Image.Resampling.BOX)
    return np.asarray(image.resize((width, height), Image.Resampling.NEAREST))


def recompressed(pixels: Pixels, quality: int) -> Pixels:
    """What JPEG of that quality, with halved chroma, leaves."""
    return simplejpeg.decode_jpeg(encode_jpeg(pixels, quality), colorspace="RGB")


def jpeg(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """JPEG of quality 25 to 7."""
    del generator
    return recompressed(pixels, _QUALITIES[severity - 1])


def jpeg_quality(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """JPEG of quality 90, 50, 30 or 10: what messengers and shops send."""
    del generator
    return recompressed(pixels, JPEG_QUALITIES[severity - 1])
