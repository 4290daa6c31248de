"""Light and colour of pictures as one linear map each: brightness, contrast, saturation, hue, grey."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from lookalike.train.augmentation.config import AugmentationConfig
from lookalike.train.augmentation.draws import Draws, Values

__all__ = ["GREY", "colour_maps"]

GREY = np.asarray([0.299, 0.587, 0.114])
"""What red, green and blue weigh in a grey (ITU-R BT.601)."""
_TO_YIQ = np.asarray([GREY, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


def colour_maps(config: AugmentationConfig, draws: Draws) -> tuple[Float64[np.ndarray, "n 3 3"], Values]:
    """For each picture a matrix for its colours, and the contrast that is applied around the mean grey afterwards.

    x' = c (M x - g) + g with g the grey of M m, m the picture's mean colour. Greys keep their tone under hue and
    saturation. A picture that is left alone has the identity and 1.

    Args:
        config: how much of each.
        draws: chances of the pictures.
    """
    varied = draws.happens("colour", config.colour_probability)
    light = np.where(varied, draws.between("brightness", 1 - config.brightness, 1 + config.brightness), 1.0)
    contrast = np.where(varied, draws.between("contrast", 1 - config.contrast, 1 + config.contrast), 1.0)
    saturation = np.where(varied, draws.between("saturation", 1 - config.saturation, 1 + config.saturation), 1.0)
    saturation = np.where(draws.happens("grey", config.grey_probability), 0.0, saturation)
    angle = np.where(varied, np.radians(draws.around("hue", config.hue_degrees)), 0.0)
    inner = np.zeros((len(draws), 3, 3))
    inner[:, 0, 0] = 1.0
    inner[:, 1, 1] = inner[:, 2, 2] = saturation * np.cos(angle)
    inner[:, 1, 2], inner[:, 2, 1] = -saturation * np.sin(angle), saturation * np.sin(angle)
    return light[:, None, None] * (_FROM_YIQ @ inner @ _TO_YIQ), contrast
