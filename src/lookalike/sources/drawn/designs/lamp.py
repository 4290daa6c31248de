"""Table lamps: ten bases, seven shades."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.joinery import rod
from lookalike.sources.drawn.material import FinishName, Length, Material
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.solids import Radial, curve, lathe, tube

__all__ = ["lamp"]


def _pleats(n_pleats: int) -> Radial:
    def radius(angle: Float[np.ndarray, " n"], height: Float[np.ndarray, " m"]) -> Float[np.ndarray, "m n"]:
        return 1 + 0.03 * np.cos(n_pleats * angle)[None] * np.ones_like(height)[:, None]

    return radius


def lamp(sketch: Sketch) -> Design:
    """A table lamp: nine bases and seven shades."""
    base = sketch.family(("gourd", "column", "ball", "cone", "tripod", "arm", "stack", "mushroom", "arc", "pleated"))
    shade_family = ("drum", "cone", "empire", "dome", "globe", "pleat", "cylinder")[
        (sketch.number + sketch.number // 10) % 7
    ]
    h, r = sketch.uniform(24, 36), sketch.uniform(7, 10)
    parts: list[Mesh] = []
    top = np.array([0.0, 0.0, h])

    def turned(points: list[tuple[Length, Length]], slot: str = "base", n: int = 26) -> Mesh:
        line = curve(points, n)
        line[:, 0] = np.maximum(line[:, 0], 0.3)
        return lathe(
            [np.array([[1e-3, line[0, 1]], line[0]]), line, np.array([line[-1], [1e-3, line[-1, 1]]])],
            slot,
            n_segments=40,
        )

    match base:
        case "gourd":
            parts.append(
                turned(
                    [
                        (r * 0.5, 0),
                        (r, h * 0.25),
                        (r * 0.5, h * 0.52),
                        (r * 0.66, h * 0.7),
                        (r * 0.2, h * 0.9),
                        (0.6, h),
                    ]
                )
            )
        case "column":
            parts += [
                turned([(r * 0.95, 0), (r * 0.95, 1.6), (r * 0.9, 2)], "foot", 8),
                turned([(r * 0.32, 1.5), (r * 0.3, h * 0.5), (r * 0.32, h)]),
            ]
        case "ball":
            parts.append(
                turned(
                    [
                        (r * 0.4, 0),
                        (r * 0.95, h * 0.16),
                        (r * 1.1, h * 0.38),
                        (r * 0.8, h * 0.66),
                        (r * 0.2, h * 0.78),
                        (0.6, h),
                    ]
                )
            )
        case "cone":
            parts.append(turned([(r * 1.1, 0), (r * 1.05, 1.2), (r * 0.5, h * 0.6), (0.8, h)]))
        case "tripod":
            parts.extend(
                rod(
                    (float(np.cos(a)) * 1.2, float(np.sin(a)) * 1.2, h),
                    (float(np.cos(a)) * r * 1.3, float(np.sin(a)) * r * 1.3, 0),
                    0.9,
                    "base",
                )
                for a in np.arange(3) * 2.094 + 0.4
            )
        case "arm":
            parts.append(turned([(r, 0), (r, 1.4), (r * 0.9, 1.9)], "foot", 8))
            elbow = np.array([r * 0.8, 0, h * 0.72])
            top = np.array([-r * 1.1, 0, h * 1.25])
            parts += [
                rod((0, 0, 1.5), (float(elbow[0]), 0, float(elbow[2])), 0.65, "base"),
                rod((float(elbow[0]), 0, float(elbow[2])), (float(top[0]), 0, float(top[2])), 0.65, "base"),
            ]
            parts.append(
                lathe([curve([(0.02, -1.3), (1.3, 0), (0.02, 1.3)], 10)], "foot", n_segments=16).moved(
                    float(elbow[0]), 0, float(elbow[2])
                )
            )
        case "stack":
            points = [(r * 0.7, 0.0)]
            n = int(sketch.rng.integers(3, 5))
            for i in range(n):
                size = r * (1.0 - 0.22 * i)
                points += [(size, h * (i + 0.45) / n * 0.94), (size * 0.5, h * (i + 0.95) / n * 0.94)]
            parts.append(turned([*points, (0.6, h)], n=40))
        case "mushroom":
            parts.append(turned([(r * 0.9, 0), (r * 0.7, 1.5), (r * 0.42, h * 0.3), (r * 0.4, h * 0.8), (r * 0.5, h)]))
        case "arc":
            parts.append(turned([(r, 0), (r, 2.2), (r * 0.9, 2.8)], "foot", 8))
            top = np.array([-r * 1.2, 0, h * 1.05])
            parts.append(
                tube(
                    curve(
                        [
                            (r * 0.5, 0, 2),
                            (r * 0.75, 0, h * 0.7),
                            (r * 0.1, 0, h * 1.28),
                            (-r * 0.9, 0, h * 1.3),
                            (-r * 1.2, 0, h * 1.05),
                        ],
                        26,
                    ),
                    0.7,
                    "base",
                    up=(0.0, 1.0, 0.0),
                )
            )
        case _:
            ribs = int(sketch.rng.integers(12, 24))
            line = curve([(r * 0.6, 0), (r * 0.95, h * 0.3), (r * 0.8, h * 0.6), (r * 0.25, h * 0.85), (0.6, h)], 24)
            parts.append(
                lathe(
                    [np.array([[1e-3, 0], line[0]]), line, np.array([line[-1], [1e-3, line[-1, 1]]])],
                    "base",
                    n_segments=80,
                    radial=lambda a, z: 1 + 0.05 * np.cos(ribs * a)[None] * np.ones_like(z)[:, None],
                )
            )
    wide, tall = sketch.uniform(11, 16), sketch.uniform(13, 20)
    hanging = base in ("arm", "arc")
    if hanging:
        wide, tall = wide * 0.7, tall * 0.6
        shade_family = ("cone", "dome", "empire")[sketch.number % 3]
    profile: dict[str, list[tuple[Length, Length]]] = {
        "drum": [(wide, 0), (wide * 0.97, tall * 0.5), (wide * 0.94, tall * 0.8)],
        "cone": [(wide, 0), (wide * 0.66, tall * 0.5), (wide * 0.3, tall)],
        "empire": [(wide, 0), (wide * 0.78, tall * 0.3), (wide * 0.56, tall * 0.95)],
        "dome": [(wide, 0), (wide * 0.96, tall * 0.3), (wide * 0.66, tall * 0.68), (wide * 0.12, tall * 0.85)],
        "pleat": [(wide * 1.05, 0), (wide * 0.8, tall * 0.5), (wide * 0.6, tall * 0.9)],
        "cylinder": [(wide * 0.7, 0), (wide * 0.7, tall * 0.6), (wide * 0.7, tall * 1.15)],
    }
    if base == "mushroom":
        shade_family = "dome"
    bottom = float(top[2]) - (tall * 0.35 if not hanging else tall * 0.75)
    if shade_family == "globe":
        g = wide * 0.72
        globe = lathe(
            [curve([(0.03, 0), (g * 0.71, g * 0.29), (g, g), (g * 0.71, g * 1.71), (0.03, g * 2)], 24)],
            "shade",
            n_segments=36,
        )
        parts.append(globe.moved(float(top[0]), 0, float(top[2]) - 1.5))
    else:
        outside = curve(profile[shade_family], 14)
        inside = outside[::-1] - [0.25, 0]
        radial = None
        if shade_family == "pleat":
            radial = _pleats(int(sketch.rng.integers(24, 40)))
        runs = [outside, np.array([outside[-1], inside[0]]), inside, np.array([inside[-1], outside[0]])]
        closed_top = shade_family in ("cone", "dome")
        if closed_top:
            cap = outside[-1]
            runs = [
                outside,
                np.array([cap, [1e-3, cap[1]]]),
                np.array([[1e-3, cap[1] - 0.3], cap - [0.1, 0.3]]),
                inside[1:],
                np.array([inside[-1], outside[0]]),
            ]
        parts.append(
            lathe(
                runs,
                ["shade", "shade", "lining", "lining", "shade"][: len(runs)]
                if closed_top
                else ["shade", "shade", "lining", "shade"],
                n_segments=72 if radial else 44,
                radial=radial,
            ).moved(float(top[0]), 0, bottom)
        )
        if not hanging:
            parts.append(rod((0, 0, float(top[2]) - 1), (0, 0, bottom + tall * 0.7), 0.45, "foot"))
    finish: FinishName = sketch.finish(("glaze", "satin", "lacquer", "stoneware"))
    stuff = {"glaze": "porcelain", "satin": "earthenware", "lacquer": "lacquered metal", "stoneware": "stoneware"}[
        finish
    ]
    pattern = sketch.motif(("plain", "plain", "swirl", "bands", "speckle", "plain", "dip"), 10)
    if base in ("tripod", "arm", "arc", "column"):
        finish, stuff, pattern = "lacquer", "lacquered metal", "plain"
    brass = sketch.simple("brushed", ((0.84, 0.67, 0.38), (0.76, 0.76, 0.77), (0.82, 0.5, 0.36))[sketch.number % 3])
    paper = sketch.chance(0.55) or shade_family in ("globe", "pleat")
    shade_pattern = (
        sketch.motif(("plain", "plain", "stripes", "plain", "leaves", "check"), 9)
        if paper and shade_family != "globe"
        else "plain"
    )
    pitch = sketch.uniform(2.5, 4.5)
    looks = []
    for shade in sketch.shades(
        ("white", "cream", "black", "red", "orange", "yellow", "green", "teal", "blue", "navy", "pink", "grey")
    ):
        body = sketch.patterned(finish, shade, pattern, pitch_cm=4, level_cm=h * 0.4, phase=sketch.uniform(0, 1))
        if paper:
            light = Material("paper", ((0.97, 0.92, 0.82), shade.rgb), shade_pattern, pitch, glow=0.9)
        else:
            light = sketch.simple("lacquer", shade.rgb)
        looks.append(
            Look(
                shade.word,
                shade.name,
                stuff,
                {
                    "base": body,
                    "foot": brass if base not in ("arm", "arc", "column") or sketch.number % 2 else body,
                    "shade": light,
                    "lining": Material("paper", ((1.0, 0.93, 0.78),), glow=1.5),
                },
            )
        )
    words = {
        "gourd": "gourd",
        "tripod": "tripod",
        "arm": "adjustable",
        "arc": "arched",
        "mushroom": "mushroom",
        "stack": "stacked",
        "pleated": "fluted",
        "ball": "round",
        "cone": "conical",
        "column": "slender",
    }
    return Design(
        join(parts).grounded(),
        tuple(looks),
        styled(STYLE_OF[pattern], words[base]),
        "table lamp",
        "standing",
        round(sketch.uniform(39, 180)),
    )
