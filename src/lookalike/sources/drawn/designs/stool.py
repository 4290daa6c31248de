"""Stools and pouffes."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import Design, Look, Sketch
from lookalike.sources.drawn.designs.joinery import FABRICS, board, rod, timber_of, woods
from lookalike.sources.drawn.material import FinishName, Length
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.solids import curve, lathe, padded_box, ring

__all__ = ["stool"]


def stool(sketch: Sketch) -> Design:
    """A stool, pouffe or side table."""
    family = sketch.family(("round", "saddle", "pouffe", "drum", "cross", "hourglass", "step", "mushroom"))
    h, r = sketch.uniform(40, 62), sketch.uniform(15, 20)
    parts: list[Mesh] = []
    n = 3 if sketch.chance(0.45) else 4
    thick = sketch.uniform(1.3, 2.0)

    def disc(radius: Length, height: Length, slot: str, soft: Length) -> Mesh:
        return lathe(
            [
                np.array([[1e-3, 0], [radius - soft, 0]]),
                curve([(radius - soft, 0), (radius, soft), (radius, height - soft), (radius - soft, height)], 9),
                np.array([[radius - soft, height], [radius * 0.5, height + soft * 0.15], [1e-3, height + soft * 0.2]]),
            ],
            slot,
            n_segments=40,
        )

    def splayed(top: Length, radius: Length, foot: Length, slot: str = "legs") -> list[Mesh]:
        return [
            rod(
                (float(np.cos(a)) * radius, float(np.sin(a)) * radius, top),
                (float(np.cos(a)) * foot, float(np.sin(a)) * foot, 0),
                thick,
                slot,
                taper=0.8,
            )
            for a in np.arange(n) * 2 * np.pi / n + 0.5
        ]

    match family:
        case "round":
            parts = [
                disc(r, 3.4, "seat", 1.2).moved(z=h - 3.4),
                *splayed(h - 2, r * 0.6, r * sketch.uniform(0.8, 1.15)),
            ]
            if sketch.chance(0.6):
                parts.append(ring(r * 0.78, 0.8, "legs").moved(z=h * 0.35))
        case "saddle":
            n = 4
            parts = [
                board([(-r * 0.7, h - 1), (0, h - 2.6), (r * 0.7, h - 1)], r * 2.3, 3.2, "seat"),
                *splayed(h - 3, r * 0.66, r * 0.95),
            ]
        case "pouffe":
            h *= 0.72
            r *= 1.35
            shape = curve(
                [
                    (r * 0.75, 0),
                    (r * 1.02, h * 0.25),
                    (r * 1.05, h * 0.6),
                    (r * 0.75, h * 0.96),
                    (r * 0.3, h),
                    (0.05, h * 0.98),
                ],
                22,
            )
            ribs = int(sketch.rng.integers(8, 16))
            parts = [
                lathe(
                    [np.array([[1e-3, 0], [r * 0.75, 0]]), shape],
                    "seat",
                    n_segments=80,
                    radial=lambda a, z: (
                        1 - 0.045 * (np.abs(np.sin(ribs * a / 2)) < 0.16)[None] * np.ones_like(z)[:, None]
                    ),
                )
            ]
            parts.append(disc(1.6, 1.2, "legs", 0.5).moved(z=h - 0.8))
        case "drum":
            r *= 1.1
            sides = int(sketch.rng.integers(6, 40))
            parts = [
                disc(r * 1.05, 2.5, "seat", 0.8).moved(z=h * 0.8),
                lathe(
                    [
                        np.array([[1e-3, 0], [r, 0]]),
                        curve([(r, 0), (r * sketch.uniform(0.82, 1.1), h * 0.4), (r, h * 0.8)], 10),
                        np.array([[r, h * 0.8], [1e-3, h * 0.8]]),
                    ],
                    "legs",
                    n_segments=48,
                    radial=lambda a, z: 1 + 0.035 * np.cos(sides * a)[None] * np.ones_like(z)[:, None],
                ),
            ]
        case "cross":
            parts = [padded_box(r * 2.2, r * 1.7, 6, "seat", rounding=2.6, bulge=1.2).moved(z=h - 6)]
            for y in (-r * 0.7, r * 0.7):
                parts.extend(rod((s * r * 0.95, y, h - 5), (-s * r * 0.95, y, 0.8), thick, "legs") for s in (-1, 1))
            parts.extend(rod((x, -r * 0.8, 1), (x, r * 0.8, 1), thick, "legs") for x in (-r * 0.9, r * 0.9))
        case "hourglass":
            parts = [
                lathe(
                    [
                        np.array([[1e-3, 0], [r, 0]]),
                        curve([(r, 0), (r, 2), (r * sketch.uniform(0.35, 0.6), h * 0.5), (r, h - 2), (r, h)], 26),
                        np.array([[r, h], [1e-3, h]]),
                    ],
                    "seat",
                    n_segments=44,
                )
            ]
        case "step":
            parts.extend(
                padded_box(r * 2.2, r * (1.2 if z == h else 1.1), 2.8, "seat", rounding=0.9, n_cells=3).moved(
                    y=0 if z == h else -r * 0.9, z=z - 2.8
                )
                for z in (h * 0.45, h)
            )
            for sx in (-1, 1):
                parts.append(rod((sx * r * 0.9, -r * 0.3, h - 1), (sx * r * 0.95, -r * 1.4, 0), thick, "legs"))
                parts.append(rod((sx * r * 0.9, r * 0.35, h - 1), (sx * r * 0.95, r * 0.7, 0), thick, "legs"))
        case _:
            cap = curve(
                [
                    (r * 0.35, h * 0.72),
                    (r * 1.1, h * 0.75),
                    (r * 1.2, h * 0.82),
                    (r * 0.9, h * 0.97),
                    (r * 0.3, h),
                    (0.03, h),
                ],
                20,
            )
            stem = curve([(r * 0.8, 0), (r * 0.5, h * 0.15), (r * 0.4, h * 0.45), (r * 0.35, h * 0.72)], 14)
            parts = [lathe([np.array([[1e-3, 0], [r * 0.8, 0]]), stem, cap], ["legs", "legs", "seat"], n_segments=44)]
    looks = []
    padded = family in ("pouffe", "cross")
    cloth: FinishName = sketch.finish(("cloth", "velvet", "leather", "knit", "boucle"))
    if padded or sketch.chance(0.6):
        stuff = (
            {"cloth": "wool", "velvet": "velvet", "leather": "leather", "boucle": "bouclé", "knit": "knitted cotton"}[
                cloth
            ]
            if padded
            else "lacquered wood"
        )
        timber = timber_of(sketch, woods(sketch, 1)[0])
        whole = sketch.chance(0.4)
        for shade in sketch.shades(FABRICS):
            seat = sketch.simple(cloth if padded else "lacquer", shade.rgb)
            looks.append(
                Look(shade.word, shade.name, stuff, {"seat": seat, "legs": seat if whole and not padded else timber})
            )
    else:
        looks.extend(
            Look(kind.word, kind.name, kind.name, {"seat": timber_of(sketch, kind), "legs": timber_of(sketch, kind)})
            for kind in woods(sketch, sketch.n_looks())
        )
    words = {
        "cross": "cross-legged",
        "pouffe": "ribbed",
        "drum": "drum",
        "step": "step",
        "round": "three-legged" if n == 3 else "round",
    }
    return Design(
        join(parts).grounded(),
        tuple(looks),
        words.get(family, family),
        "pouffe" if family == "pouffe" else "stool",
        "standing",
        round(sketch.uniform(35, 160)),
    )
