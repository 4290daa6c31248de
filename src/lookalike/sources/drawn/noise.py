"""Periodic noise pictures, made once per process from fixed seeds, that grain, glazes and cloth are looked up in."""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Float32

__all__ = ["NOISE_SIDE", "clouds", "grain", "looked_up", "soft_blur"]

NOISE_SIDE = 512
"""Side of every noise picture; a power of two, so that wrapping is a bit mask."""


@cache
def clouds(slope: float, seed: int) -> Float32[np.ndarray, "side side"]:
    """Noise in [0, 1] whose amplitude falls with frequency to the power of `slope`; wraps around."""
    white = np.random.default_rng([seed, 8191]).standard_normal((NOISE_SIDE, NOISE_SIDE))
    rows = np.fft.fftfreq(NOISE_SIDE)[:, None]
    columns = np.fft.rfftfreq(NOISE_SIDE)[None]
    frequency = np.maximum(np.hypot(rows, columns), 1 / NOISE_SIDE)
    smooth = np.fft.irfft2(np.fft.rfft2(white) / frequency**slope, s=(NOISE_SIDE, NOISE_SIDE))
    spread = np.quantile(smooth, [0.01, 0.99])
    return np.clip((smooth - spread[0]) / (spread[1] - spread[0]), 0, 1).astype(np.float32)


@cache
def grain(seed: int) -> Float32[np.ndarray, "side side"]:
    """Noise in [0, 1] drawn out along its rows, like the fibres of wood; wraps around."""
    white = np.random.default_rng([seed, 8192]).standard_normal((NOISE_SIDE, NOISE_SIDE))
    rows = np.fft.fftfreq(NOISE_SIDE)[:, None]
    columns = np.fft.rfftfreq(NOISE_SIDE)[None]
    frequency = np.maximum(np.hypot(rows, columns * 24), 1 / NOISE_SIDE)
    smooth = np.fft.irfft2(np.fft.rfft2(white) / frequency**1.0, s=(NOISE_SIDE, NOISE_SIDE))
    spread = np.quantile(smooth, [0.01, 0.99])
    return np.clip((smooth - spread[0]) / (spread[1] - spread[0]), 0, 1).astype(np.float32)


def looked_up(
    picture: Float32[np.ndarray, "side side"], across: Float32[np.ndarray, " n"], down: Float32[np.ndarray, " n"]
) -> Float32[np.ndarray, " n"]:
    """The noise at these columns and rows, in noise pixels, wrapped around; between pixels it is blended."""
    left, top = np.floor(across), np.floor(down)
    fx, fy = across - left, down - top
    mask = NOISE_SIDE - 1
    x0, y0 = left.astype(np.int32) & mask, (top.astype(np.int32) & mask) * NOISE_SIDE
    x1, y1 = (x0 + 1) & mask, (y0 + NOISE_SIDE) & (NOISE_SIDE * NOISE_SIDE - 1)
    flat = picture.ravel()
    upper = flat.take(y0 + x0) * (1 - fx) + flat.take(y0 + x1) * fx
    lower = flat.take(y1 + x0) * (1 - fx) + flat.take(y1 + x1) * fx
    return upper * (1 - fy) + lower * fy


def soft_blur(picture: Float32[np.ndarray, "h w"], radius: int) -> Float32[np.ndarray, "h w"]:
    """The picture blurred by two box filters of `radius` pixels in each direction; edges are repeated."""
    if radius < 1:
        return picture
    for _ in range(2):
        for axis in (0, 1):
            padding = [(0, 0), (0, 0)]
            padding[axis] = (radius + 1, radius)
            total = np.cumsum(np.pad(picture, padding, mode="edge"), axis=axis, dtype=np.float64)
            width = 2 * radius + 1
            n = picture.shape[axis]
            upper = np.take(total, np.arange(width, width + n), axis=axis)
            lower = np.take(total, np.arange(n), axis=axis)
            picture = ((upper - lower) / width).astype(np.float32)
    return picture
