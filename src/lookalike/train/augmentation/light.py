"""What sun, shadow and night do to a picture that stands outside."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from lookalike.train.augmentation.config import AugmentationConfig
from lookalike.train.augmentation.draws import Draws
from lookalike.train.augmentation.placing import placed, placed_numbers

__all__ = ["lit"]

_GREY = (0.299, 0.587, 0.114)


def lit(
    config: AugmentationConfig, planes: Float[torch.Tensor, "n 3 size size"], draws: Draws
) -> Float[torch.Tensor, "n 3 size size"]:
    """The pictures faded, shaded and darkened as their draws say; values stay within 0 to 255.

    Args:
        config: how many, and how much.
        planes: red, green and blue from 0 to 255.
        draws: chances of the pictures.
    """
    for chance, probability in (
        ("fade", config.fade_probability),
        ("shade", config.shade_probability),
        ("night", config.night_probability),
    ):
        chosen = np.flatnonzero(draws.happens(chance, probability))
        if len(chosen):
            of_them, at = Draws(draws.even[chosen]), placed_numbers(chosen, planes)
            match chance:
                case "fade":
                    changed = _faded(config, planes[at], of_them)
                case "shade":
                    changed = _shaded(planes[at], of_them)
                case _:
                    changed = _darkened(config, planes[at], of_them)
            planes[at] = changed.clamp_(0, 255)
    return planes


def _faded(config: AugmentationConfig, planes: torch.Tensor, draws: Draws) -> torch.Tensor:
    """Colours go to their grey, greys to a pale tone."""
    share = _column(draws.between("faded", *config.fade), planes)
    tone = _column(draws.between("fade_tone", 120.0, 230.0), planes)
    weights = placed(np.asarray(_GREY), planes).reshape(1, 3, 1, 1)
    grey = (planes * weights).sum(1, keepdim=True)
    return (planes + share * (grey - planes)) * (1 - 0.7 * share) + 0.7 * share * tone


def _shaded(planes: torch.Tensor, draws: Draws) -> torch.Tensor:
    """On one side of a line less light, with a soft edge."""
    along = _along(draws.between("shade_angle", 0.0, 2 * np.pi), planes)
    place = _column(draws.around("shade_place", 0.8), planes)
    width = _column(draws.ratio("shade_width", 0.02, 0.8), planes)
    depth = _column(draws.between("shade_depth", 0.2, 0.7), planes)
    return planes * (1 - depth * torch.sigmoid((along - place) / width * 4))


def _darkened(config: AugmentationConfig, planes: torch.Tensor, draws: Draws) -> torch.Tensor:
    """Little light, more of it from one side, deeper shadows, the colour of the lamp."""
    light = _column(draws.ratio("night_light", *config.night_light), planes)
    gamma = _column(draws.between("night_gamma", 0.8, 1.8), planes)
    slope = 1 + 0.5 * _along(draws.between("night_angle", 0.0, 2 * np.pi), planes)
    tint = draws.around("night_tint", 0.35)
    lamp = placed(np.stack([1 + tint, np.ones_like(tint), 1 - tint], 1), planes)
    dark = 255 * (planes / 255).clamp(0, 1).pow(gamma)
    return dark * light * slope * lamp[..., None, None]


def _along(angles: np.ndarray, planes: torch.Tensor) -> torch.Tensor:
    """How far each pixel lies in the direction of its picture's angle, -1 to 1 in a circle around the middle."""
    size = planes.shape[2]
    at = (torch.arange(size, device=planes.device, dtype=planes.dtype) * 2 + 1) / size - 1
    return _column(np.cos(angles), planes) * at[None, None, None, :] + _column(np.sin(angles), planes) * at[:, None]


def _column(values: np.ndarray, planes: torch.Tensor) -> torch.Tensor:
    return placed(values, planes)[:, None, None, None]
