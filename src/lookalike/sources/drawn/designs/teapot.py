"""Teapots and kettles."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.pottery import ceramic_looks, radius_at
from lookalike.sources.drawn.mesh import join
from lookalike.sources.drawn.solids import curve, lathe, ring, tube

__all__ = ["teapot"]


def teapot(sketch: Sketch) -> Design:
    """A teapot or kettle: body, spout, lid, and a handle at the side or over the top."""
    families = ("round", "cone", "cylinder", "squat", "pear", "kettle")
    family = sketch.family(families)
    pattern = sketch.motif(("plain", "dip", "speckle", "dots", "bands", "leaves", "plain", "waves"), 6)
    h, r = sketch.uniform(10.5, 14.5), sketch.uniform(7.0, 9.0)
    match family:
        case "round":
            outline = [(r * 0.6, 0.1), (r * 0.95, h * 0.25), (r * 1.02, h * 0.5), (r * 0.8, h * 0.8), (r * 0.45, h)]
        case "cone":
            outline = [(r * 0.98, 0.1), (r * 1.0, h * 0.1), (r * 0.7, h * 0.6), (r * 0.42, h)]
        case "cylinder":
            h *= 1.1
            r *= 0.8
            outline = [(r * 0.95, 0.1), (r, h * 0.08), (r, h * 0.5), (r * 0.98, h * 0.9), (r * 0.7, h)]
        case "squat":
            h *= 0.75
            outline = [(r * 0.7, 0.1), (r * 1.2, h * 0.35), (r * 1.2, h * 0.6), (r * 0.75, h * 0.92), (r * 0.5, h)]
        case "pear":
            outline = [(r * 0.7, 0.1), (r * 1.05, h * 0.3), (r * 0.8, h * 0.62), (r * 0.52, h * 0.85), (r * 0.5, h)]
        case _:
            outline = [(r * 1.1, 0.1), (r * 1.12, h * 0.08), (r * 0.95, h * 0.45), (r * 0.6, h * 0.9), (r * 0.5, h)]
    outside = curve(outline, 18)
    top = outside[-1]
    lid = curve(
        [
            (float(top[0]), float(top[1])),
            (top[0] * 0.9, top[1] + 0.5),
            (top[0] * 0.4, top[1] + 1.3),
            (0.5, top[1] + 1.5),
        ],
        8,
    )
    peak = float(lid[-1, 1])
    bottom = np.array([[1e-3, 0.0], [outside[0, 0], 0.0], outside[0]])
    cap = np.array([[0.5, peak], [1e-3, peak]])
    parts = [
        lathe(
            [bottom, outside, lid, cap],
            ["body", "body", "accent" if sketch.chance(0.4) else "body", "body"],
            n_segments=48,
        )
    ]
    knob_slot = sketch.one(("wood", "handle", "metal"))
    knob = sketch.uniform(0.8, 1.4)
    ball = curve([(0.02, 0), (knob * 0.5, 0.1), (knob, knob), (knob * 0.5, knob * 1.7), (0.02, knob * 1.8)], 10)
    parts.append(lathe([ball], knob_slot, n_segments=18).moved(z=peak - 0.2))
    ring_z = float(top[1])
    parts.append(ring(float(top[0]) + 0.05, 0.22, "handle", n_segments=36).moved(z=ring_z))
    low = h * sketch.uniform(0.3, 0.45)
    start = radius_at(outline, low) - 0.6
    tip_x, tip_z = -(r + sketch.uniform(3.6, 6.0)), h * sketch.uniform(0.8, 1.0)
    bend = sketch.uniform(0.2, 0.75)
    path = curve(
        [
            (-start, 0, low),
            (-(start + 2.0), 0, low + (tip_z - low) * bend),
            (tip_x + 0.8, 0, tip_z - 1.2),
            (tip_x, 0, tip_z),
        ],
        18,
    )
    parts.append(tube(path, np.linspace(1.7, 0.75, 18), "body", up=(0.0, 1.0, 0.0), n_segments=14))
    mouth = tube(path[-2:] + (path[-1] - path[-2]) * 0.35, 0.5, "dark", up=(0.0, 1.0, 0.0))
    parts.append(mouth)
    thick = sketch.uniform(0.5, 0.8)
    if family == "kettle" or sketch.chance(0.35):
        arc = [
            (-r * 0.72, 0, h * 0.8),
            (-r * 0.8, 0, h * 1.25),
            (-r * 0.45, 0, h * 1.62),
            (r * 0.45, 0, h * 1.62),
            (r * 0.8, 0, h * 1.25),
            (r * 0.72, 0, h * 0.8),
        ]
        parts.append(tube(curve(arc, 26), 0.35, "metal", up=(0.0, 1.0, 0.0)))
        grip = curve([(-r * 0.42, 0, h * 1.62), (0, 0, h * 1.68), (r * 0.42, 0, h * 1.62)], 10)
        parts.append(tube(grip, 0.75, "wood", up=(0.0, 1.0, 0.0)))
    else:
        a, b = radius_at(outline, h * 0.8) - 0.3, radius_at(outline, h * 0.25) - 0.3
        out = max(a, b) + sketch.uniform(3.2, 4.8)
        arc = [
            (a, 0, h * 0.8),
            (out - 0.6, 0, h * 0.88),
            (out, 0, h * 0.58),
            (out - 1.5, 0, h * 0.28),
            (b, 0, h * 0.25),
        ]
        parts.append(
            tube(curve(arc, 22), thick, sketch.one(("handle", "wood", "accent")), flatness=1.3, up=(0.0, 1.0, 0.0))
        )
    looks = ceramic_looks(
        sketch, pattern, h, pitch=sketch.uniform(2.0, 3.4), bold=sketch.chance(0.4), extra={"dark": "rubber"}
    )
    looks = tuple(
        Look(
            look.color,
            look.shade,
            look.material,
            {**look.materials, "dark": sketch.simple("rubber", (0.08, 0.07, 0.07))},
        )
        for look in looks
    )
    noun = "kettle" if family == "kettle" else "teapot"
    words = {"cone": "conical", "squat": "low", "cylinder": "tall", "round": "round", "pear": "pear-shaped"}
    return Design(
        join(parts).grounded(),
        looks,
        styled(STYLE_OF[pattern], words.get(family, "")),
        noun,
        "standing",
        round(sketch.uniform(28, 89)),
    )
