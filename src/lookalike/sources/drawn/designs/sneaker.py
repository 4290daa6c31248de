"""Sneakers, slip-ons and boots."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.dyes import BRIGHT, OFF_WHITE
from lookalike.sources.drawn.material import FinishName, Length, Rgb
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import companion
from lookalike.sources.drawn.solids import curve, lathe, loft, padded_box, ring, tube

__all__ = ["sneaker"]


def sneaker(sketch: Sketch) -> Design:
    """A shoe seen from its outer side: court, runner, high-top, slip-on, boot or chunky."""
    family = sketch.family(("court", "runner", "high-top", "slip-on", "chunky", "boot", "trail"))
    side_mark = ("stripe", "swoop", "bars", "none", "dots", "chevron")[(sketch.number + sketch.number // 7) % 6]
    long, half = sketch.uniform(27.5, 30.5), sketch.uniform(4.5, 5.2)
    sole = {"court": 2.6, "runner": 3.2, "high-top": 2.8, "slip-on": 2.2, "chunky": 4.6, "boot": 3.2, "trail": 3.6}[
        family
    ] * sketch.uniform(0.9, 1.15)
    ankle = {"high-top": 13.5, "boot": 14.5}.get(family, sketch.uniform(7.5, 9.5)) * sketch.uniform(0.95, 1.06)
    lift = {"runner": 1.7, "trail": 1.4, "chunky": 1.1}.get(family, 0.6)
    n = 34
    t = np.linspace(0, 1, n)
    x = (t - 0.5) * long
    # Toe at -x; seen from above the foot is widest at its ball and narrow at the waist.
    width = np.interp(t, [0, 0.04, 0.12, 0.32, 0.6, 0.85, 0.97, 1], [0.12, 0.55, 0.86, 1.0, 0.78, 0.8, 0.6, 0.2]) * half
    width = np.convolve(np.pad(width, 2, mode="edge"), np.full(5, 0.2), "valid")
    rise = lift * (1 - np.clip(t / 0.3, 0, 1)) ** 2 + 0.25 * lift * np.clip((t - 0.85) / 0.15, 0, 1) ** 2
    extra = 1.16 if family == "chunky" else 1.08
    heel = np.interp(t, [0, 0.4, 1], [0.85, 0.9, 1.2]) * sole
    parts: list[Mesh] = []

    def section(
        bottom: Float[np.ndarray, " n"],
        top: Float[np.ndarray, " n"],
        wide: Float[np.ndarray, " n"],
        slot: str,
        exponent: Length,
        keep: slice = slice(None),
    ) -> Mesh:
        zeros = np.zeros(n)
        middle, tall = (bottom + top) / 2, np.maximum((top - bottom) / 2, 0.02)
        return loft(
            np.column_stack([x, zeros, middle])[keep],
            np.column_stack([zeros, wide, zeros])[keep],
            np.column_stack([zeros, zeros, tall])[keep],
            slot,
            exponent=exponent,
            n_segments=28,
        )

    parts.append(section(rise, rise + heel, width * extra, "sole", 4.0))
    if family in ("runner", "chunky", "trail"):
        parts.append(section(rise + heel * 0.35, rise + heel * 0.62, width * (extra + 0.035), "stripe", 4.0))
    if family == "trail":
        for place in np.linspace(0.06, 0.96, 11):
            at = int(place * (n - 1))
            parts.append(
                padded_box(1.3, float(width[at]) * 1.9, 1.2, "dark", rounding=0.2, n_cells=2).moved(
                    float(x[at]), 0, float(rise[at]) - 0.7
                )
            )
    toe = sketch.uniform(4.3, 5.2)
    top = (
        rise
        + heel
        + np.interp(
            t,
            [0, 0.05, 0.16, 0.30, 0.52, 0.66, 0.82, 0.96, 1.0],
            [
                0.6,
                toe * 0.62,
                toe * 0.86,
                toe * 1.05,
                ankle * 0.86 if ankle > 11 else ankle * 0.92,
                ankle * 0.98,
                ankle * 0.93,
                ankle * 1.06,
                ankle * 0.9,
            ],
        )
    )
    top = np.convolve(np.pad(top, 2, mode="edge"), np.full(5, 0.2), "valid")
    bottom = rise + heel * 0.6
    exponent = 2.35
    slim = width * np.interp(t, [0, 0.5, 0.7, 1], [1.0, 0.98, 0.92, 0.95])
    parts.append(section(bottom, top, slim, "upper", exponent))
    cap = int(n * sketch.uniform(0.16, 0.24))
    if family != "slip-on" and sketch.chance(0.7):
        parts.append(
            section(bottom, bottom + (top - bottom) * 0.97 + 0.05, slim * 1.03, "toe", exponent, slice(0, cap))
        )
    parts.append(
        section(
            bottom,
            bottom + (top - bottom) * sketch.uniform(0.5, 0.9),
            slim * 1.035 + 0.04,
            "heel",
            exponent,
            slice(int(n * sketch.uniform(0.8, 0.86)), n),
        )
    )
    mouth_x, mouth_z = float(x[int(n * 0.80)]), float(top[int(n * 0.80)])
    opening = lathe([curve([(0.03, -1.3), (1.0, -0.5), (1.04, 0.15), (0.03, 0.3)], 12)], "inside", n_segments=30)
    parts.append(opening.scaled(long * 0.158, half * 0.62, 1.0).turned(3, "y").moved(mouth_x - 0.4, 0, mouth_z - 0.15))
    collar = (
        ring(1.0, 0.13, "collar", n_segments=36)
        .scaled(long * 0.158, half * 0.66, 5.0)
        .moved(mouth_x - 0.4, 0, mouth_z + 0.0)
    )
    parts.append(collar)
    if family != "slip-on":
        a, b = int(n * 0.30), int(n * 0.62)
        line = np.column_stack([x[a : b + 1], np.zeros(b - a + 1), top[a : b + 1] + 0.12])
        tongue_end = line[-1] + np.array([1.0, 0, 2.4 if ankle < 11 else 1.6])
        tongue = np.concatenate([line, tongue_end[None]])
        sides = np.tile([[0.0, 1.9, 0.0]], (len(tongue), 1))
        parts.append(
            loft(tongue, sides, np.tile([[-0.1, 0.0, 0.42]], (len(tongue), 1)), "tongue", exponent=3, n_segments=16)
        )
        n_laces = int(sketch.rng.integers(5, 8))
        for place in np.linspace(a + 1, b, n_laces):
            at = int(place)
            z, wide = float(top[at]), 2.5
            lace = curve(
                [
                    (x[at] - 0.2, -wide, z - 0.55),
                    (x[at], -1.2, z + 0.5),
                    (x[at], 1.2, z + 0.5),
                    (x[at] - 0.2, wide, z - 0.55),
                ],
                10,
            )
            parts.append(tube(lace, 0.34, "laces", up=(1, 0, 0), n_segments=8))
    else:
        at = int(n * 0.6)
        parts.append(
            section(bottom + (top - bottom) * 0.3, top + 0.08, slim * 1.02, "collar", exponent, slice(at - 2, at + 3))
        )

    def on_side(place: Length, height: Length) -> tuple[Length, Length, Length]:
        at = place * (n - 1)
        b, c, w = (float(np.interp(at, np.arange(n), one)) for one in (bottom, top, slim))
        s = np.clip(2 * height - 1, -0.999, 0.999)
        y = (1 - abs(s) ** exponent) ** (1 / exponent) * w
        return float(np.interp(at, np.arange(n), x)), -y - 0.05, b + (c - b) * height

    strokes: list[list[tuple[Length, Length]]] = {
        "stripe": [
            [(0.46, 0.80), (0.55, 0.5), (0.62, 0.18)],
            [(0.53, 0.84), (0.62, 0.5), (0.69, 0.18)],
            [(0.60, 0.84), (0.69, 0.5), (0.76, 0.18)],
        ],
        "swoop": [[(0.34, 0.42), (0.46, 0.26), (0.66, 0.36), (0.92, 0.72)]],
        "bars": [[(0.42, 0.30), (0.66, 0.32), (0.9, 0.36)], [(0.44, 0.5), (0.66, 0.5), (0.9, 0.54)]],
        "chevron": [[(0.44, 0.72), (0.54, 0.46), (0.44, 0.2)], [(0.54, 0.72), (0.64, 0.46), (0.54, 0.2)]],
    }.get(side_mark, [])
    for stroke in strokes:
        way = curve(stroke, 18)
        path = np.array([on_side(float(a), float(b)) for a, b in way])
        radius = (
            np.interp(np.linspace(0, 1, 18), [0, 0.4, 1], [0.25, 1.0, 0.35])
            if side_mark == "swoop"
            else np.full(18, 0.55)
        )
        for mesh in (tube(path, radius, "mark", flatness=0.3, up=(0, 1, 0.2)),):
            parts += [mesh, mesh.scaled(1, 1, 1).turned(0).mirrored().turned(180)]
    if side_mark == "dots":
        for place in np.linspace(0.5, 0.86, 4):
            p = on_side(float(place), 0.45)
            dot = lathe([curve([(0.02, -0.2), (0.7, 0), (0.02, 0.25)], 8)], "mark", n_segments=16).turned(90, "x")
            parts.append(dot.moved(p[0], p[1] + 0.05, p[2]))
    finish: FinishName = (
        ("leather", "cloth", "velvet", "knit")[int(sketch.rng.integers(4))]
        if family not in ("boot", "court")
        else "leather"
    )
    stuff = {"leather": "leather", "cloth": "canvas", "velvet": "suede", "knit": "knitted mesh"}[finish]
    pattern = (
        sketch.motif(("plain", "plain", "plain", "check", "plain", "dots"), 7)
        if finish == "cloth" or family == "slip-on"
        else "plain"
    )
    gum, white_sole = sketch.chance(0.25), sketch.chance(0.75)
    toe_same, bold = sketch.chance(0.4), sketch.chance(0.5)
    looks = []
    for shade in sketch.shades(BRIGHT):
        accent = companion(sketch.rng, shade, bold=bold).rgb
        third = companion(sketch.rng, shade, bold=True).rgb
        upper = sketch.patterned(finish, shade, pattern, pitch_cm=2.4, level_cm=5, phase=0.2)
        sole_color: Rgb = (0.72, 0.50, 0.30) if gum else (OFF_WHITE if white_sole else (0.14, 0.14, 0.15))
        looks.append(
            Look(
                shade.word,
                shade.name,
                stuff,
                {
                    "upper": upper,
                    "sole": sketch.simple("rubber", sole_color),
                    "stripe": sketch.simple("rubber", third),
                    "toe": sketch.simple("leather", shade.rgb if toe_same else accent),
                    "heel": sketch.simple("leather", accent),
                    "inside": sketch.simple("cloth", (0.16, 0.15, 0.15)),
                    "collar": sketch.simple("cloth", accent),
                    "tongue": sketch.simple(finish, shade.rgb),
                    "laces": sketch.simple("cloth", OFF_WHITE if shade.word not in ("white", "cream") else accent),
                    "mark": sketch.simple("leather", accent),
                    "dark": sketch.simple("rubber", (0.12, 0.12, 0.12)),
                },
            )
        )
    noun = {"boot": "boot", "high-top": "high-top sneaker", "slip-on": "slip-on"}.get(family, "sneaker")
    return Design(
        join(parts).grounded(),
        tuple(looks),
        styled(
            STYLE_OF[pattern],
            {"court": "court", "runner": "running", "chunky": "chunky", "trail": "trail"}.get(family, ""),
        ),
        noun,
        "standing",
        round(sketch.uniform(49, 160)),
    )
