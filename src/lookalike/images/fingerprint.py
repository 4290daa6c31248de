"""Fingerprints of pictures: exact (of the bytes), and perceptual (of what is seen)."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from PIL import Image

from lookalike.types import Pixels

__all__ = ["content_sha256", "hamming_distance", "perceptual_hash"]

_GRID = 32
_ROWS = 96
_FREQUENCIES = 8


def content_sha256(data: bytes) -> str:
    """SHA-256 of the original bytes, 64 lower-case hexadecimal digits: equal content, whatever its name."""
    return hashlib.sha256(data).hexdigest()


def perceptual_hash(pixels: Pixels) -> int:
    """64 bits that change little when a picture is resized, recompressed or made slightly brighter.

    The signs, against their median, of the 8 x 8 lowest frequencies of the discrete cosine transform of the
    picture's luma on a grid of 32 x 32; bit 63 - (8 u + v) for vertical frequency u and horizontal v. The mean
    (u = v = 0) is left out: its bit is 0. A picture of one colour hashes to 0.

    Args:
        pixels: a picture of any size and scale.

    Returns:
        unsigned, 0 to 2**64 - 1.

    Reference:
        Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1; here
        without the mean filter, since the antialiased reduction has its effect.
    """
    # Every second, third, … row is enough for averages over a 32nd of the height, and leaving rows out is the only
    # thinning that costs nothing; pixels are averaged before they become grey, since converting all would cost more.
    step = max(1, pixels.shape[0] // _ROWS)
    image = Image.fromarray(np.ascontiguousarray(pixels[::step]))
    factors = (max(1, image.width // (2 * _GRID)), max(1, image.height // (2 * _GRID)))
    small = image.reduce(factors).convert("L").resize((_GRID, _GRID), Image.Resampling.BILINEAR)
    cosines = _cosines()
    spectrum = cosines @ np.asarray(small, dtype=np.float64) @ cosines.T
    # Rounding keeps the noise of a flat picture from deciding bits.
    spectrum = np.round(spectrum.ravel(), 6)
    above = spectrum > np.sort(spectrum[1:])[(len(spectrum) - 1) // 2]  # the median of an odd number
    above[0] = False
    return int.from_bytes(np.packbits(above).tobytes(), "big")


def hamming_distance(first: int, second: int) -> int:
    """Number of bits, 0 to 64, in which two perceptual hashes differ; up to about 10 they show the same."""
    return (first ^ second).bit_count()


@lru_cache(maxsize=1)
def _cosines() -> np.ndarray:
    """The first 8 rows of the orthonormal 32-point DCT-II, shape (8, 32)."""
    k, n = np.arange(_FREQUENCIES)[:, None], np.arange(_GRID)[None, :]
    rows = np.cos(np.pi * k * (2 * n + 1) / (2 * _GRID)) * np.sqrt(2 / _GRID)
    rows[0] /= np.sqrt(2)
    return rows
