"""Pictures with nothing in them that anybody could recognise: what stands where something was taken away."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from lookalike.types import Pixels

__all__ = ["blurred", "mean_coloured"]


def blurred(pixels: Pixels, radius_pixels: float) -> Pixels:
    """The picture blurred by a Gaussian; colour and brightness stay roughly where they were.

    Args:
        pixels: a picture.
        radius_pixels: standard deviation of the Gaussian.
    """
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius_pixels)))


def mean_coloured(pixels: Pixels) -> Pixels:
    """A picture of that size in the mean colour of `pixels`."""
    return np.full_like(pixels, pixels.reshape(-1, 3).mean(axis=0).round().astype(np.uint8))
