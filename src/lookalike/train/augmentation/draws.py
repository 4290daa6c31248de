"""The chances that decide what happens to a picture: from seed, epoch and the picture's number, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

__all__ = ["CHANCES", "Draws", "Values", "draw"]

Values = Float64[np.ndarray, " n"]

CHANCES = (
    "crop_area", "crop_aspect", "crop_x", "crop_y", "flip",
    "geometry", "rotation", "shift_x", "shift_y", "scale",
    "corner_0", "corner_1", "corner_2", "corner_3", "corner_4", "corner_5", "corner_6", "corner_7",
    "background", "background_contrast",
    "colour", "brightness", "contrast", "saturation", "hue", "grey",
    "blur", "blur_sigma", "jpeg", "jpeg_quality",
    "erasing", "erasing_area", "erasing_aspect", "erasing_x", "erasing_y",
    "erasing_red", "erasing_green", "erasing_blue",
    "fade", "faded", "fade_tone", "shade", "shade_depth", "shade_angle", "shade_place", "shade_width",
    "night", "night_light", "night_gamma", "night_angle", "night_tint",
    "motion", "motion_pixels", "motion_angle", "small", "small_pixels", "noise", "noise_level",
)  # fmt: skip
"""Order is part of what a seed means: new ones are added at the end."""
_COLUMN = {name: column for column, name in enumerate(CHANCES)}


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Even draws from [0, 1), one row a picture; they are turned into what they decide here."""

    even: Float64[np.ndarray, "n chances"]

    def __len__(self) -> int:
        return len(self.even)

    def between(self, name: str, low: float, high: float) -> Values:
        """Evenly between `low` and `high`, a value a picture."""
        return low + (high - low) * self.even[:, _COLUMN[name]]

    def around(self, name: str, most: float) -> Values:
        """Evenly between minus and plus `most`."""
        return self.between(name, -most, most)

    def ratio(self, name: str, low: float, high: float) -> Values:
        """Between two positive values, evenly in the logarithm: as often halved as doubled."""
        return np.exp(self.between(name, float(np.log(low)), float(np.log(high))))

    def happens(self, name: str, probability: float) -> Bool[np.ndarray, " n"]:
        """True for that share of pictures."""
        return self.even[:, _COLUMN[name]] < probability


def draw(seed: int, epoch: int, rows: Sequence[int]) -> Draws:
    """The draws of these pictures in this epoch; the same wherever and beside whichever others they stand.

    Args:
        seed: of the run, 0 or more.
        epoch: 0 or more.
        rows: numbers of the pictures in the training set, 0 or more.
    """
    even = np.empty((len(rows), len(CHANCES)))
    for place, row in enumerate(rows):
        np.random.default_rng((seed, epoch, row)).random(out=even[place])
    return Draws(even)
