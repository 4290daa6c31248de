"""Blur, a strength for each picture: of a lens, and along a line."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch.nn import functional

from lookalike.train.augmentation.placing import placed

__all__ = ["blurred", "smeared"]


def blurred(
    planes: Float[torch.Tensor, "n 3 height width"], sigmas: Float64[np.ndarray, " n"]
) -> Float[torch.Tensor, "n 3 height width"]:
    """Each picture convolved with a Gaussian of its own, cut off at three standard deviations, mirrored at the border.

    Args:
        planes: pictures, every side longer than three of the largest standard deviations.
        sigmas: standard deviation for each, in pixels, above 0.
    """
    n, _, height, width = planes.shape
    radius = max(1, math.ceil(3 * float(sigmas.max())))
    places = torch.arange(-radius, radius + 1, device=planes.device, dtype=planes.dtype)
    kernels = torch.exp(-0.5 * (places / placed(sigmas, planes)[:, None]) ** 2)
    kernels = (kernels / kernels.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)
    flat = functional.pad(planes, (radius,) * 4, mode="reflect").reshape(1, 3 * n, height + 2 * radius, -1)
    down = functional.conv2d(flat, kernels[:, None, :, None], groups=3 * n)
    return functional.conv2d(down, kernels[:, None, None, :], groups=3 * n).reshape(n, 3, height, width)


def smeared(
    planes: Float[torch.Tensor, "n 3 height width"],
    lengths: Float64[np.ndarray, " n"],
    angles: Float64[np.ndarray, " n"],
) -> Float[torch.Tensor, "n 3 height width"]:
    """Each picture averaged along a line of its own through every pixel; the border is mirrored.

    Args:
        planes: pictures, every side longer than half of the longest line.
        lengths: of each line, in pixels, above 0.
        angles: of each line against the rows, in radians.
    """
    n, _, height, width = planes.shape
    radius = max(1, math.ceil(float(lengths.max()) / 2))
    places = torch.arange(-radius, radius + 1, device=planes.device, dtype=planes.dtype)
    x, y = places[None, None, :], places[None, :, None]
    cosine, sine = (placed(one, planes)[:, None, None] for one in (np.cos(angles), np.sin(angles)))
    along, across = x * cosine + y * sine, y * cosine - x * sine
    # A pixel belongs to the line as far as it is nearer than one pixel to it.
    half = placed(lengths / 2, planes)[:, None, None]
    kernels = (1 - across.abs()).clamp(min=0) * (half + 0.5 - along.abs()).clamp(0, 1)
    kernels = (kernels / kernels.sum(dim=(1, 2), keepdim=True)).repeat_interleave(3, dim=0)
    flat = functional.pad(planes, (radius,) * 4, mode="reflect").reshape(1, 3 * n, height + 2 * radius, -1)
    return functional.conv2d(flat, kernels[:, None], groups=3 * n).reshape(n, 3, height, width)
