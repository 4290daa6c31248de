"""Watering cans of enamelled or bare metal."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.pottery import faceted, radius_at, vessel
from lookalike.sources.drawn.material import FinishName
from lookalike.sources.drawn.mesh import join
from lookalike.sources.drawn.palette import wood
from lookalike.sources.drawn.solids import curve, lathe, tube

__all__ = ["watering_can"]


def watering_can(sketch: Sketch) -> Design:
    """A watering can, of enamelled or brushed metal."""
    families = ("round", "cone", "oval", "drum", "box")
    family = sketch.family(families)
    pattern = sketch.motif(("plain", "plain", "bands", "dip", "dots", "block"), 5)
    h, r = sketch.uniform(13, 20), sketch.uniform(7, 9.5)
    match family:
        case "round":
            outline = [(r * 0.6, 0.1), (r * 1.05, h * 0.35), (r * 0.95, h * 0.7), (r * 0.55, h)]
        case "cone":
            outline = [(r * 1.1, 0.1), (r * 1.05, h * 0.1), (r * 0.75, h * 0.6), (r * 0.5, h)]
        case "drum":
            outline = [(r * 0.95, 0.1), (r, h * 0.05), (r, h * 0.5), (r, h)]
        case "oval":
            outline = [(r * 0.9, 0.1), (r, h * 0.1), (r * 0.98, h * 0.6), (r * 0.8, h)]
        case _:
            outline = [(r * 0.9, 0.1), (r * 0.95, h * 0.08), (r * 0.95, h * 0.6), (r * 0.88, h)]
    radial = faceted(4) if family == "box" else None
    body = vessel(outline, wall=0.25, radial=radial, depth=0.5)
    if family == "oval":
        body = body.scaled(1.15, 0.7, 1.0)
    if family == "box":
        body = body.turned(45).scaled(1.1, 0.8, 1)
    parts = [body]
    low = h * sketch.uniform(0.12, 0.3)
    reach, rise = r + sketch.uniform(10, 17), h * sketch.uniform(1.0, 1.35)
    start = radius_at(outline, low) * (0.8 if family == "box" else 0.95)
    curved = sketch.uniform(0.0, 5.0)
    path = curve(
        [(-start, 0, low), (-(start + reach) / 2 - curved * 0.4, 0, (low + rise) / 2 - curved), (-reach, 0, rise)], 18
    )
    parts.append(tube(path, np.linspace(1.5, 0.6, 18), "body", up=(0.0, 1.0, 0.0), n_segments=12))
    if sketch.chance(0.55):
        head = lathe(
            [
                np.array([[0.5, 0], [0.8, 0.6], [2.3, 2.0]]),
                np.array([[2.3, 2.0], [2.1, 2.4], [1e-3, 2.6]]),
                np.array([[1e-3, 0], [0.5, 0]])[::1],
            ],
            ["body", "accent", "body"],
            n_segments=26,
        )
        lean = float(np.degrees(np.arctan2(path[-1, 2] - path[-3, 2], -(path[-1, 0] - path[-3, 0]))))
        parts.append(head.turned(-(90 - lean), "y").moved(-reach, 0, rise))
    slot = sketch.one(("handle", "wood", "accent"))
    thick = sketch.uniform(0.45, 0.8)
    if sketch.chance(0.5):
        a = radius_at(outline, h * 0.85) * 0.9
        b = radius_at(outline, h * 0.2) * 0.9
        arc = [(a, 0, h * 0.9), (a + 4.5, 0, h * 1.1), (max(a, b) + 6.5, 0, h * 0.6), (b, 0, h * 0.2)]
    else:
        a = radius_at(outline, h * 0.9) * 0.9
        arc = [
            (-a * 0.8, 0, h * 0.97),
            (-a * 0.3, 0, h * 1.5),
            (a * 1.0, 0, h * 1.5),
            (a + 3, 0, h * 0.9),
            (radius_at(outline, h * 0.3) * 0.9, 0, h * 0.3),
        ]
    parts.append(tube(curve(arc, 24), thick, slot, up=(0.0, 1.0, 0.0)))
    level, phase, pitch = sketch.uniform(0.3, 0.6) * h, sketch.uniform(0, 1), sketch.uniform(3, 6)
    handle = wood(sketch.rng)
    metal = sketch.chance(0.25) and pattern == "plain"
    finish: FinishName = "brushed" if metal else sketch.finish(("lacquer", "plastic", "satin"))
    looks = []
    if metal:
        tones = (
            ("grey", "zinc", (0.72, 0.73, 0.74)),
            ("yellow", "brass", (0.83, 0.66, 0.36)),
            ("orange", "copper", (0.82, 0.50, 0.36)),
            ("black", "gunmetal", (0.22, 0.23, 0.25)),
        )
        for place in sketch.rng.permutation(4)[: sketch.n_looks()]:
            word, name, rgb = tones[int(place)]
            coat = sketch.simple("brushed", rgb)
            looks.append(
                Look(
                    word,
                    name,
                    "metal",
                    {
                        "body": coat,
                        "inside": coat,
                        "handle": coat,
                        "accent": coat,
                        "wood": sketch.simple("wood", handle.rgb),
                    },
                )
            )
    else:
        for shade in sketch.shades(
            ("white", "green", "yellow", "red", "teal", "navy", "grey", "pink", "cream", "black", "orange")
        ):
            body_material = sketch.patterned(finish, shade, pattern, pitch_cm=pitch, level_cm=level, phase=phase)
            looks.append(
                Look(
                    shade.word,
                    shade.name,
                    "enamelled steel" if finish != "plastic" else "recycled plastic",
                    {
                        "body": body_material,
                        "inside": sketch.simple("satin", shade.rgb),
                        "handle": sketch.simple(finish, shade.rgb),
                        "accent": sketch.simple("brushed", (0.83, 0.68, 0.42)),
                        "wood": sketch.simple("wood", handle.rgb),
                    },
                )
            )
    words = {"oval": "slim", "cone": "conical", "box": "square", "round": "round", "drum": "straight"}
    return Design(
        join(parts).grounded(),
        tuple(looks),
        styled(STYLE_OF[pattern], words[family]),
        "watering can",
        "standing",
        round(sketch.uniform(16, 64)),
    )
