"""Backpacks of seven families."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.dyes import BRIGHT
from lookalike.sources.drawn.material import FinishName, Length
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import companion
from lookalike.sources.drawn.solids import curve, padded_box, tube

__all__ = ["backpack"]


def backpack(sketch: Sketch) -> Design:
    """A backpack: classic, roll-top, flap, tote, mini or trekking."""
    family = sketch.family(("classic", "roll-top", "flap", "square", "trek", "mini", "satchel"))
    w, d, h = sketch.uniform(27, 33), sketch.uniform(13, 18), sketch.uniform(38, 46)
    if family == "mini":
        w, d, h = w * 0.8, d * 0.85, h * 0.7
    if family == "trek":
        h *= 1.2
    if family == "satchel":
        w, h = w * 1.25, h * 0.72
    soft = {"square": 2.5, "satchel": 3.0}.get(family, sketch.uniform(5, 7.5))
    parts: list[Mesh] = [padded_box(w, d, h, "body", rounding=soft, bulge=sketch.uniform(0.4, 1.6))]
    front = -d / 2
    pocket = sketch.one(("big", "low", "two", "slim"))
    if family == "flap" or family == "satchel":
        parts.append(
            padded_box(w * 1.01, d * 1.03, h * 0.16, "lid", rounding=min(soft, h * 0.075), bulge=0.5).moved(z=h * 0.87)
        )
        cover = padded_box(w * 0.98, 2.2, h * sketch.uniform(0.42, 0.6), "lid", rounding=1.0, bulge=0.6)
        parts.append(cover.moved(0, front - 0.9, h * 0.97 - float(cover.size[2])))
        low = h * 0.97 - float(cover.size[2])
        for x in (-w * 0.24, w * 0.24) if sketch.chance(0.7) else (0.0,):
            parts.append(
                padded_box(2.6, 0.7, h * 0.34, "strap", rounding=0.3, n_cells=2).moved(x, front - 2.2, low - h * 0.12)
            )
            parts.append(
                padded_box(3.6, 0.9, 2.6, "metal", rounding=0.4, n_cells=2).moved(x, front - 2.7, low - h * 0.02)
            )
    elif family == "roll-top":
        roll = curve([(-w * 0.46, 0, h + 2), (0, 0, h + 2.4), (w * 0.46, 0, h + 2)], 10)
        parts.append(tube(roll, 3.6, "lid", flatness=0.85, n_segments=18))
        parts.append(padded_box(w * 0.94, d * 0.66, 7, "body", rounding=3).moved(z=h - 4))
        parts.append(
            tube(
                curve([(0, front + 2, h + 5.4), (0, front - 0.6, h - 2), (0, front - 1.2, h * 0.62)], 14),
                1.3,
                "strap",
                flatness=0.25,
                up=(1, 0, 0),
            )
        )
        parts.append(padded_box(3.8, 1.1, 2.8, "metal", rounding=0.4, n_cells=2).moved(0, front - 1.8, h * 0.6))
    elif family == "trek":
        parts.append(padded_box(w * 0.98, d * 1.05, h * 0.17, "lid", rounding=4, bulge=1).moved(z=h * 0.93))
        parts.extend(
            tube(
                curve([(x, front - 0.7, h * 0.96), (x, front - 1.4, h * 0.6), (x, front - 0.7, h * 0.12)], 12),
                0.9,
                "strap",
                flatness=0.3,
                up=(1, 0, 0),
            )
            for x in (-w * 0.3, w * 0.3)
        )
    else:
        zipper = curve(
            [
                (-w * 0.5 - 0.2, front * 0.25, h * 0.52),
                (-w * 0.47, front * 0.25, h * 0.9),
                (-w * 0.3, front * 0.25, h + 0.25),
                (w * 0.3, front * 0.25, h + 0.25),
                (w * 0.47, front * 0.25, h * 0.9),
                (w * 0.5 + 0.2, front * 0.25, h * 0.52),
            ],
            30,
        )
        parts.append(tube(zipper, 0.42, "dark", up=(0, 1, 0)))
    deep = sketch.uniform(3, 5.5)

    def bag(x: Length, z: Length, wide: Length, tall: Length) -> None:
        parts.append(
            padded_box(wide, deep * 2, tall, "pocket", rounding=min(3.0, deep * 0.8), bulge=0.8).moved(
                x, front + 0.4, z
            )
        )
        parts.append(
            tube(
                np.array(
                    [
                        [x - wide * 0.42, front - deep + 0.3, z + tall * 0.8],
                        [x, front - deep - 0.5, z + tall * 0.8],
                        [x + wide * 0.42, front - deep + 0.3, z + tall * 0.8],
                    ]
                ),
                0.36,
                "dark",
                up=(0, 1, 0),
            )
        )

    match pocket:
        case "big":
            bag(0, h * 0.06, w * 0.78, h * sketch.uniform(0.36, 0.46))
        case "low":
            bag(0, h * 0.05, w * 0.86, h * 0.28)
        case "two":
            for s in (-1, 1):
                bag(s * w * 0.23, h * 0.06, w * 0.38, h * 0.34)
        case _:
            bag(0, h * 0.1, w * 0.5, h * 0.42)
    if sketch.chance(0.55):
        parts.extend(
            padded_box(5, d * 0.66, h * 0.34, "pocket", rounding=2.2, bulge=0.6).moved(s * (w / 2 + 0.8), 0, h * 0.04)
            for s in (-1, 1)
        )
    parts.append(
        tube(
            curve(
                [
                    (-3.6, d * 0.3, h - 0.5),
                    (-3.4, d * 0.3, h + 4.2),
                    (0, d * 0.3, h + 5.6),
                    (3.4, d * 0.3, h + 4.2),
                    (3.6, d * 0.3, h - 0.5),
                ],
                18,
            ),
            0.95,
            "strap",
            flatness=0.5,
            up=(0, 1, 0),
        )
    )
    for s in (-1, 1):
        strap = curve(
            [
                (s * 5, d / 2 - 0.5, h * 0.97),
                (s * 8.5, d / 2 + 4, h * 0.85),
                (s * 10.5, d / 2 + 6, h * 0.5),
                (s * (w / 2 - 2), d / 2 + 0.5, h * 0.08),
            ],
            18,
        )
        parts.append(tube(strap, 2.4, "strap", flatness=0.3, up=(1, 0, 0)))
    if sketch.chance(0.5):
        parts.append(
            padded_box(5.5, 0.6, 3.8, "patch", rounding=0.25, n_cells=2).moved(
                0, front - (deep if pocket == "big" else 0.9) - 0.9, h * (0.22 if pocket == "big" else 0.7)
            )
        )
    finish: FinishName = ("cloth", "leather", "cloth", "rubber")[int(sketch.rng.integers(4))]
    stuff = {"cloth": "canvas", "leather": "leather", "rubber": "waxed nylon"}[finish]
    pattern = sketch.motif(("plain", "plain", "leaves", "plain", "stripes", "triangles", "plain", "dots", "check"), 7)
    if finish == "leather":
        pattern = "plain"
    two_tone, bold, tan = sketch.chance(0.5), sketch.chance(0.5), sketch.chance(0.6)
    looks = []
    for shade in sketch.shades((*BRIGHT, "beige", "brown")):
        body = sketch.patterned(
            finish, shade, pattern, pitch_cm=sketch.uniform(5, 8), level_cm=h * 0.4, phase=0.3, bold=bold
        )
        accent = sketch.simple(finish, companion(sketch.rng, shade, bold=bold).rgb if two_tone else shade.rgb)
        leather = sketch.simple("leather", (0.55, 0.34, 0.20) if tan else (0.14, 0.13, 0.13))
        looks.append(
            Look(
                shade.word,
                shade.name,
                stuff,
                {
                    "body": body,
                    "pocket": accent,
                    "lid": accent if two_tone else body,
                    "strap": leather,
                    "patch": leather,
                    "metal": sketch.simple("brushed", (0.82, 0.68, 0.42) if tan else (0.72, 0.72, 0.74)),
                    "dark": sketch.simple("rubber", (0.13, 0.13, 0.14)),
                },
            )
        )
    words = {
        "roll-top": "roll-top",
        "flap": "flap",
        "square": "square",
        "trek": "trekking",
        "mini": "mini",
        "satchel": "satchel",
    }
    return Design(
        join(parts).grounded(),
        tuple(looks),
        styled(STYLE_OF[pattern], words.get(family, "")),
        "backpack",
        "standing",
        round(sketch.uniform(45, 190)),
    )
