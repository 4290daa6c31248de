"""The families of corruptions: what they are called, how their severities are labelled, what applies them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lookalike.images.corruptions.background import background_exchange
from lookalike.images.corruptions.blur import defocus_blur, glass_blur, motion_blur, zoom_blur
from lookalike.images.corruptions.compression import JPEG_QUALITIES, jpeg, jpeg_quality, pixelate
from lookalike.images.corruptions.framing import (
    CROPS,
    DEGREES,
    OCCLUSIONS,
    SCALES,
    cropped,
    occlusion,
    rotation,
    smaller,
)
from lookalike.images.corruptions.light import brightness, contrast
from lookalike.images.corruptions.noise import gaussian_noise, impulse_noise, shot_noise
from lookalike.images.corruptions.warp import elastic
from lookalike.images.corruptions.weather import fog, frost, snow
from lookalike.types import Pixels

__all__ = ["FAMILIES", "Family", "Group", "family_named"]

Group = Literal["noise", "blur", "weather", "digital", "framing", "content"]
_Corruption = Callable[[Pixels, int, np.random.Generator], Pixels | None]
_FIVE = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of corruption in rising severities.

    Attributes:
        name: of the family, for example ``motion_blur``.
        group: what it is about.
        levels: what each severity is called, mildest first; for published severities just their number.
        corrupt: applies it.
        common: whether it is one of the fifteen of Hendrycks & Dietterich 2019.
    """

    name: str
    group: Group
    levels: tuple[str, ...]
    corrupt: _Corruption
    common: bool = False

    def apply(self, pixels: Pixels, severity: int, generator: np.random.Generator) -> Pixels | None:
        """`pixels` corrupted, same size; None where this picture does not allow it (no outline to be seen).

        Args:
            pixels: upright sRGB, at least 16 pixels each way.
            severity: 1 to ``len(levels)``.
            generator: source of randomness; the same state gives the same pixels.

        Raises:
            ValueError: no such severity.
        """
        if not 1 <= severity <= len(self.levels):
            raise ValueError(f"severity of {self.name} must be 1 to {len(self.levels)}, received {severity}")
        corrupted = self.corrupt(pixels, severity, generator)
        return None if corrupted is None else np.ascontiguousarray(corrupted)


def _percent(shares: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(f"{share:.0%}" for share in shares)


FAMILIES: tuple[Family, ...] = (
    Family("gaussian_noise", "noise", _FIVE, gaussian_noise, common=True),
    Family("shot_noise", "noise", _FIVE, shot_noise, common=True),
    Family("impulse_noise", "noise", _FIVE, impulse_noise, common=True),
    Family("defocus_blur", "blur", _FIVE, defocus_blur, common=True),
    Family("glass_blur", "blur", _FIVE, glass_blur, common=True),
    Family("motion_blur", "blur", _FIVE, motion_blur, common=True),
    Family("zoom_blur", "blur", _FIVE, zoom_blur, common=True),
    Family("snow", "weather", _FIVE, snow, common=True),
    Family("frost", "weather", _FIVE, frost, common=True),
    Family("fog", "weather", _FIVE, fog, common=True),
    Family("brightness", "weather", _FIVE, brightness, common=True),
    Family("contrast", "digital", _FIVE, contrast, common=True),
    Family("elastic", "digital", _FIVE, elastic, common=True),
    Family("pixelate", "digital", _FIVE, pixelate, common=True),
    Family("jpeg", "digital", _FIVE, jpeg, common=True),
    Family("jpeg_quality", "digital", tuple(f"quality {quality}" for quality in JPEG_QUALITIES), jpeg_quality),
    Family("rotation", "framing", tuple(f"{degrees}°" for degrees in DEGREES), rotation),
    Family("scale", "framing", _percent(SCALES), smaller),
    Family("crop", "framing", _percent(CROPS), cropped),
    Family("occlusion", "content", _percent(OCCLUSIONS), occlusion),
    Family("background", "content", ("plain", "shaded", "mottled", "table", "clutter"), background_exchange),
)
"""Every family that alters pixels; `held-out viewpoint` is a property of golden sets, not of pixels."""


def family_named(name: str) -> Family:
    """The family of that name.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    for family in FAMILIES:
        if family.name == name:
            return family
    raise ValueError(f"there is no corruption {name!r}; expected one of {', '.join(each.name for each in FAMILIES)}")
