"""Convolution of a picture with a kernel of any size, mirrored at the borders, through the Fourier transform."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32

from lookalike.images.corruptions.light_field import Light

__all__ = ["Kernel", "convolve", "disk", "streak"]

Kernel = Float32[np.ndarray, "_rows _columns"]


def convolve(light: Light, kernel: Kernel) -> Light:
    """`light` under `kernel` (odd sides), same size; beyond its border the picture is mirrored."""
    height, width = light.shape[:2]
    up, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(light, ((up, up), (left, left), (0, 0)), mode="symmetric")
    shape = tuple(_smooth(side) for side in padded.shape[:2])
    spectrum = np.fft.rfft2(padded, s=shape, axes=(0, 1)) * np.fft.rfft2(kernel, s=shape)[..., None]
    full = np.fft.irfft2(spectrum, s=shape, axes=(0, 1))
    return full[2 * up : 2 * up + height, 2 * left : 2 * left + width].astype(np.float32)


def _smooth(length: int) -> int:
    """The next length whose only factors are 2, 3 and 5, where the transform is fast."""
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1


def disk(radius_pixels: float) -> Kernel:
    """An even disk with a soft edge, sum 1: what a lens makes of a point that is out of focus."""
    reach = math.ceil(radius_pixels + 0.5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    coverage = np.clip(radius_pixels + 0.5 - np.hypot(x, y), 0.0, 1.0)
    return (coverage / coverage.sum()).astype(np.float32)


def streak(length_pixels: float, sigma_pixels: float, angle_radians: float) -> Kernel:
    """A line from the centre in one direction, fading as a normal curve, sum 1: the path of a moving camera."""
    reach = max(1, math.ceil(length_pixels))
    steps = np.linspace(0.0, length_pixels, 4 * reach + 1)
    weights = np.exp(-0.5 * (steps / max(sigma_pixels, 1e-3)) ** 2)
    kernel = np.zeros((2 * reach + 3, 2 * reach + 3))
    x = reach + 1 + steps * math.cos(angle_radians)
    y = reach + 1 + steps * math.sin(angle_radians)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, down = x - column, y - row
    for rows, vertical in ((row, 1 - down), (row + 1, down)):
        for columns, horizontal in ((column, 1 - right), (column + 1, right)):
            np.add.at(kernel, (rows, columns), weights * vertical * horizontal)
    return (kernel / kernel.sum()).astype(np.float32)
