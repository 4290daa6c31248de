"""Noise of the sensor: Gaussian, shot (Poisson) and impulse.

Reference:
    Hendrycks & Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations"
    (arXiv 1903.12261); severities are theirs.
"""

from __future__ import annotations

import numpy as np

from lookalike.images.corruptions.light_field import from_light, to_light
from lookalike.types import Pixels

__all__ = ["gaussian_noise", "impulse_noise", "shot_noise"]

_GAUSSIAN = (0.08, 0.12, 0.18, 0.26, 0.38)
_PHOTONS = (60.0, 25.0, 12.0, 5.0, 3.0)
_IMPULSES = (0.03, 0.06, 0.09, 0.17, 0.27)


def gaussian_noise(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Each channel of each pixel moved by a normal number of standard deviation 0.08 to 0.38 of the range."""
    noise = generator.standard_normal(pixels.shape, dtype=np.float32)
    return from_light(to_light(pixels) + noise * np.float32(_GAUSSIAN[severity - 1]))


def shot_noise(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """Each channel counted in photons, 60 to 3 for white: dark photographs taken at a short exposure."""
    photons = _PHOTONS[severity - 1]
    counted = generator.poisson(to_light(pixels) * np.float32(photons))
    return from_light((counted / photons).astype(np.float32))


def impulse_noise(pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels:
    """3% to 27% of the values set to 0 or 255, as defect elements of a sensor do."""
    amount = _IMPULSES[severity - 1]
    drawn = generator.random(pixels.shape, dtype=np.float32)
    noisy = pixels.copy()
    noisy[drawn < amount / 2] = 0
    noisy[drawn > 1 - amount / 2] = 255
    return noisy
