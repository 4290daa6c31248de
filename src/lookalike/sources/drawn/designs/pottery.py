"""What potters share: hollow vessels, ribs and facets, and the looks of glazed clay."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lookalike.sources.drawn.design import Look, Sketch
from lookalike.sources.drawn.material import FinishName, Length, PatternName
from lookalike.sources.drawn.mesh import Mesh
from lookalike.sources.drawn.palette import wood
from lookalike.sources.drawn.solids import Radial, curve, lathe

__all__ = ["ceramic_looks", "faceted", "fluted", "radius_at", "scalloped", "spiral", "squared", "vessel"]

_GLAZES = ("white", "cream", "grey", "black", "red", "orange", "yellow", "green", "teal", "blue", "navy", "pink")


def vessel(
    outline: list[tuple[Length, Length]],
    *,
    wall: Length = 0.3,
    slot: str = "body",
    inner_slot: str = "inside",
    radial: Radial | None = None,
    n_rows: int = 16,
    n_segments: int = 44,
    depth: Length = 1.0,
) -> Mesh:
    """A hollow turned vessel: its outside from the foot to the lip, a rounded lip, and its inside.

    Args:
        outline: (radius, z) of the outside, bottom first.
        wall: thickness of the wall.
        slot: slot of the outside.
        inner_slot: slot of the inside.
        radial: see `lathe`.
        n_rows: rows of the outside.
        n_segments: corners of the circle.
        depth: how far down the inside goes, as a share of the height.
    """
    outside = curve(outline, n_rows)
    outside[:, 0] = np.maximum(outside[:, 0], wall * 1.3)
    foot, lip = outside[0], outside[-1]
    bottom = np.array([[1e-3, 0.0], [foot[0] - 0.12, 0.0], [foot[0], foot[1]]])
    rim = np.array(
        [
            lip,
            lip + np.array([-wall * 0.25, wall * 0.35]),
            lip + np.array([-wall * 0.75, wall * 0.35]),
            lip + np.array([-wall, 0.0]),
        ]
    )
    floor = lip[1] * (1 - depth) + 0.6
    within = outside[::-1][outside[::-1, 1] > floor] - [wall, 0]
    within[:, 0] = np.maximum(within[:, 0], 0.05)
    if len(within) < 3:
        within = np.array(
            [lip + np.array([-wall, 0]), lip + np.array([-wall, -0.4]), lip + np.array([-wall * 1.2, -0.8])]
        )
    base = np.array([within[-1], within[-1] * [0.8, 1] - [0, 0.15], [1e-3, within[-1][1] - 0.2]])
    return lathe(
        [bottom, outside, rim, within, base],
        [slot, slot, slot, inner_slot, inner_slot],
        radial=radial,
        n_segments=n_segments,
    )


def fluted(n_ribs: int, depth: Length) -> Radial:
    return lambda angle, height: 1 + depth * np.cos(n_ribs * angle)[None] * np.ones_like(height)[:, None]


def scalloped(n_waves: int, depth: Length) -> Radial:
    """A rim that swings out more and more towards the top."""
    return lambda angle, height: 1 + depth * height[:, None] * np.abs(np.cos(n_waves * angle / 2))[None]


def faceted(n_sides: int, twist: Length = 0.0) -> Radial:
    def radius(angle: Float[np.ndarray, " n"], height: Float[np.ndarray, " m"]) -> Float[np.ndarray, "m n"]:
        turned = angle[None] + twist * height[:, None]
        sector = np.mod(turned, 2 * np.pi / n_sides) - np.pi / n_sides
        return 0.94 * (np.cos(np.pi / n_sides) / np.cos(sector)) + 0.06

    return radius


def squared(power: Length) -> Radial:
    """A square with rounded corners; the higher the power, the sharper."""
    return lambda angle, height: (
        ((np.abs(np.cos(angle)) ** power + np.abs(np.sin(angle)) ** power) ** (-1 / power))[None]
        * np.ones_like(height)[:, None]
    )


def spiral(n_ribs: int, depth: Length, twist: Length) -> Radial:
    return lambda angle, height: 1 + depth * np.cos(n_ribs * angle[None] + twist * height[:, None])


def radius_at(outline: list[tuple[Length, Length]], z: Length) -> Length:
    line = curve(outline, 60)
    return float(line[np.abs(line[:, 1] - z).argmin(), 0])


def ceramic_looks(
    sketch: Sketch,
    pattern: PatternName,
    height: Length,
    *,
    pitch: Length,
    extra: dict[str, FinishName] | None = None,
    bold: bool = False,
    inside: str = "own",
) -> tuple[Look, ...]:
    finish: FinishName = ("glaze", "satin", "stoneware")[int(sketch.rng.choice(3, p=[0.45, 0.25, 0.30]))]
    word = {"glaze": "porcelain", "satin": "earthenware", "stoneware": "stoneware"}[finish]
    level, phase = sketch.uniform(0.3, 0.65) * height, sketch.uniform(0, 1)
    handle = wood(sketch.rng)
    looks = []
    for shade in sketch.shades(_GLAZES):
        body = sketch.patterned(finish, shade, pattern, pitch_cm=pitch, level_cm=level, phase=phase, bold=bold)
        lining = shade.rgb if inside == "own" else (0.93, 0.91, 0.86)
        materials = {
            "body": body,
            "inside": sketch.simple("glaze", lining),
            "handle": sketch.simple(finish, shade.rgb),
            "wood": sketch.simple("wood", handle.rgb),
            "accent": sketch.simple(finish, body.colors[1 % len(body.colors)]),
            "metal": sketch.simple("brushed", (0.80, 0.74, 0.62) if sketch.number % 2 else (0.75, 0.75, 0.76)),
        }
        materials.update({slot: sketch.simple(name, shade.rgb) for slot, name in (extra or {}).items()})
        looks.append(Look(shade.word, shade.name, word, materials))
    return tuple(looks)
