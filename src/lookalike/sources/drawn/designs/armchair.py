"""Armchairs, loveseats and sofas."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.joinery import FABRICS, legs_of, rod, timber_of, woods
from lookalike.sources.drawn.material import FinishName
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.solids import curve, loft, padded_box, tube

__all__ = ["armchair"]


def armchair(sketch: Sketch) -> Design:
    """An armchair or sofa: seats, backs, arms and legs in many sizes."""
    family = sketch.family(("box", "rounded", "wing", "slim", "cloud", "wood frame", "rolled"))
    n_seats = (1, 2, 1, 3, 1, 2, 1)[(sketch.number // 7 + sketch.number) % 7]
    each = sketch.uniform(56, 66)
    depth, seat = sketch.uniform(72, 88), sketch.uniform(38, 44)
    back = sketch.uniform(72, 88)
    arm = {"box": 14.0, "rounded": 17.0, "wing": 9.0, "slim": 6.0, "cloud": 24.0, "wood frame": 5.0, "rolled": 16.0}[
        family
    ]
    legs = sketch.uniform(8, 18) if family not in ("cloud", "box") else sketch.uniform(3, 8)
    width = each * n_seats
    full = width + 2 * arm
    parts: list[Mesh] = []
    soft = {"box": 3.0, "rounded": 8.0, "wing": 4.0, "slim": 2.0, "cloud": 11.0, "wood frame": 3.0, "rolled": 4.0}[
        family
    ]
    puff = sketch.uniform(0.8, 2.2) + (1.5 if family == "cloud" else 0)
    if family == "wood frame":
        for sx in (-1, 1):
            x = sx * (full / 2 - 2.5)
            parts.append(rod((x, -depth / 2 + 6, seat + 18), (x, -depth / 2 + 3, 0), 2.2, "legs"))
            parts.append(rod((x, depth / 2 - 14, seat + 17), (x, depth / 2 - 4, 0), 2.2, "legs"))
            parts.append(
                tube(
                    curve([(x, -depth / 2, seat + 18), (x, 0, seat + 20), (x, depth / 2 - 8, seat + 17)], 14),
                    3.2,
                    "legs",
                    flatness=0.5,
                    up=(0, 0, 1),
                )
            )
        parts.append(padded_box(full - 4, depth * 0.86, 5, "legs", rounding=1.5, n_cells=3).moved(z=seat - 18))
    else:
        base_height = seat - legs - 10
        parts.append(
            padded_box(
                full - (4 if family == "slim" else 0),
                depth,
                max(base_height, 6),
                "body",
                rounding=min(soft, 6),
                n_cells=6,
            ).moved(z=legs)
        )
        for sx in (-1, 1):
            x = sx * (full / 2 - arm / 2)
            top = seat + (sketch.uniform(14, 15) if family != "cloud" else 8)
            if family == "rolled":
                parts.append(
                    padded_box(arm * 0.7, depth * 0.94, top - legs - 2, "body", rounding=3, n_cells=4).moved(x, 0, legs)
                )
                roll = curve(
                    [
                        (x + sx * 2, -depth * 0.48, top - 3),
                        (x + sx * 2, 0, top - 3),
                        (x + sx * 2, depth * 0.45, top - 3),
                    ],
                    8,
                )
                parts.append(tube(roll, 8.5, "body", n_segments=22))
            elif family == "wing":
                wing = curve(
                    [
                        (x, -depth * 0.45, legs + 14),
                        (x, -depth * 0.42, seat + 12),
                        (x, -depth * 0.1, seat + 18),
                        (x, depth * 0.3, back - 4),
                        (x, depth * 0.42, back + 4),
                    ],
                    16,
                )
                ups = np.column_stack([np.zeros(16), np.full(16, 0.0), np.linspace(16, 16, 16)])
                parts.append(
                    loft(
                        wing - [0, 0, 8], np.tile([arm / 2, 0.0, 0.0], (16, 1)), ups, "body", exponent=4, n_segments=20
                    )
                )
            else:
                parts.append(
                    padded_box(arm, depth * 0.98, top - legs, "body", rounding=soft, bulge=puff * 0.5, n_cells=6).moved(
                        x, 0, legs
                    )
                )
    lean = sketch.uniform(6, 14)
    n_cushions = n_seats if sketch.chance(0.75) or n_seats == 1 else 1
    pitch = width / n_cushions
    for place in range(n_cushions):
        x = -width / 2 + pitch * (place + 0.5)
        parts.append(
            padded_box(
                pitch - 0.6, depth * 0.78, 15, "cushion", rounding=max(soft * 0.7, 3), bulge=puff, n_cells=8
            ).moved(x, -depth * 0.10, seat - 13)
        )
        cushion = padded_box(
            pitch - 0.8, 17, back - seat + 4, "cushion", rounding=max(soft * 0.7, 3.5), bulge=puff * 1.2, n_cells=8
        )
        parts.append(cushion.turned(-lean, "x").moved(x, depth * 0.20, seat - 2))
    if family != "wood frame":
        parts.append(
            padded_box(
                full - 2 * arm * 0.5, 13, back - legs - 3, "body", rounding=soft * 0.8, bulge=puff * 0.4, n_cells=6
            )
            .turned(-lean * 0.5, "x")
            .moved(0, depth * 0.40, legs)
        )
    if legs > 5 and family != "wood frame":
        parts += legs_of(full - 16, depth - 16, legs + 3, "legs", thick=2.3, splay=sketch.uniform(0, 3))
    if sketch.chance(0.5):
        pillow = padded_box(40, 11, 38, "throw", rounding=4.5, bulge=4)
        parts.append(
            pillow.turned(-lean - 10, "x")
            .turned(sketch.uniform(-14, 14))
            .moved(sketch.uniform(-0.3, 0.3) * width, -depth * 0.06, seat + 2)
        )
    cloth: FinishName = sketch.finish(("cloth", "velvet", "leather", "boucle"))
    stuff = {"cloth": "wool", "velvet": "velvet", "leather": "leather", "boucle": "bouclé"}[cloth]
    timber = woods(sketch, 1)[0]
    pattern = sketch.motif(("plain", "plain", "stripes", "plain", "check", "plain"), 7)
    if cloth in ("leather", "boucle"):
        pattern = "plain"
    motif = sketch.motif(("dots", "stripes", "leaves", "diamonds", "plain", "arches"), 5)
    pitch_cm = sketch.uniform(3, 9)
    looks = []
    for shade in sketch.shades(FABRICS):
        fabric = sketch.patterned(cloth, shade, pattern, pitch_cm=pitch_cm, level_cm=10, phase=sketch.uniform(0, 1))
        looks.append(
            Look(
                shade.word,
                shade.name,
                stuff,
                {
                    "body": fabric,
                    "cushion": fabric,
                    "legs": timber_of(sketch, timber),
                    "throw": sketch.patterned(
                        "cloth", sketch.shades(FABRICS)[0], motif, pitch_cm=9, level_cm=10, phase=0.3
                    ),
                },
            )
        )
    noun = ("armchair", "loveseat", "sofa")[n_seats - 1]
    words = {
        "box": "boxy",
        "rounded": "rounded",
        "wing": "wing-back",
        "slim": "slim",
        "cloud": "cloud",
        "wood frame": "wood-framed",
        "rolled": "rolled-arm",
    }
    return Design(
        join(parts).grounded(),
        tuple(looks),
        styled(STYLE_OF[pattern], words[family]),
        noun,
        "standing",
        round(sketch.uniform(240, 590) * (0.7 + 0.5 * n_seats)),
    )
