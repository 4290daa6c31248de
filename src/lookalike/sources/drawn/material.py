"""What surfaces are made of: a finish (how it takes the light), a pattern and up to three colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float32

__all__ = ["FINISHES", "Finish", "FinishName", "Length", "Material", "PatternName", "Rgb", "linear", "plain"]

Length: TypeAlias = float | int
"""Centimetres, degrees, factors: designs are written with whole numbers too."""
Rgb: TypeAlias = tuple[Length, Length, Length]
"""sRGB in [0, 1]."""
FinishName: TypeAlias = Literal[
    "glaze",
    "satin",
    "stoneware",
    "wood",
    "lacquer",
    "cloth",
    "knit",
    "boucle",
    "velvet",
    "leather",
    "metal",
    "brushed",
    "chrome",
    "plastic",
    "rubber",
    "paper",
    "rattan",
    "pile",
]
PatternName: TypeAlias = Literal[
    "plain",
    "bands",
    "stripes",
    "check",
    "dots",
    "zigzag",
    "dip",
    "speckle",
    "swirl",
    "terrazzo",
    "leaves",
    "arches",
    "diamonds",
    "fair_isle",
    "block",
    "triangles",
    "border",
    "tartan",
    "waves",
    "petals",
    "breton",
    "planks",
    "tiles",
    "veins",
    "clockface",
]


@dataclass(frozen=True, slots=True)
class Finish:
    """How a surface takes the light.

    Attributes:
        reflectance: share of the light mirrored head-on (0.04 for glaze; metals use their colour instead).
        roughness: 0 mirrors sharply, 1 not at all.
        sheen: light at grazing angles, as of velvet.
        relief: depth of the fine structure, a factor on brightness.
        metallic: whether the mirrored light takes the surface's colour.
    """

    reflectance: Length
    roughness: Length
    sheen: Length = 0.0
    relief: Length = 0.0
    metallic: bool = False


FINISHES: dict[FinishName, Finish] = {
    "glaze": Finish(0.055, 0.10),
    "satin": Finish(0.045, 0.40),
    "stoneware": Finish(0.035, 0.60, relief=0.10),
    "wood": Finish(0.035, 0.55, relief=0.42),
    "lacquer": Finish(0.045, 0.22),
    "cloth": Finish(0.0, 1.0, sheen=0.10, relief=0.16),
    "knit": Finish(0.0, 1.0, sheen=0.14, relief=0.34),
    "boucle": Finish(0.0, 1.0, sheen=0.16, relief=0.34),
    "velvet": Finish(0.0, 1.0, sheen=0.55, relief=0.08),
    "leather": Finish(0.04, 0.42, relief=0.16),
    "metal": Finish(0.6, 0.28, metallic=True),
    "brushed": Finish(0.6, 0.42, relief=0.16, metallic=True),
    "chrome": Finish(0.75, 0.06, metallic=True),
    "plastic": Finish(0.045, 0.30),
    "rubber": Finish(0.03, 0.65, relief=0.05),
    "paper": Finish(0.0, 1.0, relief=0.06),
    "rattan": Finish(0.03, 0.6, relief=0.45),
    "pile": Finish(0.0, 1.0, sheen=0.10, relief=0.30),
}


@dataclass(frozen=True, slots=True)
class Material:
    """A finish, a pattern and its colours.

    Attributes:
        finish: name of the finish.
        colors: ground colour, then the pattern's (one or two).
        pattern: what is on it.
        pitch_cm: size of the pattern's repeat.
        level_cm: where a dip, band or border ends.
        turn: whether the pattern is turned by 45 degrees.
        phase: shifts the pattern and the noise, so that two products of one pattern differ.
        glow: own light, as of a lampshade.
    """

    finish: FinishName
    colors: tuple[Rgb, ...]
    pattern: PatternName = "plain"
    pitch_cm: Length = 3.0
    level_cm: Length = 3.0
    turn: bool = False
    phase: Length = 0.0
    glow: Length = 0.0


def plain(finish: FinishName, color: Rgb, *, phase: Length = 0.0, glow: Length = 0.0) -> Material:
    """One colour all over."""
    return Material(finish, (color,), phase=phase, glow=glow)


def linear(color: Rgb) -> Float32[np.ndarray, " 3"]:
    """The colour in linear light."""
    value = np.asarray(color, dtype=np.float32)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
