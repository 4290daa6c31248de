"""What can be measured of one picture without a model: how sharp, how light, how busy, how colourful it is."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float32, Int64
from PIL import Image, ImageFilter

from lookalike.images.regions import thumbnail
from lookalike.types import Pixels

__all__ = ["MEASURED_SIDE_PIXELS", "PictureTraits", "measure_traits"]

MEASURED_SIDE_PIXELS = 512
"""Longer side at which a picture is measured; a larger one is reduced to it first, a smaller one never enlarged."""

_COLOUR_SIDE_PIXELS = 256
_REBLUR_PIXELS = 1.0
_EDGE_STEP = 12.0
_LEAST_BLUR_STEP = 5.0
_LEAST_EDGES = 24
_BLOCK = 8
_FLAT_RANGE = 3
_BRIGHTEST = 255


@dataclass(frozen=True, slots=True)
class PictureTraits:
    """Numbers of one picture, each comparable between pictures of any size.

    Attributes:
        blur_pixels: standard deviation of the Gaussian that would make the picture's sharpest edges as soft as they
            are, in pixels at `MEASURED_SIDE_PIXELS` (or of a smaller picture itself); 0.1 to 0.9 in a sharp one.
            NaN where the picture has too few edges to tell.
        flat_share: share of blocks of 8 x 8 pixels without any visible structure, 0 to 1.
        edge_share: share of pixels on a visible edge, 0 to 1.
        colour_bits: entropy of the colours, at 16 steps a channel, in bits: 0 for one colour, up to 12.
        ground_share: share of pixels of the commonest of those colours, 0 to 1.
        graphic_share: of the pixels beside the commonest grey, the share that has one of three other greys, 0 to 1:
            near 1 in an icon or a text, low in a photograph; 1 where there is nothing beside the commonest.
        saturation: mean difference of the largest and the smallest channel, 0 to 1.
        luma_low: first percentile of luma, 0 to 1.
        luma_mean: mean of luma, 0 to 1.
        luma_high: 99th percentile of luma, 0 to 1.
    """

    blur_pixels: float
    flat_share: float
    edge_share: float
    colour_bits: float
    ground_share: float
    graphic_share: float
    saturation: float
    luma_low: float
    luma_mean: float
    luma_high: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Its attributes, in order."""
        return tuple(field.name for field in fields(cls))


def measure_traits(pixels: Pixels) -> PictureTraits:
    """The traits of a picture; takes about ten milliseconds, most of them outside the GIL.

    Args:
        pixels: a picture of any size; measured at `MEASURED_SIDE_PIXELS` at most.

    Reference:
        Zhuo & Sim, "Defocus map estimation from a single image", Pattern Recognition 44, 2011, section 3, for
        `blur_pixels`: blurred once more by a known Gaussian, a soft edge loses less of its gradient than a sharp
        one, and the ratio of the gradients gives the softness. Here over the strongest edges of the picture only, of
        which the sharper tenth decides.
    """
    reduced = np.ascontiguousarray(thumbnail(pixels, MEASURED_SIDE_PIXELS))
    small = np.ascontiguousarray(thumbnail(reduced, _COLOUR_SIDE_PIXELS))
    grey = np.asarray(Image.fromarray(small).convert("L"))
    steps = small.astype(np.uint16) >> 4
    counts = np.bincount(((steps[..., 0] << 8) | (steps[..., 1] << 4) | steps[..., 2]).ravel())
    shares = counts[counts > 0] / grey.size
    cumulated = np.cumsum(np.bincount(grey.ravel(), minlength=_BRIGHTEST + 1)) / grey.size
    luma = grey.astype(np.float32)
    return PictureTraits(
        blur_pixels=_edge_blur(Image.fromarray(reduced).convert("L")),
        flat_share=_flat_share(luma),
        edge_share=float((_gradient(luma) > _EDGE_STEP).mean()),
        colour_bits=float(-(shares * np.log2(shares)).sum()) + 0.0,
        ground_share=float(shares.max()),
        graphic_share=_graphic_share(np.bincount(grey.ravel(), minlength=_BRIGHTEST + 1)),
        saturation=float((small.max(axis=2) - small.min(axis=2)).mean()) / _BRIGHTEST,
        luma_low=float(np.searchsorted(cumulated, 0.01)) / _BRIGHTEST,
        luma_mean=float(luma.mean()) / _BRIGHTEST,
        luma_high=float(np.searchsorted(cumulated, 0.99)) / _BRIGHTEST,
    )


def _graphic_share(counts: Int64[np.ndarray, " greys"]) -> float:
    """Share of three greys, each two steps wide to either side, among what is left without the commonest one."""
    left = counts.astype(np.float64)
    taken: list[float] = []
    for _ in range(4):
        windows = np.convolve(left, np.ones(5), mode="same")
        at = int(windows.argmax())
        taken.append(float(windows[at]))
        left[max(0, at - 2) : at + 3] = 0.0
    beside = float(counts.sum()) - taken[0]
    return sum(taken[1:]) / beside if beside >= 1.0 else 1.0


def _gradient(luma: Float32[np.ndarray, "_h _w"]) -> Float32[np.ndarray, "_h _w"]:
    """Length of the central differences; 0 on the border."""
    length = np.zeros_like(luma)
    if min(luma.shape) >= 3:
        across = luma[1:-1, 2:] - luma[1:-1, :-2]
        down = luma[2:, 1:-1] - luma[:-2, 1:-1]
        length[1:-1, 1:-1] = np.sqrt(across * across + down * down) / 2
    return length


def _edge_blur(grey: Image.Image) -> float:
    """Softness of the sharpest tenth of the strongest edges; NaN where there are hardly any edges."""
    gradient = _gradient(np.asarray(grey, dtype=np.float32))
    n_strongest = gradient.size // 50
    if n_strongest < _LEAST_EDGES:
        return float("nan")
    least = max(_LEAST_BLUR_STEP, float(np.partition(gradient.ravel(), -n_strongest)[-n_strongest]))
    rows, columns = np.nonzero(gradient >= least)
    if len(rows) < _LEAST_EDGES:
        return float("nan")
    softened = np.asarray(grey.filter(ImageFilter.GaussianBlur(_REBLUR_PIXELS)), dtype=np.float32)
    across = softened[rows, columns + 1] - softened[rows, columns - 1]
    down = softened[rows + 1, columns] - softened[rows - 1, columns]
    ratios = gradient[rows, columns] / np.maximum(np.sqrt(across * across + down * down) / 2, 1e-3)
    # On a step edge of softness s the ratio is sqrt(1 + (reblur / s)^2).
    sharp = float(np.quantile(ratios, 0.9))
    return _REBLUR_PIXELS / float(np.sqrt(max(sharp * sharp - 1.0, 1e-2)))


def _flat_share(luma: Float32[np.ndarray, "_h _w"]) -> float:
    height, width = (side // _BLOCK * _BLOCK for side in luma.shape)
    if not height or not width:
        return float(luma.max() - luma.min() <= _FLAT_RANGE)
    blocks = luma[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    ranges = blocks.max(axis=(1, 3)) - blocks.min(axis=(1, 3))
    return float((ranges <= _FLAT_RANGE).mean())
