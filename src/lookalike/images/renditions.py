"""The same picture as another codec, screen or camera would give it: changes that people do not mind.

A model that has learnt what is shown gives nearly the same vector for all of them. Small, fixed and few, since they are
made of queries while somebody waits; the families and severities that robustness is measured with are in `corruptions`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import simplejpeg
from PIL import Image, ImageFilter

from lookalike.images.regions import encode_jpeg
from lookalike.images.views import mirrored
from lookalike.types import Pixels

__all__ = ["RENDITIONS"]


def _jpeg(pixels: Pixels) -> Pixels:
    return simplejpeg.decode_jpeg(encode_jpeg(pixels, quality=50), colorspace="RGB")


def _halved(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    small = Image.fromarray(pixels).resize((max(1, width // 2), max(1, height // 2)), Image.Resampling.BILINEAR)
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))


def _blurred(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.0)))


RENDITIONS: dict[str, Callable[[Pixels], Pixels]] = {
    "jpeg": _jpeg,
    "halved": _halved,
    "mirrored": mirrored,
    "blurred": _blurred,
}
"""By name: coded as JPEG of quality 50, made half as large and large again, mirrored, blurred by one pixel.

Each takes and gives upright sRGB pixels of one size.
"""
