"""Over-ear headphones."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.dyes import BRIGHT
from lookalike.sources.drawn.designs.pottery import faceted, squared
from lookalike.sources.drawn.material import FinishName
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import WOODS, companion
from lookalike.sources.drawn.solids import Radial, curve, lathe, ring, tube

__all__ = ["headphones"]


def headphones(sketch: Sketch) -> Design:
    """Over-ear headphones: round, oval, square or open cups on several kinds of bands."""
    cup = sketch.family(("round", "oval", "square", "open", "hex"))
    band = ("padded", "slim", "double", "wide", "studio")[(sketch.number + sketch.number // 5) % 5]
    gap, high = sketch.uniform(7.4, 8.8), sketch.uniform(16, 19)
    r, thick = sketch.uniform(3.7, 4.7), sketch.uniform(2.2, 3.6)
    parts: list[Mesh] = []
    middle = r + 0.4
    peak = middle + high * 0.72
    arch = curve(
        [
            (-gap, 0, middle + r * 0.6),
            (-gap * 1.04, 0, middle + high * 0.32),
            (-gap * 0.72, 0, peak - 1.6),
            (0, 0, peak),
            (gap * 0.72, 0, peak - 1.6),
            (gap * 1.04, 0, middle + high * 0.32),
            (gap, 0, middle + r * 0.6),
        ],
        44,
    )
    match band:
        case "padded":
            parts += [
                tube(arch, 0.55, "band", flatness=2.4, up=(0, 1, 0)),
                tube(arch[9:35] - [0, 0, 0.55], 0.95, "pad", flatness=1.6, up=(0, 1, 0)),
            ]
        case "slim":
            parts += [
                tube(arch, 0.36, "metal", up=(0, 1, 0)),
                tube(arch[14:30] - [0, 0, 0.2], 0.85, "pad", flatness=1.5, up=(0, 1, 0)),
            ]
        case "double":
            parts.extend(tube(arch + np.array([0, y, 0]), 0.34, "metal", up=(0, 1, 0)) for y in (-1.3, 1.3))
            parts.append(tube(arch[8:36] * [0.96, 1, 1] - [0, 0, 1.5], 0.3, "pad", flatness=6.0, up=(0, 1, 0)))
        case "wide":
            parts.append(tube(arch, 0.5, "band", flatness=4.2, up=(0, 1, 0)))
        case _:
            parts += [
                tube(arch, 0.75, "band", flatness=1.5, up=(0, 1, 0)),
                tube(arch[16:28] + np.array([0, 0, 0.75]), 0.5, "accent", flatness=2.2, up=(0, 1, 0)),
            ]
    radial: Radial | None = None
    if cup == "hex":
        radial = faceted(6)
    if cup == "square":
        radial = squared(5)
    dome = sketch.uniform(0.3, 1.1)
    outer = [
        np.array([[1e-3, 0], [r * 0.86, 0]]),
        curve([(r * 0.86, 0), (r, 0.4), (r, thick * 0.7), (r * 0.82, thick)], 9),
        curve([(r * 0.82, thick), (r * 0.5, thick + dome * 0.7), (0.02, thick + dome)], 8),
    ]
    shell = lathe(outer, ["cup", "cup", "face"], n_segments=48, radial=radial)
    extras: list[Mesh] = []
    design = (sketch.number // 2) % 4
    if design == 0:
        extras.append(ring(r * 0.58, 0.16, "accent", n_segments=36).moved(z=thick + dome * 0.62))
    elif design == 1:
        extras.append(
            lathe(
                [curve([(0.02, 0), (r * 0.3, 0.05), (r * 0.28, 0.3), (0.02, 0.34)], 8)], "accent", n_segments=26
            ).moved(z=thick + dome * 0.9)
        )
    elif design == 2:
        extras += [
            tube(
                np.array(
                    [[-r * 0.5, y, thick + dome * 0.55], [0, y, thick + dome * 0.85], [r * 0.5, y, thick + dome * 0.55]]
                ),
                0.2,
                "accent",
                up=(0, 0, 1),
            )
            for y in (-r * 0.28, 0, r * 0.28)
        ]
    cushion = ring(r * 0.74, 1.25, "pad", flatness=0.9, n_segments=40).moved(z=-0.9)
    side = join([shell, cushion, *extras])
    if cup == "oval":
        side = side.scaled(0.86, 1.18, 1)
    for s in (-1, 1):
        turned = side.turned(90, "y") if s > 0 else side.mirrored().turned(-90, "y")
        parts.append(turned.moved(s * (gap - thick * 0.45), 0, middle))
        yoke = curve(
            [
                (s * gap, -r * 0.92, middle),
                (s * (gap + 0.5), -r * 0.7, middle + r * 0.85),
                (s * gap, 0, middle + r * 1.25),
                (s * (gap + 0.5), r * 0.7, middle + r * 0.85),
                (s * gap, r * 0.92, middle),
            ],
            22,
        )
        parts.append(tube(yoke, 0.36, "metal", flatness=1.2, up=(1, 0, 0)))
        parts.append(
            tube(
                np.array([[s * gap, 0, middle + r * 1.15], [s * gap * 1.02, 0, middle + r * 1.25 + 2.4]]),
                0.6,
                "metal",
                up=(0, 1, 0),
            )
        )
    if sketch.chance(0.35):
        cord = curve(
            [
                (-gap, -1, middle - r),
                (-gap - 1.5, -4, 0.5),
                (-gap + 3, -8, 0.3),
                (1, -9.5, 0.3),
                (gap * 0.6, -7.5, 0.3),
            ],
            30,
        )
        parts.append(tube(cord, 0.24, "cord", up=(0, 0, 1)))
    finish: FinishName = ("plastic", "lacquer", "satin", "plastic")[int(sketch.rng.integers(4))]
    gold, bold = sketch.chance(0.3), sketch.chance(0.5)
    timber = WOODS[int(sketch.rng.integers(len(WOODS)))]
    wooden = sketch.chance(0.22)
    looks = []
    for shade in sketch.shades(BRIGHT):
        accent = companion(sketch.rng, shade, bold=bold).rgb
        pads = (0.16, 0.15, 0.15) if not shade.is_dark and bold else (0.80, 0.74, 0.65) if bold else shade.rgb
        looks.append(
            Look(
                shade.word,
                shade.name,
                "aluminium" if finish == "satin" else "recycled plastic",
                {
                    "band": sketch.simple(finish, shade.rgb),
                    "cup": sketch.simple(finish, shade.rgb),
                    "face": sketch.simple("wood", timber.rgb)
                    if wooden
                    else sketch.simple(finish, shade.rgb if not bold else accent),
                    "accent": sketch.simple("metal", (0.85, 0.69, 0.42) if gold else (0.78, 0.78, 0.80))
                    if wooden or not bold
                    else sketch.simple(finish, shade.rgb),
                    "pad": sketch.simple("leather", pads),
                    "metal": sketch.simple("brushed", (0.85, 0.69, 0.42) if gold else (0.74, 0.74, 0.76)),
                    "cord": sketch.simple("cloth", accent),
                },
            )
        )
    mesh = join(parts)
    return Design(
        mesh.turned(24).grounded(),
        tuple(looks),
        styled(
            {"round": "round", "oval": "oval", "square": "square", "open": "flat", "hex": "hexagonal"}[cup],
            "wired" if any("cord" in part.slot_names for part in parts) else "wireless",
        ),
        "headphones",
        "standing",
        round(sketch.uniform(49, 290)),
    )
