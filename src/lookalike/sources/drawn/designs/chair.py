"""Dining chairs of nine families."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import Design, Look, Sketch
from lookalike.sources.drawn.designs.joinery import FABRICS, board, legs_of, rod, timber_of, woods
from lookalike.sources.drawn.material import FinishName, Length, Material
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.solids import curve, lathe, loft, padded_box, tube

__all__ = ["chair"]


def chair(sketch: Sketch) -> Design:
    """A dining chair: nine families of backs and seats."""
    family = sketch.family(("slats", "shell", "spindle", "panel", "hoop", "ladder", "bucket", "ply", "cafe"))
    w, d, seat = sketch.uniform(40, 50), sketch.uniform(39, 46), sketch.uniform(43, 47)
    back = seat + sketch.uniform(30, 46)
    thick, splay = sketch.uniform(1.3, 2.3), sketch.uniform(0.5, 5)
    lean = sketch.uniform(4, 11)
    parts: list[Mesh] = []
    y0, y1 = -d / 2, d / 2
    upholstered = family in ("panel", "bucket") or (family != "shell" and sketch.chance(0.4))
    if family in ("shell", "ply"):
        bend = sketch.uniform(0.9, 1.12)
        path = [
            (y0 - 1, seat - 2.5),
            (y0 + 3, seat),
            (0, seat - 1.2),
            (y1 - 5, seat + 0.5),
            (y1 + 1, seat + 8),
            (y1 + lean * 0.6, seat + (back - seat) * 0.6),
            (y1 + lean, back),
        ]
        if family == "shell":
            parts.append(
                board(
                    path,
                    [w * 0.96, w, w * 1.02, w * bend, w * 0.96, w * 0.66],
                    2.0,
                    "seat",
                    n=26,
                    bow=sketch.uniform(4, 8),
                )
            )
        else:
            parts.append(board(path[:4], [w, w, w * 0.98], 1.8, "seat"))
            parts.append(
                board(
                    [
                        (y1 + 1, seat + (back - seat) * 0.45),
                        (y1 + lean * 0.7, seat + (back - seat) * 0.75),
                        (y1 + lean, back),
                    ],
                    [w * 0.9, w, w * 0.86],
                    1.8,
                    "seat",
                    bow=6,
                )
            )
            parts.append(
                board(
                    [
                        (0, seat - 2.5),
                        (y1 - 1, seat - 2),
                        (y1 + 3.5, seat + 8),
                        (y1 + lean * 0.85, seat + (back - seat) * 0.7),
                    ],
                    7,
                    1.6,
                    "frame",
                )
            )
        style = sketch.one(("wood", "wire", "sled"))
        if style == "sled":
            for sx in (-1, 1):
                x = sx * (w / 2 - 4)
                bow = [
                    (x, y0 + 2, seat - 2.5),
                    (x, y0 - 1, 2.5),
                    (x, y0 + 3, 0.8),
                    (x, y1 - 3, 0.8),
                    (x, y1 + 1, 2.5),
                    (x, y1 - 3, seat - 2.5),
                ]
                parts.append(tube(curve(bow, 26), 0.9, "legs", up=(1.0, 0.0, 0.0)))
        else:
            parts += legs_of(
                w * 0.66, d * 0.6, seat - 1.5, "legs", thick=thick if style == "wood" else 1.0, splay=splay + 3
            )
            if style == "wire":
                parts.extend(
                    rod((sx * w * 0.36, -d * 0.33, seat * 0.5), (-sx * w * 0.36, d * 0.33, seat * 0.62), 0.6, "legs")
                    for sx in (-1, 1)
                )
    elif family == "bucket":
        parts.append(padded_box(w, d, 9, "seat", rounding=4.4, bulge=0.8).moved(z=seat - 6))
        n = 20
        angles = np.linspace(np.radians(-18), np.radians(198), n)
        middle = np.column_stack(
            [np.cos(angles) * w * 0.52, np.sin(angles) * d * 0.5, np.full(n, (seat + back) / 2 - 7)]
        )
        high = (back - seat) * (0.32 + 0.2 * np.sin(np.clip(angles, 0, np.pi)))
        middle[:, 2] = seat - 5 + high
        radial = np.column_stack([np.cos(angles), np.sin(angles), np.full(n, 0.15)])
        parts.append(
            loft(
                middle,
                radial * 2.6,
                np.column_stack([np.zeros(n), np.zeros(n), np.ones(n)]) * high[:, None],
                "seat",
                exponent=3.5,
                n_segments=22,
            )
        )
        parts += legs_of(w * 0.7, d * 0.66, seat - 4, "legs", thick=thick, splay=splay + 2)
    else:
        base = padded_box(w, d, 3.0, "frame", rounding=1.2, n_cells=3).moved(z=seat - 3)
        if family == "cafe":
            run = [
                np.array([[1e-3, 0], [w / 2 - 1, 0]]),
                curve([(w / 2 - 1, 0), (w / 2, 1.2), (w / 2 - 1, 2.8)], 7),
                np.array([[w / 2 - 1, 2.8], [1e-3, 2.6]]),
            ]
            base = lathe(run, "frame", n_segments=36).moved(z=seat - 3)
        parts.append(base)
        if upholstered:
            parts.append(padded_box(w * 0.96, d * 0.96, 5.5, "seat", rounding=2.6, bulge=0.9).moved(z=seat - 0.4))
        elif family in ("ladder", "slats") and sketch.chance(0.5):
            parts.append(padded_box(w * 0.86, d * 0.86, 1.6, "weave", rounding=0.6, n_cells=4).moved(z=seat - 0.5))
        inset = 0.42
        for sx in (-1, 1):
            parts.append(
                rod(
                    (sx * w * inset, y0 + 3, seat - 2),
                    (sx * (w * inset + splay), y0 + 1 - splay, 0),
                    thick,
                    "legs",
                    taper=0.65,
                )
            )
            post_top = (sx * w * (0.42 if family != "spindle" else 0.46), y1 + lean, back)
            if family in ("hoop", "cafe", "spindle"):
                parts.append(
                    rod(
                        (sx * w * inset, y1 - 4, seat - 2),
                        (sx * (w * inset + splay), y1 + splay, 0),
                        thick,
                        "legs",
                        taper=0.65,
                    )
                )
            else:
                spine = [
                    (sx * (w * inset + splay * 0.4), y1 + splay, 0),
                    (sx * w * inset, y1 - 3, seat * 0.75),
                    (sx * w * inset, y1 - 2.5, seat + 4),
                    post_top,
                ]
                parts.append(tube(curve(spine, 20), np.linspace(thick * 0.7, thick, 20), "legs", up=(1, 0, 0.1)))
        level = np.linspace(seat + 12, back - 2, int(sketch.rng.integers(2, 5)))

        def behind(z: Length) -> Length:
            return y1 - 2.5 + (lean + 2.5) * (z - seat) / (back - seat)

        if family == "ladder":
            for z in level:
                y = behind(float(z))
                rail = curve([(-w * 0.41, y, z), (0, y + 2.6, z + 0.6), (w * 0.41, y, z)], 12)
                parts.append(tube(rail, 2.6, "legs", flatness=0.32, up=(0.0, 1.0, 0.0)))
        elif family == "slats":
            parts.append(
                tube(
                    curve(
                        [(-w * 0.44, y1 + lean, back), (0, y1 + lean + 2.5, back + 0.8), (w * 0.44, y1 + lean, back)],
                        12,
                    ),
                    2.8,
                    "legs",
                    flatness=0.4,
                    up=(0.0, 1.0, 0.0),
                )
            )
            parts.extend(
                rod((float(x), y1 - 2.5, seat), (float(x), y1 + lean + 1.8, back), 1.0, "legs")
                for x in np.linspace(-w * 0.3, w * 0.3, int(sketch.rng.integers(3, 7)))
            )
        elif family == "panel":
            parts.append(
                padded_box(w * 0.86, 4.5, (back - seat) * 0.66, "seat", rounding=2.1, bulge=0.9)
                .turned(-float(np.degrees(np.arctan2(lean, back - seat))), "x")
                .moved(y=y1 + lean * 0.3, z=seat + (back - seat) * 0.34)
            )
        elif family == "spindle":
            rail = curve(
                [
                    (-w * 0.5, y1 + lean - 3, back - 2),
                    (-w * 0.3, y1 + lean + 1.5, back),
                    (0, y1 + lean + 3, back + 0.6),
                    (w * 0.3, y1 + lean + 1.5, back),
                    (w * 0.5, y1 + lean - 3, back - 2),
                ],
                18,
            )
            parts.append(tube(rail, 3.0, "legs", flatness=0.42, up=(0.0, 1.0, 0.0)))
            n = int(sketch.rng.integers(5, 10))
            for t in np.linspace(0.06, 0.94, n):
                top = rail[round(t * 17)]
                parts.append(
                    rod(
                        (float(top[0]) * 0.78, y1 - 3, seat),
                        (float(top[0]), float(top[1]), float(top[2])),
                        0.75,
                        "legs",
                    )
                )
        else:
            hoop = [
                (-w * 0.42, y1 - 4, seat - 1),
                (-w * 0.47, y1 + lean * 0.5, seat + (back - seat) * 0.5),
                (-w * 0.3, y1 + lean, back - 2),
                (0, y1 + lean + 1, back + 2),
                (w * 0.3, y1 + lean, back - 2),
                (w * 0.47, y1 + lean * 0.5, seat + (back - seat) * 0.5),
                (w * 0.42, y1 - 4, seat - 1),
            ]
            parts.append(tube(curve(hoop, 36), thick * 0.8, "legs", up=(0.0, 1.0, 0.0)))
            if family == "cafe":
                inner = [(x * 0.62, y - 0.2, seat + (z - seat) * 0.8) for x, y, z in hoop]
                parts.append(tube(curve(inner, 36), thick * 0.6, "legs", up=(0.0, 1.0, 0.0)))
            else:
                parts.extend(
                    rod(
                        (float(x), y1 - 4, seat),
                        (float(x), y1 + lean * 0.95, back + 1.2 - abs(float(x)) * 0.25),
                        0.7,
                        "legs",
                    )
                    for x in np.linspace(-w * 0.27, w * 0.27, int(sketch.rng.integers(3, 6)))
                )
        if sketch.chance(0.5):
            parts.append(rod((-w * 0.42, y0 + 2, seat * 0.4), (w * 0.42, y0 + 2, seat * 0.4), 1.0, "legs"))
    if family in ("panel", "shell", "spindle") and sketch.chance(0.3):
        for sx in (-1, 1):
            arm = curve(
                [
                    (sx * (w / 2), y0 + 4, seat - 1),
                    (sx * (w / 2 + 3), y0 + 2, seat + 17),
                    (sx * (w / 2 + 3), y0 + 5, seat + 20),
                    (sx * (w / 2 + 1), y1 + lean * 0.4, seat + 21),
                ],
                18,
            )
            parts.append(tube(arm, 1.5, "legs", up=(1, 0, 0.2)))
    looks = []
    cloth: FinishName = sketch.finish(("cloth", "velvet", "leather", "boucle"))
    painted = family in ("spindle", "slats", "hoop", "ladder", "cafe") and not upholstered and sketch.chance(0.65)
    timber = woods(sketch, 1)[0]
    dark_legs = sketch.chance(0.35)
    by_color = upholstered or painted or (family in ("shell", "ply") and sketch.chance(0.75))
    if by_color:
        for shade in sketch.shades(FABRICS):
            coat = sketch.simple("lacquer", shade.rgb)
            legs = sketch.simple("metal", (0.12, 0.12, 0.13)) if dark_legs else timber_of(sketch, timber)
            seat_material = sketch.simple(cloth, shade.rgb) if upholstered else sketch.simple("plastic", shade.rgb)
            stuff = (
                {"cloth": "wool", "velvet": "velvet", "leather": "leather", "boucle": "bouclé"}[cloth]
                if upholstered
                else ("lacquered wood" if painted else "moulded plastic")
            )
            looks.append(
                Look(
                    shade.word,
                    shade.name,
                    stuff,
                    {
                        "seat": seat_material,
                        "legs": coat if painted else legs,
                        "frame": coat if painted else legs,
                        "weave": Material("rattan", ((0.80, 0.68, 0.48),)),
                    },
                )
            )
    else:
        for kind in woods(sketch, sketch.n_looks()):
            grain = timber_of(sketch, kind)
            looks.append(
                Look(
                    kind.word,
                    kind.name,
                    kind.name,
                    {"seat": grain, "legs": grain, "frame": grain, "weave": Material("rattan", ((0.80, 0.68, 0.48),))},
                )
            )
    words = {
        "slats": "slatted",
        "shell": "shell",
        "spindle": "spindle-back",
        "panel": "upholstered",
        "hoop": "hoop-back",
        "ladder": "ladder-back",
        "bucket": "bucket",
        "ply": "bent-ply",
        "cafe": "café",
    }
    return Design(
        join(parts).grounded(), tuple(looks), words[family], "chair", "standing", round(sketch.uniform(59, 280))
    )
