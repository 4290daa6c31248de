"""What colours the subject of a picture has: a short vector beside the model's, for telling colours of a product apart.

A model that knows what a thing is knows little of its colour. Here the colours are counted where the picture differs
from its border and not far from its middle, after half of the light's tint and half of its brightness were taken out.
The counts are turned by what was learnt from recoloured clothes and drawn products: what light, framing and background
change counts for little, and what tells colours of one product apart for much.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int8
from PIL import Image

from lookalike.types import Pixels

__all__ = [
    "COLOURING_BYTES",
    "COLOURING_FIT",
    "Colouring",
    "colour_counts",
    "colouring_of",
    "pack_colouring",
    "stored_colouring",
    "unpack_colourings",
]

Colouring = Float32[np.ndarray, " colours"]
"""A unit vector; the cosine of two says how alike the colours are."""

_SIDE = 32
_LEAST_ROWS = 4 * _SIDE
_LIGHTNESSES, _TINTS = 5, 7
_FULL_TINT = 60.0
"""Distance from grey, in a or b of CIE L*a*b*, from which on tints are not told apart."""
_TINT_REMOVED, _BRIGHTNESS_REMOVED, _BRIGHTEST = 0.5, 0.5, 0.8
_GROUND, _FIGURE = 5.0, 18.0
"""Differences in colour from the border: up to the first it is ground, from the second on it is figure."""
_GROUND_COUNTS = 0.06
_SPREAD = 0.25
"""Standard deviation of where the subject is looked for, around the middle, as a share of the side."""
_BORDER_SAMPLES = 16
_STEPS = 127.0

_LINEAR = np.where(
    np.arange(256) / 255 <= 0.04045, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_TO_XYZ = np.array(
    [[0.4124564, 0.2126729, 0.0193339], [0.3575761, 0.7151522, 0.1191920], [0.1804375, 0.0721750, 0.9503041]],
    dtype=np.float32,
) / np.array([0.95047, 1.0, 1.08883], dtype=np.float32)  # of white D65

_MIDDLE = np.linspace(-0.5, 0.5, _SIDE)
_NEAR = np.exp(-(_MIDDLE[:, None] ** 2 + _MIDDLE[None, :] ** 2) / (2 * _SPREAD**2)).astype(np.float32)
_CORNERS = np.add.outer(np.add.outer([0, _TINTS * _TINTS], [0, _TINTS]), [0, 1])
"""From the cell below a colour in all three to the eight around it."""


def colouring_of(pixels: Pixels) -> Colouring:
    """The colours of what a picture shows, as a unit vector; takes less than a millisecond.

    Args:
        pixels: upright sRGB of any size, or the part of a picture that is looked for.

    Reference:
        Hafner et al., "Efficient color histogram indexing for quadratic form distance functions", PAMI 17(7), 1995, for
        histograms compared through a learned form; Finlayson & Trezzi, "Shades of gray and colour constancy", CIC 2004,
        for the light's colour as a sixth power mean. Here only half of it is taken out, as brown things are not grey.
    """
    mean, turned = _learnt()
    vector = (np.sqrt(colour_counts(pixels)) - mean) @ turned
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype(np.float32)


def stored_colouring(pixels: Pixels) -> Colouring:
    """`colouring_of` with the rounding of the store, so that a picture is exactly like itself there."""
    return unpack_colourings([pack_colouring(colouring_of(pixels))])[0]


def colour_counts(pixels: Pixels) -> Float32[np.ndarray, " counts"]:
    """Shares of the subject's pixels by lightness and tint (5 x 7 x 7 cells of CIE L*a*b*, linearly between cells).

    Args:
        pixels: upright sRGB of any size.

    Returns:
        245 numbers of 0 to 1 that add up to 1; cells of a and b are finer near grey.
    """
    # Every second or third row of a large picture says the same: cosines of 0.9998 on average with those of all rows.
    thinned = np.ascontiguousarray(pixels[:: max(1, len(pixels) // _LEAST_ROWS)])
    small = Image.fromarray(thinned).resize((_SIDE, _SIDE), Image.Resampling.BOX)
    lab = _lab(np.asarray(small))
    return _counts(lab.reshape(-1, 3), _subject(lab).ravel())


def pack_colouring(colouring: Colouring) -> bytes:
    """The vector in one signed byte a number, for the store."""
    return np.rint(colouring * _STEPS).astype(np.int8).tobytes()


def unpack_colourings(packed: Sequence[bytes]) -> Float32[np.ndarray, "n colours"]:
    """Unit vectors, one a row, of what `pack_colouring` gave; zeros where the length is another one."""
    rows = [data if len(data) == COLOURING_BYTES else bytes(COLOURING_BYTES) for data in packed]
    steps: Int8[np.ndarray, "n colours"] = np.frombuffer(b"".join(rows), dtype=np.int8).reshape(-1, COLOURING_BYTES)
    vectors = steps.astype(np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6))


def _lab(small: Pixels) -> Float32[np.ndarray, "h w 3"]:
    """CIE L*a*b* under the light that is left when half of this picture's own is taken out."""
    linear = _LINEAR[small]
    cubes = linear.reshape(-1, 3) * linear.reshape(-1, 3) * linear.reshape(-1, 3)
    # The mean of sixth powers; NumPy's own power costs as much as all the rest.
    light = np.maximum(np.einsum("ij,ij->j", cubes, cubes) / np.float32(len(cubes)), np.float32(1e-18)) ** (1 / 6)
    mean = light.mean()
    gain = (mean / light) ** _TINT_REMOVED * (_BRIGHTEST / mean) ** _BRIGHTNESS_REMOVED
    xyz = np.clip(linear * gain.astype(np.float32), 0, 1) @ _TO_XYZ
    f = np.where(xyz > 0.008856, np.cbrt(xyz), np.float32(7.787) * xyz + np.float32(16 / 116))
    lab = np.empty_like(f)
    lab[..., 0] = 116 * f[..., 1] - 16
    lab[..., 1] = 500 * (f[..., 0] - f[..., 1])
    lab[..., 2] = 200 * (f[..., 1] - f[..., 2])
    return lab


def _subject(lab: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w"]:
    """How much each place counts; adds up to 1."""
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    samples = border[np.linspace(0, len(border) - 1, _BORDER_SAMPLES).astype(np.int64)]
    places = lab.reshape(-1, 3)
    squares = (samples**2).sum(axis=1)[:, None] - 2 * (samples @ places.T) + (places**2).sum(axis=1)
    # The second nearest: one sample may lie on the subject where it touches the border.
    nearest, second = np.minimum(squares[0], squares[1]), np.maximum(squares[0], squares[1])
    for square in squares[2:]:
        np.minimum(second, np.maximum(nearest, square), out=second)
        np.minimum(nearest, square, out=nearest)
    foreign = np.sqrt(np.maximum(second, 0)).reshape(lab.shape[:2])
    counts = (np.clip((foreign - _GROUND) / (_FIGURE - _GROUND), 0, 1) + _GROUND_COUNTS) * _NEAR
    return (counts / counts.sum()).astype(np.float32)


def _counts(lab: Float32[np.ndarray, "n 3"], shares: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, " counts"]:
    lightness, lightness_rest = _cells(lab[:, 0] / 100, _LIGHTNESSES)
    a, a_rest = _cells(_companded(lab[:, 1]), _TINTS)
    b, b_rest = _cells(_companded(lab[:, 2]), _TINTS)
    cell = (lightness * _TINTS + a) * _TINTS + b
    weights = shares * np.stack([1 - lightness_rest, lightness_rest])
    weights = weights[:, None] * np.stack([1 - a_rest, a_rest])
    weights = weights[:, :, None] * np.stack([1 - b_rest, b_rest])
    cells = (_CORNERS[..., None] + cell).ravel()
    return np.bincount(cells, weights.ravel(), minlength=_LIGHTNESSES * _TINTS * _TINTS).astype(np.float32)


def _companded(tint: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """0 to 1, with 0.5 for grey; finer near it."""
    return ((np.sign(tint) * np.sqrt(np.minimum(np.abs(tint) / _FULL_TINT, 1)) + 1) / 2).astype(np.float32)


def _cells(values: Float32[np.ndarray, " n"], n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """The cell below each value of 0 to 1, and how far it is on the way to the next."""
    places = np.clip(values * (n_cells - 1), 0, n_cells - 1 - 1e-4)
    cells = places.astype(np.int64)
    return cells, places - cells


@cache
def _learnt() -> tuple[Float32[np.ndarray, " counts"], Float32[np.ndarray, "counts colours"]]:
    """What is subtracted from the roots of the counts, and what they are then multiplied by."""
    with np.load(Path(__file__).with_name("colouring.npz")) as arrays:
        return arrays["mean"].astype(np.float32), arrays["turned"].astype(np.float32)


COLOURING_BYTES = 32
"""Length of a packed vector, and of an unpacked one."""

COLOURING_FIT = 2
"""Which fit of `scripts/fit_colouring.py` the colours are turned by; those of two fits cannot be compared."""
