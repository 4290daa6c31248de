"""Knitted and jersey tops, laid out flat."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch
from lookalike.sources.drawn.designs.dyes import DYES
from lookalike.sources.drawn.material import FinishName, Length, Material
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import companion
from lookalike.sources.drawn.solids import curve, lathe, loft, padded_box, ring, tube

__all__ = ["jumper"]


def _body(
    path: list[tuple[Length, Length, Length]],
    wide: list[Length],
    thick: list[Length],
    slot: str,
    across: tuple[Length, Length],
    *,
    n: int = 24,
    exponent: Length = 2.6,
) -> Mesh:
    """A flat knitted part along a path in the plane; `across` is the direction of its width."""
    centres = curve(path, n)
    half = curve([(one,) for one in wide], n)
    deep = curve([(one,) for one in thick], n)
    side = np.array([[across[0], across[1], 0.0]]) * half
    return loft(centres, side, np.array([[0.0, 0.0, 1.0]]) * deep, slot, exponent=exponent, n_segments=32)


def jumper(sketch: Sketch) -> Design:
    """A knitted or jersey top laid out flat: jumper, cardigan, hoodie, roll neck, T-shirt or vest."""
    family = sketch.family(("crew", "t-shirt", "roll neck", "cardigan", "hoodie", "v-neck", "t-shirt", "vest"))
    pattern = sketch.motif(
        ("breton", "plain", "fair_isle", "dots", "block", "diamonds", "bands", "plain", "zigzag", "leaves", "tartan"), 8
    )
    half, length = sketch.uniform(24, 29), sketch.uniform(56, 68)
    top, hem = length / 2, -length / 2
    shoulder, drop = half * sketch.uniform(0.88, 1.0), sketch.uniform(3.5, 6)
    neck = sketch.uniform(8.2, 10.5)
    taper = sketch.uniform(0.86, 1.02)
    rib = sketch.uniform(4, 7)
    short = family == "t-shirt"
    parts: list[Mesh] = []
    torso = [half * taper, half * taper * 1.01, half, half, shoulder, neck * 1.2]
    ys = [hem, hem + rib, hem + length * 0.4, top - 20, top - drop, top]
    spine = np.interp(np.linspace(0, 1, 40) ** 0.8, np.linspace(0, 1, 6), ys)
    wide = np.interp(spine, ys, torso)
    deep = 1.9 + 0.9 * np.sin(np.clip((spine - hem) / length, 0, 1) * np.pi)
    n = len(spine)
    parts.append(
        loft(
            np.column_stack([np.zeros(n), spine, np.full(n, 2.4)]),
            np.column_stack([wide, np.zeros(n), np.zeros(n)]),
            np.column_stack([np.zeros(n), np.zeros(n), deep]),
            "body",
            exponent=2.8,
            n_segments=40,
        )
    )
    if not short:
        parts.append(
            padded_box(half * taper * 2.02, rib, 4.6, "rib", rounding=2.0, n_cells=4).moved(0, hem + rib * 0.3, 0.2)
        )
    if family != "vest":
        angle = np.radians(sketch.uniform(40, 66) if not short else sketch.uniform(24, 46))
        arm = sketch.uniform(46, 54) if not short else sketch.uniform(15, 21)
        upper, cuff = sketch.uniform(9, 11.5), (sketch.uniform(4.6, 6) if not short else sketch.uniform(8, 9.5))
        for s in (-1, 1):
            start = np.array([s * (shoulder - 7.0), top - drop - upper * 0.62])
            way = np.array([s * np.cos(angle), -np.sin(angle)])
            side = (float(way[1]), float(-way[0]))
            middle, end = start + way * arm * 0.5 + np.array([s * 1.2, 0]), start + way * arm
            path = [(float(p[0]), float(p[1]), 2.3) for p in (start, middle, end)]
            parts.append(_body(path, [upper, (upper + cuff) / 2 + 0.6, cuff], [2.2, 2.3, 1.8], "sleeve", side))
            if not short:
                tip = end + way * 5.0
                parts.append(
                    _body(
                        [(float(end[0]), float(end[1]), 2.2), (float(tip[0]), float(tip[1]), 2.2)],
                        [cuff * 0.92, cuff * 0.85],
                        [2.0, 1.9],
                        "rib",
                        side,
                        n=5,
                    )
                )
    collar_y = top - 0.5
    hole = lathe(
        [
            np.array([[1e-3, 0], [neck, 0]]),
            curve([(neck, 0), (neck, 0.6), (neck * 0.95, 0.9)], 5),
            np.array([[neck * 0.95, 0.9], [1e-3, 0.9]]),
        ],
        "inside",
        n_segments=36,
    )
    match family:
        case "roll neck":
            parts.append(
                _body(
                    [(0, top - 3, 2.6), (0, top + 4, 2.8), (0, top + 9, 2.6)],
                    [neck * 1.05, neck * 0.98, neck * 1.0],
                    [3.0, 3.2, 2.6],
                    "rib",
                    (1, 0),
                    n=12,
                )
            )
            parts.append(
                _body(
                    [(0, top + 1, 2.8), (0, top + 8.6, 2.8)], [neck * 1.1, neck * 1.08], [3.7, 3.5], "rib", (1, 0), n=8
                )
            )
        case "hoodie":
            parts.append(hole.scaled(1, 0.72, 1).moved(0, collar_y - 1, 4.6))
            hood = curve(
                [
                    (-neck * 1.15, collar_y - 4, 4.4),
                    (-neck * 1.3, collar_y + 4, 4.6),
                    (-neck * 0.8, collar_y + 13, 4.2),
                    (0, collar_y + 16, 4.0),
                    (neck * 0.8, collar_y + 13, 4.2),
                    (neck * 1.3, collar_y + 4, 4.6),
                    (neck * 1.15, collar_y - 4, 4.4),
                ],
                34,
            )
            parts.append(tube(hood, 3.6, "body", flatness=0.7, n_segments=14))
            parts.append(
                lathe(
                    [
                        np.array([[1e-3, 0], [neck * 1.2, 0]]),
                        np.array([[neck * 1.2, 0], [neck * 1.2, 1.4]]),
                        np.array([[neck * 1.2, 1.4], [1e-3, 1.8]]),
                    ],
                    "inside",
                    n_segments=30,
                )
                .scaled(1, 1.25, 1)
                .moved(0, collar_y + 4, 2.6)
            )
            parts.append(
                padded_box(half * 1.1, length * 0.26, 2.4, "sleeve", rounding=1.1, n_cells=5).moved(
                    0, hem + length * 0.24, 3.7
                )
            )
            parts.extend(
                tube(
                    curve([(s * 4, collar_y - 4, 6), (s * 4.6, collar_y - 11, 6.2), (s * 4.2, collar_y - 19, 5.6)], 10),
                    0.5,
                    "trim",
                    n_segments=8,
                )
                for s in (-1, 1)
            )
        case "cardigan":
            parts.append(hole.scaled(0.9, 1.5, 1).moved(0, collar_y - 6, 4.7))
            for s in (-1, 1):
                band = curve(
                    [
                        (s * 1.3, hem + 1, 4.9),
                        (s * 1.3, top - 26, 5.3),
                        (s * neck * 0.9, top - 6, 5.4),
                        (s * neck * 0.95, top + 1, 4.6),
                    ],
                    22,
                )
                parts.append(tube(band, 1.7, "rib", flatness=0.35, up=(0, 0, 1)))
            parts.extend(
                lathe(
                    [
                        np.array([[1e-3, 0], [1.3, 0]]),
                        curve([(1.3, 0), (1.35, 0.4), (1.1, 0.7)], 5),
                        np.array([[1.1, 0.7], [1e-3, 0.5]]),
                    ],
                    "trim",
                    n_segments=18,
                ).moved(0, float(y), 5.7)
                for y in np.linspace(hem + 5, top - 27, int(sketch.rng.integers(4, 7)))
            )
        case "v-neck" | "vest":
            deep_v = sketch.uniform(15, 21)
            parts.append(
                _body(
                    [(0, top - deep_v, 4.75), (0, top - deep_v * 0.5, 4.6), (0, top + 0.8, 3.2)],
                    [0.2, neck * 0.48, neck * 0.95],
                    [0.6, 0.7, 1.4],
                    "inside",
                    (1, 0),
                    n=12,
                    exponent=4,
                )
            )
            parts.extend(
                tube(
                    curve(
                        [
                            (0, top - deep_v - 0.5, 5.4),
                            (s * neck * 0.5, top - deep_v * 0.48, 5.4),
                            (s * neck, top + 0.6, 4.2),
                        ],
                        14,
                    ),
                    1.5,
                    "rib",
                    flatness=0.5,
                    up=(0, 0, 1),
                )
                for s in (-1, 1)
            )
            if family == "vest":
                parts.extend(
                    tube(
                        curve(
                            [
                                (s * shoulder * 0.93, top - drop + 0.2, 2.6),
                                (s * shoulder * 0.92, top - drop - 12, 3.0),
                                (s * half * 0.98, top - drop - 24, 2.6),
                            ],
                            14,
                        ),
                        1.6,
                        "rib",
                        up=(0, 0, 1),
                    )
                    for s in (-1, 1)
                )
        case _:
            flat = sketch.uniform(0.5, 0.72)
            parts.append(hole.scaled(1, flat, 1).moved(0, collar_y - 0.6, 4.3))
            parts.append(
                ring(neck, 1.5 if not short else 1.0, "rib", flatness=0.7, n_segments=40)
                .scaled(1, flat, 1)
                .moved(0, collar_y - 0.6, 4.9)
            )
    if short and sketch.chance(0.4):
        parts.append(padded_box(9, 10, 0.7, "trim", rounding=0.3, n_cells=3).moved(half * 0.42, top - 22, 4.75))
    fabric: FinishName = "cloth" if short or family == "hoodie" else "knit"
    stuff = {"cloth": "cotton jersey", "knit": ("merino wool", "lambswool", "cotton")[int(sketch.rng.integers(3))]}[
        fabric
    ]
    pitch = {
        "breton": sketch.uniform(3.5, 7),
        "bands": sketch.uniform(8, 16),
        "dots": sketch.uniform(5, 9),
        "fair_isle": sketch.uniform(7, 10),
        "zigzag": sketch.uniform(7, 12),
    }.get(pattern, sketch.uniform(7, 13))
    level = sketch.uniform(0.55, 0.72) * length if pattern == "fair_isle" else 0.0
    contrast, sleeves_plain, bold = sketch.chance(0.35), sketch.chance(0.3), sketch.chance(0.4)
    looks = []
    for shade in sketch.shades(DYES):
        body = sketch.patterned(
            fabric,
            shade,
            "bands" if pattern == "block" else pattern,
            pitch_cm=length * 0.9 if pattern == "block" else pitch,
            level_cm=level,
            phase=sketch.uniform(0, 0.6),
            bold=bold,
        )
        accent = body.colors[1] if len(body.colors) > 1 else companion(sketch.rng, shade).rgb
        plain_body = sketch.simple(fabric, shade.rgb)
        sleeve = plain_body if sleeves_plain or pattern in ("block", "fair_isle", "tartan") else body
        dark = (shade.rgb[0] * 0.55, shade.rgb[1] * 0.55, shade.rgb[2] * 0.55)
        red, green, blue = accent if contrast else shade.rgb
        ribbing = Material("knit", ((red, green, blue), (red * 0.8, green * 0.8, blue * 0.8)), "stripes", 0.9)
        looks.append(
            Look(
                shade.word,
                shade.name,
                stuff,
                {
                    "body": body,
                    "sleeve": sleeve,
                    "rib": ribbing if not short else sketch.simple("cloth", accent if contrast else shade.rgb),
                    "inside": sketch.simple("cloth", dark),
                    "trim": sketch.simple("satin", accent),
                },
            )
        )
    noun = {"crew": "jumper", "t-shirt": "T-shirt", "roll neck": "roll-neck jumper", "v-neck": "V-neck jumper"}.get(
        family, family
    )
    return Design(join(parts).grounded(), tuple(looks), STYLE_OF[pattern], noun, "flat", round(sketch.uniform(19, 120)))
