"""Where each place of an augmented picture comes from: crop, shift, scale, rotation, perspective, mirroring in one.

Pure numbers; `lookalike.train.augmentation.augmenter` samples pictures with them, once.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from lookalike.train.augmentation.config import AugmentationConfig
from lookalike.train.augmentation.draws import Draws

__all__ = ["Maps", "homographies", "through_corners"]

Maps = Float64[np.ndarray, "n 3 3"]
"""Take a place (x, y, 1) of the result to one of the source, both from -1 (left, upper) to 1 (right, lower edge)."""

_CORNERS = np.asarray([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])


def homographies(config: AugmentationConfig, draws: Draws, *, mirror: bool) -> Maps:
    """The map of each picture from the result to the source.

    Source and result are taken as squares of the same width: a turn is a turn only where pictures are square.

    Args:
        config: how much of each.
        draws: chances of the pictures.
        mirror: whether half of them are mirrored, left to right.
    """
    moved = _moved(config, draws)
    moved[~draws.happens("geometry", config.geometry_probability)] = np.eye(3)
    maps = _cropped(config, draws) @ moved
    if mirror:
        maps[draws.happens("flip", 0.5), :, 0] *= -1.0
    return maps


def _cropped(config: AugmentationConfig, draws: Draws) -> Maps:
    """A part of the chosen area, its sides in the chosen ratio as far as the picture allows, anywhere inside."""
    area = draws.between("crop_area", *config.crop_area)
    aspect = draws.ratio("crop_aspect", 1 / config.crop_aspect, config.crop_aspect)
    aspect = np.clip(aspect, area, 1 / area)
    width, height = np.sqrt(area * aspect), np.sqrt(area / aspect)
    maps = np.tile(np.eye(3), (len(draws), 1, 1))
    maps[:, 0, 0], maps[:, 1, 1] = width, height
    maps[:, 0, 2] = draws.around("crop_x", 1.0) * (1 - width)
    maps[:, 1, 2] = draws.around("crop_y", 1.0) * (1 - height)
    return maps


def _moved(config: AugmentationConfig, draws: Draws) -> Maps:
    """Turned and scaled around the middle, moved, and seen with its corners elsewhere."""
    angle = np.radians(draws.around("rotation", config.rotation_degrees))
    zoom = 1 / draws.ratio("scale", *config.scale)
    maps = np.zeros((len(draws), 3, 3))
    maps[:, 0, 0] = maps[:, 1, 1] = np.cos(angle) * zoom
    maps[:, 0, 1], maps[:, 1, 0] = -np.sin(angle) * zoom, np.sin(angle) * zoom
    maps[:, 0, 2] = 2 * draws.around("shift_x", config.shift)
    maps[:, 1, 2] = 2 * draws.around("shift_y", config.shift)
    maps[:, 2, 2] = 1.0
    if config.perspective == 0:
        return maps
    moves = [draws.around(f"corner_{number}", config.perspective) for number in range(8)]
    return maps @ through_corners(_CORNERS + np.stack(moves, axis=1).reshape(-1, 4, 2))


def through_corners(corners: Float64[np.ndarray, "n 4 2"]) -> Maps:
    """The projective maps that take the corners of the square from -1 to 1 to `corners`.

    Args:
        corners: upper left, upper right, lower right, lower left, of convex quadrilaterals.

    Raises:
        numpy.linalg.LinAlgError: three of them lie on a line.
    """
    n = len(corners)
    x, y = np.tile(_CORNERS[:, 0], (n, 1)), np.tile(_CORNERS[:, 1], (n, 1))
    u, v = corners[..., 0], corners[..., 1]
    one, none = np.ones_like(x), np.zeros_like(x)
    to_u = np.stack([x, y, one, none, none, none, -u * x, -u * y], axis=-1)
    to_v = np.stack([none, none, none, x, y, one, -v * x, -v * y], axis=-1)
    solved = np.linalg.solve(np.concatenate([to_u, to_v], axis=1), np.concatenate([u, v], axis=1)[..., None])[..., 0]
    return np.concatenate([solved, np.ones((n, 1))], axis=1).reshape(n, 3, 3)
