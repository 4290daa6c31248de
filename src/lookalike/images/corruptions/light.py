"""Too much light, too little contrast.

Reference:
    Hendrycks & Dietterich 2019 (arXiv 1903.12261); severities are theirs.
"""

from __future__ import annotations

import numpy as np

from lookalike.images.corruptions.light_field import from_light, to_light
from lookalike.types import Pixels

__all__ = ["brightness", "contrast"]

_BRIGHTER = (0.1, 0.2, 0.3, 0.4, 0.5)
_LEFT = (0.4, 0.3, 0.2, 0.1, 0.05)


def brightness(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """The value of each colour (its strongest channel) raised by 0.1 to 0.5; hue and saturation stay."""
    del generator
    light = to_light(pixels)
    value = light.max(axis=2, keepdims=True)
    raised = np.clip(value + np.float32(_BRIGHTER[severity - 1]), 0, 1)
    return from_light(np.where(value > 0, light * (raised / np.maximum(value, 1e-6)), raised).astype(np.float32))


def contrast(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """The distance of every pixel to the mean of its channel reduced to 40% to 5%."""
    del generator
    light = to_light(pixels)
    mean = light.mean(axis=(0, 1), keepdims=True)
    return from_light((light - mean) * np.float32(_LEFT[severity - 1]) + mean)
