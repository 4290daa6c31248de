"""Objects far away: few pixels of them, and the noise of the sensor on those."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch.nn import functional

from lookalike.train.augmentation.config import AugmentationConfig
from lookalike.train.augmentation.draws import Draws
from lookalike.train.augmentation.placing import placed

__all__ = ["made_small"]


def made_small(
    config: AugmentationConfig,
    planes: Float[torch.Tensor, "n 3 size size"],
    draws: Draws,
    seed: int,
    epoch: int,
    rows: Sequence[int],
) -> Float[torch.Tensor, "n 3 size size"]:
    """The chosen pictures reduced (each pixel the mean of what it covers), made noisy, and enlarged (bicubic) again.

    Args:
        config: how many, and how much.
        planes: red, green and blue from 0 to 255.
        draws: chances of the pictures.
        seed: of the run; with `epoch` and the picture's row it decides the noise.
        epoch: or the number of the view.
        rows: number of each picture in the training set.
    """
    size = planes.shape[2]
    small = draws.happens("small", config.small_probability)
    noisy = draws.happens("noise", config.noise_probability)
    sides = np.where(small, np.round(draws.ratio("small_pixels", *config.small_pixels)), size).astype(np.int64)
    levels = np.where(noisy, draws.between("noise_level", *config.noise), 0.0)
    for place in np.flatnonzero(small | noisy).tolist():
        one, side = planes[place : place + 1], min(int(sides[place]), size)
        if side < size:
            one = functional.interpolate(one, size=(side, side), mode="area")
        if levels[place]:
            generator = np.random.default_rng((seed, epoch, rows[place], 3))
            noise = generator.standard_normal((3, side, side), dtype=np.float32) * np.float32(levels[place])
            one = one + placed(noise, planes)
        if side < size:
            one = functional.interpolate(one, size=(size, size), mode="bicubic", align_corners=False)
        planes[place] = one[0].clamp_(0, 255)
    return planes
