"""Patterns give colours between those of the material, and are worked out point by point."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from lookalike.sources.drawn.material import FINISHES, Material, PatternName, linear
from lookalike.sources.drawn.texture import albedo


def _points(n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.uniform(-30, 30, (2, n)).astype(np.float32), rng.uniform(-30, 30, (3, n)).astype(np.float32)


@pytest.mark.parametrize("pattern", get_args(PatternName))
def test_patterns_blend_the_materials_own_colors(pattern: PatternName) -> None:
    material = Material("glaze", ((0.9, 0.1, 0.1), (0.1, 0.9, 0.1), (0.1, 0.1, 0.9)), pattern)
    color = albedo(material, *_points())
    corners = np.stack([linear(one) for one in material.colors])
    assert color.min() >= corners.min() - 1e-5
    assert color.max() <= corners.max() + 1e-5


@pytest.mark.parametrize("finish", FINISHES)
def test_relief_never_makes_a_color_negative(finish: str) -> None:
    color = albedo(Material(finish, ((0.6, 0.5, 0.4),)), *_points())  # type: ignore[arg-type]
    assert np.isfinite(color).all()
    assert color.min() > -0.05


def test_a_point_has_its_color_whoever_its_neighbours_are() -> None:
    uv, place = _points()
    material = Material("wood", ((0.6, 0.4, 0.2), (0.3, 0.2, 0.1)), "terrazzo")
    whole = albedo(material, uv, place)
    part = albedo(material, uv[:, 100:140], place[:, 100:140])
    np.testing.assert_array_equal(whole[:, 100:140], part)
